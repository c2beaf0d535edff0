"""Outages of the téléservice: declared, found, told."""
