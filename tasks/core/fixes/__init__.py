"""Fixes as data: facts in, guarded steps out; the plan, the journal, the account."""
