"""From scores to people: rules, the planner's file, plans as tables, and their checks."""
