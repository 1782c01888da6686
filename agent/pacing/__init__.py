"""Pacing: how long finished sentences and paragraphs are, and in which order they stand; never what they say."""
