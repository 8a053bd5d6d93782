"""ConnectWise project invoices become e-automate calls, one each (CEO Juice's ID522)."""
