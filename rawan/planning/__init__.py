"""The deployment plan: rules, classes, people and forms."""
