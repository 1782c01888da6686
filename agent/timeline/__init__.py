"""A run drawn again from its events alone: what it did when, in which stage, and what it waited for."""
