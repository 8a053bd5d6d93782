"""The mail that reports issues: per connection, at its hours, grouped by cause, with what to do."""
