"""A ConnectWise PSA that keeps its records in memory and answers as the real one does."""

from infra.local.simulators.psa.server import PsaSimulator

__all__ = ["PsaSimulator"]
