"""What a text holds, and what it keeps of the documents that it was made from: `wellread measure`."""
