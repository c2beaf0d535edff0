"""Load at national volume: people of the five channels on an open schedule, against thresholds anybody can read."""
