"""The commands beside the main job: what an operator does with files, and what people decide."""
