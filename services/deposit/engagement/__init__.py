"""What the administration promised, and what goes to the programme desk."""
