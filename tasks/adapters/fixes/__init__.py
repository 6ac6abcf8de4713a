"""The hands of a fix: its steps, backups and restores, and how it is told."""
