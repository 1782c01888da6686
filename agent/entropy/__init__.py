"""Where to spend samples: entropy of steps, branches or fresh tries, trees that fork, particles that are resampled."""
