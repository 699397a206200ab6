"""Files and feeds in: readers, column mappings, the inbox, and a fictional region."""
