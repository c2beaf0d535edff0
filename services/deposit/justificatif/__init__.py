"""Proofs that a person makes for one purpose, and who looked at them."""
