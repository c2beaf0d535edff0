"""The person’s own pages and API: they compose the rooms below."""
