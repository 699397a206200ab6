"""The static plan of voting day, and what checks it."""
