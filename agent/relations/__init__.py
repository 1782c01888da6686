"""Relations: short notes of a model on how chosen names are related, searchable and never cited (EntiGraph)."""
