"""Realistic dirty files of an older application, for tests and for whoever prepares a switch-over."""
