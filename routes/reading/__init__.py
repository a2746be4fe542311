"""What the doors read of groups: lists with counts, one group with its orders and history, orders that could join."""
