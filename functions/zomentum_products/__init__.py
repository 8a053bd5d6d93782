"""Products of Zomentum and items of ConnectWise's catalogue: each is on both sides once, found before it is made."""
