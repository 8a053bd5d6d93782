"""ConnectWise members and codes, linked with e-automate's technicians, sales reps and codes."""
