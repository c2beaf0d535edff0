"""Persons, demandes, threads, and what deposit keeps of other services’ facts."""

# The name of this service’s database, and of the connection to it.
ALIAS = "deposit"
