"""ConnectWise sales orders become e-automate sales orders, once (CEO Juice's ID966 and ID634)."""
