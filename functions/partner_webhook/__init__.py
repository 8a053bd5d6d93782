"""Receives what partners post by themselves, so that a change there is looked at within seconds."""
