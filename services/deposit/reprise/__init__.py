"""Records of an older application taken over, and demandes filed elsewhere."""
