"""One self-contained page about evaluations: what is gathered, drawn, and written as HTML."""
