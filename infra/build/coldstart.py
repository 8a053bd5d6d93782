"""Measures cold starts: from a process's start to its first answer, for each built function under the emulator.

    .venv/bin/python -m infra.build.coldstart [--runs 10] [FUNCTION ...]

Prints a table in Markdown. Each run is a new process on the function's first sample event, against the local cloud
with the demo connection; `nothing` is a handler that does nothing, so what it takes is the emulator's, Python's and the
runtime client's own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from infra.build.runtime import Built, Runtime
from infra.build.samples import SAMPLES
from infra.local import config
from infra.local.cloud import Cloud
from infra.local.cloud.connections import connect
from infra.local.cloud.emulated import settings
from infra.local.cloud.emulator import Emulator

WARM = 5
Start = Callable[[], Emulator]


@dataclass(frozen=True)
class Figures:
    """Of one function, in milliseconds: each cold start, and the median of later runs."""

    name: str
    cold: Sequence[float]
    warm: float

    def __str__(self) -> str:
        median = statistics.median(self.cold)
        return f"| {self.name} | {min(self.cold):,.0f} | {median:,.0f} | {self.warm:,.0f} |"


def measure(runtime: Runtime, runs: int, rooms: Collection[str] = ()) -> Iterator[Figures]:
    """The figures of doing nothing, then of these functions (folders), or of all."""
    with tempfile.TemporaryDirectory() as folder, Cloud(http=0) as cloud:
        connect(cloud, config.default(config.Known.of_functions()))
        endpoint = cloud.serve()
        place = Path(folder)
        built = runtime.build(place)
        yield _figures("nothing", _nothing(runtime, place / "nothing"), {}, runs)
        for room, samples in groupby(SAMPLES, key=lambda sample: sample.room):
            if rooms and room not in rooms:
                continue

            def start(room: str = room) -> Emulator:
                function = cloud.stack.function(room)
                given = settings(function, endpoint)
                return Emulator(runtime, built, function.handler, given, timeout=function.timeout, printed=_ignore)

            yield _figures(room, start, next(samples).event, runs)


def _figures(name: str, start: Start, event: Any, runs: int) -> Figures:
    cold, warm = [], []
    for run in range(runs):
        began = time.perf_counter()
        emulator = start()
        try:
            answer = emulator.invoke(event)
            cold.append((time.perf_counter() - began) * 1000)
            if answer.error_type:
                raise RuntimeError(f"{name} failed: {answer.error_type}: {answer.error}")
            for _ in range(WARM if run == 0 else 0):
                began = time.perf_counter()
                emulator.invoke(event)
                warm.append((time.perf_counter() - began) * 1000)
        finally:
            emulator.stop()
    return Figures(name, cold, statistics.median(warm))


def _nothing(runtime: Runtime, folder: Path) -> Start:
    folder.mkdir()
    (folder / "nothing.py").write_text("def handler(event, context):\n    pass\n")
    given = {"PATH": os.defpath, "AWS_REGION": "us-east-1"}
    return lambda: Emulator(runtime, Built(folder, folder), "nothing.handler", given, timeout=10, printed=_ignore)


def _ignore(_line: str) -> None: ...


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure cold starts of the built functions.")
    parser.add_argument("--runs", type=int, default=10, help="processes for each function")
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help="folders of functions; all, if left out")
    asked = parser.parse_args()
    print("| function | cold, best (ms) | cold, median (ms) | warm, median (ms) |\n| --- | ---: | ---: | ---: |")  # noqa: T201
    for figures in measure(Runtime.find(), asked.runs, asked.functions):
        print(figures, flush=True)  # noqa: T201 (this is a command)


if __name__ == "__main__":
    main()
