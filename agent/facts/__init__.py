"""Typed facts: what a passage states, written by a model as constructor calls, read without running them, and kept only
where the passage says it."""
