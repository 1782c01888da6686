"""Compressors: less text for a model to read, each kept character with its place in the source."""
