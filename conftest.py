"""Loads the plugin that records which rows the tests prove, and what the tests of several services share."""

pytest_plugins = ("tests.plugin", "tests.teleservice")
