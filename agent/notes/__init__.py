"""Adaptive notes: what is read for a question is noted line by line, and the note says what to look for next."""
