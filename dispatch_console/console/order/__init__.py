"""What the console shows of one order: its detail, its readable history, its candidates, its form."""
