"""Rawan: which villages need more people before an election, and why.

This package holds the parts that the flows call. Arrows point one way:
`flows` -> `rawan` -> `models`.
"""

__version__ = "0.1.0"
