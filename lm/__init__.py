"""Language models, embeddings and what is measured on their tokens. Imports no other floor."""
