"""Builds what is deployed: the code that all functions share, and the layer of third-party packages.

Runs on Python 3.13, which compiles what Lambda's Python 3.13 then loads, and needs nothing but pip. `make build` and
`sam build` (through the Makefile beside this file) both end here:

    python3.13 infra/build/build.py code FOLDER     functions/ and shared/, byte-compiled
    python3.13 infra/build/build.py layer [FOLDER]  the packages under python/, byte-compiled; kept in build/
    python3.13 infra/build/build.py all             both, and their zips, into build/; prints sizes
"""

from __future__ import annotations

import argparse
import compileall
import fcntl
import hashlib
import json
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build"

PYTHON = (3, 13)
"""The runtime of template.yaml."""

PLATFORMS: Mapping[str, Sequence[str]] = {
    "x86_64": ("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux2014_x86_64"),
    "arm64": ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64"),
}
"""Wheels that Amazon Linux 2023 (glibc 2.34) loads, by Lambda's names of architectures; the first is deployed."""

ROOMS = ("functions", "shared")
NOT_DEPLOYED = ("events", "__pycache__", "*.pyc", ".*")
RUNTIME = ("boto3", "botocore", "s3transfer")
"""What Lambda's own runtime brings."""

NOT_IN_LAYER = ("bin", "tests", "test", "__pycache__")
NOT_IN_METADATA = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""What pip writes about this one installation; licences stay."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_HASH = re.compile(r" --hash=\S+")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==\S+(?: *;[^\\\n]*)?((?: *\\\n +--hash=\S+)+)", re.MULTILINE)


class BuildFailed(Exception):
    """What hinders the build, in words for who started it."""


def code(folder: Path) -> None:
    """Puts `functions/` and `shared/` into a folder, compiled as if they lay where Lambda puts them."""
    _need_runtime()
    for room in ROOMS:
        shutil.rmtree(folder / room, ignore_errors=True)
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns(*NOT_DEPLOYED))
    _compile(folder, "/var/task")


def layer(folder: Path, architecture: str = "x86_64") -> None:
    """Puts the packages into `folder/python`, as pinned by requirements.lock."""
    kept = layer_here(architecture)
    shutil.rmtree(folder / "python", ignore_errors=True)
    shutil.copytree(kept / "python", folder / "python")


def layer_here(architecture: str = "x86_64") -> Path:
    """The layer as `build/` keeps it: made anew when a pin, the list of dependencies or the building changed."""
    _need_runtime()
    made_from = _digest(_packages(), _pins(), architecture, Path(__file__).read_text())
    folder, stamp = OUT / f"layer-{architecture}", OUT / f"layer-{architecture}.made-from"
    with _alone():
        if not stamp.is_file() or stamp.read_text() != made_from:
            stamp.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            _make_layer(folder / "python", PLATFORMS[architecture])
            stamp.write_text(made_from)
    return folder


def zipped(folder: Path, file: Path) -> None:
    """Zips a folder; the same content gives the same bytes, whoever builds it and when."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EARLIEST)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())


def everything(architecture: str = "x86_64") -> dict[Path, Path]:
    """Builds both and their zips into `build/`; returns the zip of each folder."""
    made = {OUT / "code": OUT / "code.zip"}
    kept = layer_here(architecture)
    with _alone():
        shutil.rmtree(OUT / "code", ignore_errors=True)
        code(OUT / "code")
        made[kept] = OUT / f"{kept.name}.zip"
        for folder, file in made.items():
            zipped(folder, file)
    return made


def pins(lock: str) -> dict[str, str]:
    """The lines of each package of a lock file, by its normalised name: version, marker, hashes.

    A package may have several lines, each for other Pythons: pip takes the one that holds.
    """
    lines: dict[str, str] = {}
    for found in _PIN.finditer(lock):
        line = re.sub(r" *\\\n +", " ", found[0])
        name = _normal(found[1])
        lines[name] = f"{lines[name]}\n{line}" if name in lines else line
    return lines


# The layer


def _make_layer(target: Path, platforms: Sequence[str]) -> None:
    locked = pins(_pins())
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "wanted.txt"
        versions = Path(scratch) / "versions.txt"
        exact = Path(scratch) / "exact.txt"
        wanted.write_text("\n".join(_packages()))
        versions.write_text(_HASH.sub("", "\n".join(locked.values())))
        names = _resolved(wanted, versions, platforms)
        if unknown := sorted(set(names) - set(locked)):
            raise BuildFailed(f"requirements.lock has no pin for {', '.join(unknown)}: lock the requirements anew")
        exact.write_text("\n".join(locked[name] for name in names))
        _pip("--require-hashes", "--no-deps", "--no-compile", "--target", target, "-r", exact, platforms=platforms)
    _clean(target)
    _compile(target, "/opt/python")


def _packages() -> list[str]:
    """The names of what pyproject.toml says that the deployed functions import, but for what the runtime brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [_normal(re.split(r"[^A-Za-z0-9._-]", requirement)[0]) for requirement in project["dependencies"]]
    return sorted(set(names) - set(RUNTIME))


def _pins() -> str:
    return (ROOT / "requirements.lock").read_text()


def _resolved(wanted: Path, versions: Path, platforms: Sequence[str]) -> list[str]:
    """The names of all packages that these need at these versions, as pip finds them."""
    report = wanted.with_name("report.json")
    _pip("--dry-run", "--target", report.parent, "--report", report, "-r", wanted, "-c", versions, platforms=platforms)
    found = json.loads(report.read_text())["install"]
    return sorted({_normal(package["metadata"]["name"]) for package in found} - set(RUNTIME))


def _pip(*arguments: str | Path, platforms: Iterable[str]) -> None:
    version = ".".join(map(str, PYTHON))
    command: list[str | Path] = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={version}", *(f"--platform={name}" for name in platforms), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own pip)
    if done.returncode:
        raise BuildFailed(f"pip could not install the layer's packages:\n{done.stderr.strip()}")


def _clean(target: Path) -> None:
    for name in NOT_IN_LAYER:
        for folder in list(target.rglob(name)):
            if folder.is_dir():
                shutil.rmtree(folder)
    for metadata in target.glob("*.dist-info"):
        for name in NOT_IN_METADATA:
            (metadata / name).unlink(missing_ok=True)


# What both need


def _compile(folder: Path, deployed: str) -> None:
    """Byte-compiles without times: a pyc that names its source's time goes stale when it is zipped."""
    done = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir=deployed,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not done:
        raise BuildFailed(f"{folder} does not compile")


def _need_runtime() -> None:
    if sys.version_info[:2] != PYTHON:
        wanted, here = (".".join(map(str, version)) for version in (PYTHON, sys.version_info[:2]))
        raise BuildFailed(f"the build needs Python {wanted}, which Lambda runs; this is {here} ({sys.executable})")


@contextmanager
def _alone() -> Iterator[None]:
    """Lets one build at a time into `build/`."""
    OUT.mkdir(exist_ok=True)
    with (OUT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(*parts: str | Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 with a sentence on standard error where something hinders the build."""
    parser = argparse.ArgumentParser(description="Build what is deployed.")
    parser.add_argument("what", choices=("code", "layer", "all"))
    parser.add_argument("folder", type=Path, nargs="?", help="where to: code wants one, layer may have one")
    parser.add_argument("--architecture", choices=PLATFORMS, default="x86_64")
    asked = parser.parse_args(arguments)
    if asked.what == "code" and asked.folder is None:
        parser.error("code wants a folder")
    try:
        if asked.what == "code":
            code(asked.folder)
        elif asked.what == "layer" and asked.folder is not None:
            layer(asked.folder, asked.architecture)
        elif asked.what == "layer":
            layer_here(asked.architecture)
        else:
            _show(everything(asked.architecture))
    except BuildFailed as failed:
        print(f"build: {failed}", file=sys.stderr)  # noqa: T201 (this is a command)
        return 1
    return 0


def _show(made: Mapping[Path, Path]) -> None:
    for folder, file in made.items():
        sizes = [path.stat().st_size / 1024 for path in folder.rglob("*") if path.is_file()]
        unpacked = f"{len(sizes)} files, {sum(sizes):,.0f} KB unpacked"
        name = str(file.relative_to(ROOT))
        print(f"{name:<24}{file.stat().st_size / 1024:>8,.0f} KB  ({unpacked})")  # noqa: T201 (this is a command)


if __name__ == "__main__":
    sys.exit(main())
