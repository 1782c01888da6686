"""The fault campaign: what the program outlives, part by part. `python -m benchmarks.endurance --help`."""
