"""Who answers for a run, and whether it is still what was published."""
