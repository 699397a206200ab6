"""`python -m rawan` is `rawan`."""

from rawan.cli import main

main()
