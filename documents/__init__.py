"""Official documents: what they say, their signature, their picture on paper, and how anybody checks them."""
