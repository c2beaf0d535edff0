"""The version of what runs, as `pyproject.toml` says it: help texts and rules name the one that they belong to."""

RELEASE = "0.1.0"
