"""The guides and decisions, and what writes their tables from the code."""
