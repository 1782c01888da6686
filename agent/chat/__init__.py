"""Talking with the corpus: sessions that are kept, cited answers, and long-term memory in them."""
