"""Trips planned ahead: who does which stops in which sequence, within windows, capacity, shifts and breaks."""
