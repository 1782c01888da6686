"""Measures of answers, citations, figures and rankings: numbers and texts in, numbers out; no models, no files."""
