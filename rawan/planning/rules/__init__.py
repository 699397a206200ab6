"""What a plan starts from: patterns, classes, polling stations, and the planner's file."""
