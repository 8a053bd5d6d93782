"""PCRT (PC Repair Tracker) by its database: `Pcrt` reads groups, PCIDs, subscriptions, and writes whom one lists."""

from shared.systems.pcrt.client import Pcrt
from shared.systems.pcrt.models import Asset, Group, Subscription, serial_key

__all__ = ["Asset", "Group", "Pcrt", "Subscription", "serial_key"]
