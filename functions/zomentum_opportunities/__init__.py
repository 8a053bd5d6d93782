"""Opportunities of Zomentum and of ConnectWise, and what a won one brings along: forecast lines, documents, notes."""
