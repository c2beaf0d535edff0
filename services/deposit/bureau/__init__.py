"""The agents’ desk: pages and API that compose the rooms below."""
