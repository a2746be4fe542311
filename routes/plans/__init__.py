"""Plan runs: read the company's orders and drivers, have trips worked out, and tell what came of it."""
