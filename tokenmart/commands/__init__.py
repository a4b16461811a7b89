"""The commands of the CLI, each with its options and what it prints."""
