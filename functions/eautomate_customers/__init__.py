"""e-automate customers become ConnectWise companies, their locations become sites (CEO Juice's ID747)."""
