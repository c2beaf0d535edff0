"""The five services. None imports another: a fact, a question or a command crosses the line between them."""
