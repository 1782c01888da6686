"""What a sentence claims and whether a quotation carries it: numbers, names, subjects, support."""
