"""Training: losses, schedules, the loop, and the run folder around it."""
