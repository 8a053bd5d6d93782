"""What the rooms in `functions` share: the engine (`sync`), the outside systems (`systems`) and AWS (`aws`)."""
