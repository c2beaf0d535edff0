"""Small services to try the stack with."""
