"""Bundles written and read: collected, packed, verified, left whole or not at all."""
