"""The one schedule that all flows share: every minute, what is due is sent to its queue."""
