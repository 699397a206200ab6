"""Reports: what their text says, and which of them say the same."""
