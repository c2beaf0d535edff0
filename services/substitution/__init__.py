"""Routes outside the téléservice: by choice, after a blocage, in an outage; a written convocation at once."""
