"""A small service to try the stack with."""
