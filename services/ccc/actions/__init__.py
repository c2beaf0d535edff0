"""The verbs of the contact centre: load, decide, write once."""
