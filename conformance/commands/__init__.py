"""The `seasonproof` command, one module a subcommand."""
