"""Files to text, one module per format. Runs in a child process and knows nothing of the corpus."""
