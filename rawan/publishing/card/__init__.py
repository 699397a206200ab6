"""The model card: what is published, by what rule, and how far it can be believed."""
