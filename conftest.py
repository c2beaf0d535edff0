"""Loads the plugin that records which requirement rows the tests prove (`tests/plugin.py`)."""

pytest_plugins = ("tests.plugin",)
