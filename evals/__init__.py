"""Measures of everything below; nobody imports it."""
