"""Tax rates: each tax code of ConnectWise is a region of Zomentum's, with a taxable and a non-taxable category."""
