"""Conformal information pursuit (arXiv 2507.03279): which sub-question to ask next, by what it leaves open."""
