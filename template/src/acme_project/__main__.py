"""`python -m` does the same as the command."""

from .cli import main

main()
