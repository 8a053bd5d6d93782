"""The stand-in for Lambda's own runtime, which `infra/build/setup` makes: finds it, and builds for it."""

from __future__ import annotations

import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".venv-lambda"
BUILD = Path(__file__).with_name("build.py")
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
"""Lambda's names of architectures, by those that machines give themselves."""


class NoRuntime(Exception):
    """Built functions cannot be run here; says why."""


@dataclass(frozen=True)
class Built:
    """What is deployed, in folders: the code, and the layer with its packages under `python`."""

    code: Path
    layer: Path

    @property
    def search_path(self) -> str:
        """Where Python looks first, in Lambda's order."""
        return f"{self.code}:{self.layer / 'python'}"


@dataclass(frozen=True)
class Runtime:
    """Python 3.13 with what Lambda installs beside it, and AWS's runtime interface emulator."""

    python: Path
    emulator: Path

    @classmethod
    def find(cls, place: Path | None = None) -> Runtime:
        """The one of this project, if no other place is named; NoRuntime if it was not, or could not be, made."""
        place = place or PLACE
        found = cls(place / "bin" / "python", place / "bin" / "aws-lambda-rie")
        if not (place / ".complete").is_file() or not found.python.exists() or not found.emulator.exists():
            raise NoRuntime(f"{place.name} is not there or not complete: infra/build/setup makes it, or says why not")
        return found

    def build(self, folder: Path) -> Built:
        """Builds code into a folder and brings the layer that `build/` keeps up to date; NoRuntime if that fails.

        Both as they are deployed, but for this machine's architecture.
        """
        architecture = ARCHITECTURES[platform.machine().lower()]
        self._build("code", folder / "code")
        self._build("layer", "--architecture", architecture)
        return Built(folder / "code", ROOT / "build" / f"layer-{architecture}")

    def _build(self, *arguments: str | Path) -> None:
        done = subprocess.run([self.python, BUILD, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise NoRuntime(done.stderr.strip())
