"""Load, decide, write once."""
