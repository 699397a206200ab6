"""The reckoning: published lists held against what happened."""
