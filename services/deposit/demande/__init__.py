"""What a person does with her demandes, and how they show."""
