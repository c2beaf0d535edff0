"""What could not be done in deposit, or elsewhere: recorded, applied to clocks and dates."""
