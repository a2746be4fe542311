"""Settings: one base, and one short file each for development, tests and production."""
