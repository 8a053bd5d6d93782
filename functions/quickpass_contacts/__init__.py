"""Whose Quickpass account a ConnectWise contact is: proposed by e-mail or name, linked only when a person says so."""
