"""What a model reads: prompt templates and the selection that fits evidence into a window."""
