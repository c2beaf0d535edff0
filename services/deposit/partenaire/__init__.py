"""Partners who check or refuse documents."""
