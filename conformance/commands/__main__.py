"""`python -m conformance.commands` is the `seasonproof` command."""

from conformance.commands.app import main

main()
