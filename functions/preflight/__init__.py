"""Looks whether all that connections need holds in both systems, and says of what does not where to mend it."""
