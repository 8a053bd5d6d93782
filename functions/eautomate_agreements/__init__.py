"""ConnectWise agreement invoices become e-automate contracts through the import gateway (CEO Juice's ID964)."""
