"""Where more people go, under uncertainty."""
