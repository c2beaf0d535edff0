"""The verbs of pan: load, decide, write once."""
