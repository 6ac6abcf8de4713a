"""Logs as they are, read: lines, events, tracebacks, and the order of it all."""
