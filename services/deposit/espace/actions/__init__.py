"""What a person takes away: all that is kept of her, the whole history of a demande."""
