"""What every other room stands on: persons, demandes and projections, and who may reach them."""
