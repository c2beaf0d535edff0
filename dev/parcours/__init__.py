"""Real cases of the reports, lived against a running stack through its public interfaces only."""
