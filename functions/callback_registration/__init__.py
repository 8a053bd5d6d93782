"""Keeps ConnectWise's callback entries as they must be: makes what is missing, repairs, re-activates, takes away."""
