"""Reports on paper: one sequence of parts, written as DOCX and as PDF."""
