"""Claims with labels, and what a scorer says of them: what a probability of support is fitted on and measured by."""
