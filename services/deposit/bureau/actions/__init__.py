"""The acts of agents on a demande and on a person: one table each, read by pages and API."""
