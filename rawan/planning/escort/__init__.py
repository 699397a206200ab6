"""The escort of logistics, and what checks it."""
