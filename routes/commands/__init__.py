"""What waybills, trips and routes do: one transaction each, through the order engine."""
