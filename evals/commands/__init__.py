"""What stands behind each `wellread eval` command; loaded when it is called."""
