"""The local cloud: runs the deployed system on this machine, with no AWS account and no Docker."""
