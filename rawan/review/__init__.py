"""The review queue: what a person has to decide, how it is asked, and what was decided."""
