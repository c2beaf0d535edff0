"""Decisions of substitution: pure functions over the law's data, each with its source. No clock, no store."""
