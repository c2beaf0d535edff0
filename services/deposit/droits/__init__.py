"""What a person is owed: the rights engine, her documents, the clocks, the rupture watch."""
