"""The suites, one file each: what is asked, who answers, and how it is judged."""
