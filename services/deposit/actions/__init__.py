"""The verbs of deposit: load, decide by a rule, write once."""
