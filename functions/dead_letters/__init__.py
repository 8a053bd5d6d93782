"""Makes issues of what no function could finish, so that a person knows of it and can have it tried again."""
