"""Trips and their planning."""
