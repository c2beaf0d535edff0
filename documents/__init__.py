"""Official documents: what they say, how they are signed and drawn, and how anybody checks them."""
