"""The mails about issues: two digests per connection at its hours, and one mail per attempt where a flow owes that."""
