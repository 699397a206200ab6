"""The gazetteer, and which place each row belongs to."""
