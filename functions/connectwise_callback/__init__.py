"""Receives ConnectWise's callbacks: a change made there is looked at within seconds, not at the next poll."""
