"""Compressors of a home: opened by name, measured on its corpus, chosen, and the choice kept."""
