"""The demo companies: who works there, what they sell, and how their day has gone so far."""
