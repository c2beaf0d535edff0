"""Reception points: appointments of every motive, walk-in, visits, blockages found there, filing for a person."""
