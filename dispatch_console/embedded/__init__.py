"""PostgreSQL and Redis started from installed packages, and the supervisor behind `manage.py dev`."""
