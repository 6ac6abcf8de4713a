"""Redaction: what a colleague must not see is replaced by a token."""
