"""Packaging: the functions' code and the layer of what they import, as they are deployed."""
