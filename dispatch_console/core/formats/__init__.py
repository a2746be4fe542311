"""How dates and times are written where no page decides otherwise."""
