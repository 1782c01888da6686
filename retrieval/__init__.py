"""Documents to passages, and queries to hits."""
