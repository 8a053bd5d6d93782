"""Contacts of ConnectWise and of Zomentum: each is on both sides once, at the company that it belongs to."""
