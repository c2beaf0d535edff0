"""Real cases of the reports, played against a running stack through its public interfaces only."""
