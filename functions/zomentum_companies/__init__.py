"""Companies of ConnectWise and of Zomentum: each is on both sides once, and both say the same of it."""
