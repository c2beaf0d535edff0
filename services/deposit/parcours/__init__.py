"""What every channel did for one person, under one identifier."""
