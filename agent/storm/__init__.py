"""A planner that interviews the corpus before it plans (STORM, arXiv:2402.14207)."""
