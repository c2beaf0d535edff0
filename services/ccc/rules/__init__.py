"""Decisions of the contact centre: pure, each with its reason and its source."""
