"""The verbs of substitution: load, decide, write once."""
