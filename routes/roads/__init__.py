"""How long it takes from one place to another: one interface, one file for each way to know it."""
