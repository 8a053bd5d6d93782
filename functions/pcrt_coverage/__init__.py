"""Which computers a plan covers: PCRT's subscriptions list exactly what ConnectWise Automate says (PC-01)."""
