"""`python -m app` is the `concierge` command."""

from app.cli import main

main()
