"""Decisions by pure functions: no Django, no I/O, no clock."""
