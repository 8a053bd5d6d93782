"""What the flows of one partner have in common, and no other partner's flow needs."""
