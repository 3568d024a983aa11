"""What became of a release: its traffic against what it has seen, its value against its word."""
