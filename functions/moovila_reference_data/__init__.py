"""What projects refer to: ConnectWise's companies and set-up tables in Moovila, and who is active there."""
