"""Reports by narrative schemas and by plans of the user."""
