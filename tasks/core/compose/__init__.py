"""Compose files and the model they make: read, located, edited; no Compose needed."""
