"""What changed between two lists, and why."""
