"""Records that outlive a call: the content-addressed store."""
