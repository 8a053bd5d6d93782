"""What surrounds the deployed code: packaging, the local cloud with its simulators, and the command line."""
