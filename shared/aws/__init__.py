"""The engine's ports on AWS: table, queues, secrets, mail; the only package that imports boto3."""
