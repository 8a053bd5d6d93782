"""Servers that behave as outside systems do: they keep state, refuse what vendors refuse, fail on order."""
