"""Decisions of pan: pure functions, each with its source. No clock, no store, no request."""
