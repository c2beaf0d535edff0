"""Messages to people: each step told by the person's own way, with its proof, whatever else is down."""
