"""ECi e-automate as Crosswise meets it: the SOAP PublicAPI and the contract import gateway, on one server."""

from infra.local.simulators.eautomate.server import EautomateSimulator

__all__ = ["EautomateSimulator"]
