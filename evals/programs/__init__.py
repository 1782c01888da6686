"""Programs under test: what Wellread does, and the simpler ways that it has to beat."""
