"""What a sentence claims, piece by piece: clauses that can be checked, what their pronouns mean, how likely it is."""
