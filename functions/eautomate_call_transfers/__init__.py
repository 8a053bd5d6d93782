"""e-automate service calls become ConnectWise tickets, and are held (CEO Juice's ID912)."""
