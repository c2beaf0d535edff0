"""How the system is put on machines: one image, compose, kustomize, and the check that reads all of it offline."""
