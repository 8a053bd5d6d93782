"""The simulators by name, and the command that runs one until it is interrupted."""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Callable, Mapping

from infra.local.simulators.server import Simulator

Options = Mapping[str, int]
Maker = Callable[[Options], Simulator]


def _maker(module: str, name: str, sizes: tuple[str, ...]) -> Maker:
    """Makes a simulator of the class `name` in `module`, which is imported only now.

    Takes the options `seed` and `sizes`; raises ValueError for any other.
    """

    def make(options: Options) -> Simulator:
        unknown = sorted(set(options) - {"seed", *sizes})
        if unknown:
            known = ", ".join(f"--{size}" for size in sizes)
            raise ValueError(f"this simulator takes {known} and --seed, not {', '.join(f'--{one}' for one in unknown)}")
        simulator: Simulator = getattr(importlib.import_module(module), name)(**options)
        return simulator

    return make


SIMULATORS: Mapping[str, Maker] = {
    "connectwise-psa": _maker("infra.local.simulators.psa", "PsaSimulator", ("companies", "tickets")),
    "connectwise-automate": _maker("infra.local.simulators.automate", "AutomateSimulator", ("clients", "computers")),
    "eautomate": _maker("infra.local.simulators.eautomate", "EautomateSimulator", ("customers",)),
    "moovila": _maker("infra.local.simulators.moovila", "MoovilaSimulator", ("projects", "tasks")),
    "pcrt": _maker("infra.local.simulators.pcrt", "PcrtSimulator", ("clients", "computers")),
    "quickpass": _maker("infra.local.simulators.quickpass", "QuickpassSimulator", ("customers", "accounts")),
    "zomentum": _maker("infra.local.simulators.zomentum", "ZomentumSimulator", ("companies", "opportunities")),
}


def simulate(name: str, port: int, seed: int = 7, **sizes: int) -> None:
    """Serve a simulator on 127.0.0.1 until SIGINT or SIGTERM; prints `ready URL` once it answers.

    Port 0 takes a free one; PCRT is a file and has none. Raises ValueError for an unknown name or option, OSError
    where the port is taken.
    """
    if name not in SIMULATORS:
        raise ValueError(f"there is no simulator {name}; there are {', '.join(SIMULATORS)}")
    simulator = SIMULATORS[name]({"seed": seed, **sizes})
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    simulator.start(port)
    try:
        print(f"ready {simulator.url}", flush=True)
        interrupted.wait()
    finally:
        simulator.stop()
