"""Briefs, plans, drafts, claims, runs: the part that decides."""
