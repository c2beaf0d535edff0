"""What agents do with a demande and with a person."""
