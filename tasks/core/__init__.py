"""What decides: pure functions over plain data; imports no adapter.

One room for each thing that is decided; `docs/architecture.md` has the map.
"""
