"""Decisions: pure, each with its source."""
