"""ConnectWise tickets, or their invoices, become e-automate service calls (CEO Juice's ID965)."""
