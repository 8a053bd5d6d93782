"""What is built: only what functions need, compiled so that it stays fresh, the same whoever builds it."""

from __future__ import annotations

import _imp
import marshal
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from types import CodeType

import pytest
from packaging.requirements import Requirement
from samtranslator.yaml_helper import yaml_parse

from infra.build import build
from infra.build.runtime import Built, NoRuntime, Runtime

ROOT = Path(__file__).parents[2]
PYC_HEADER = 16
TARGET = {"python_version": "3.13", "python_full_version": "3.13.0", "sys_platform": "linux", "extra": ""}


def files(folder: Path) -> dict[str, bytes]:
    """The content of every file under a folder, by its path in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def needed() -> set[str]:
    """The packages that pyproject.toml's dependencies need on Lambda, as their own metadata say."""
    found: set[str] = set()

    def add(requirement: Requirement) -> None:
        name = build._normal(requirement.name)
        if name not in found and name not in build.RUNTIME and (not (m := requirement.marker) or m.evaluate(TARGET)):
            found.add(name)
            for text in distribution(name).requires or ():
                add(Requirement(text))

    for name in build._packages():
        add(Requirement(name))
    return found


def test_the_code_is_the_rooms_and_what_they_share(built: Built) -> None:
    source = {
        path.relative_to(ROOT).as_posix()
        for room in ("functions", "shared")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and not {"__pycache__", "events"} & set(path.parts)
    }
    assert {path for path in files(built.code) if not path.endswith(".pyc")} == source
    assert any(path.endswith(".j2") for path in source), "the mails' templates go along"


def modules(folder: Path) -> Iterator[tuple[Path, Path]]:
    for path in folder.rglob("*.py"):
        yield path, path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc"


def test_every_module_is_compiled_for_good(built: Built) -> None:
    """Flag 1 without 2: by the source's hash, which is not checked when loaded. A zip's times cannot make it stale."""
    number = 0
    for folder in (built.code, built.layer / "python"):
        for source, compiled in modules(folder):
            header = compiled.read_bytes()[:PYC_HEADER]
            assert int.from_bytes(header[4:8], "little") == 0b01, compiled
            magic = int.from_bytes(header[:4], "little")  # of the Python that compiled it
            assert header[8:] == _imp.source_hash(magic, source.read_bytes()), compiled
            number += 1
    assert number > 500


@pytest.mark.skipif(sys.version_info[:2] != build.PYTHON, reason="reads byte code, which only Python 3.13 can")
def test_tracebacks_name_the_place_on_lambda(built: Built) -> None:
    for folder, place in ((built.code, "/var/task/"), (built.layer / "python", "/opt/python/")):
        _, compiled = next(modules(folder))
        loaded = marshal.loads(compiled.read_bytes()[PYC_HEADER:])  # noqa: S302 (we made it)
        assert isinstance(loaded, CodeType)
        assert loaded.co_filename.startswith(place)


def test_the_layer_holds_what_the_dependencies_need_as_locked(built: Built) -> None:
    locked = build.pins((ROOT / "requirements.lock").read_text())
    found = {}
    for metadata in (built.layer / "python").glob("*.dist-info"):
        name, version = metadata.name.removesuffix(".dist-info").rsplit("-", 1)
        found[build._normal(name)] = version
    assert set(found) == needed()
    assert {name: locked[name].split()[0].split("==")[1] for name in found} == found


def test_every_package_of_the_lock_is_read_with_its_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text()
    locked = build.pins(text)
    pins = re.findall(r"^[a-z].*==", text, re.MULTILINE)
    assert len(locked) == len(set(pins)) < len(pins), "one of them has a line for each of several Pythons"
    assert sum(len(lines.splitlines()) for lines in locked.values()) == len(pins)
    assert sum(line.count("--hash=sha256:") for line in locked.values()) == text.count("--hash=sha256:")


def test_the_layer_has_nothing_that_the_runtime_brings_and_no_tests(built: Built) -> None:
    names = {path.name for path in (built.layer / "python").iterdir()}
    assert not names & {"boto3", "botocore", "s3transfer", "bin", "pip"}
    folders = [path for path in built.layer.rglob("*") if path.is_dir()]
    assert not [path for path in folders if path.name in {"tests", "test"}]


def test_both_are_far_below_lambdas_limit(built: Built) -> None:
    """250 MB unpacked for a function and its layers together. Nine tenths of ours are the layer."""
    code, layer = (sum(map(len, files(folder).values())) for folder in (built.code, built.layer))
    assert layer < 50_000_000
    assert code + layer < 55_000_000


def test_building_the_code_again_gives_the_same(built: Built, runtime: Runtime, tmp_path: Path) -> None:
    assert files(runtime.build(tmp_path).code) == files(built.code)


def test_a_zip_depends_on_its_content_only(tmp_path: Path) -> None:
    for name, time in (("one", 1_000_000_000), ("two", 1_500_000_000)):
        for file in ("a.py", "sub/b.py") if name == "one" else ("sub/b.py", "a.py"):
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
            path.chmod(0o600 if name == "one" else 0o755)
            os.utime(path, (time, time))
        build.zipped(tmp_path / name, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["a.py", "sub/b.py"]
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o644}


def test_sam_builds_every_function_and_the_layer_the_same(built: Built, runtime: Runtime, tmp_path: Path) -> None:
    """Calls the Makefile as SAM does: from the source's folder, for each resource that template.yaml says it builds."""
    if (make := shutil.which("make")) is None:
        pytest.skip("there is no make")
    resources = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
    ours = {name: r for name, r in resources.items() if r.get("Metadata", {}).get("BuildMethod") == "makefile"}
    kinds = {"AWS::Serverless::Function", "AWS::Serverless::LayerVersion"}
    assert set(ours) == {name for name, resource in resources.items() if resource["Type"] in kinds}
    assert {resource["Metadata"]["ContextPath"] for resource in ours.values()} == {"infra/build"}
    function = next(name for name, resource in ours.items() if resource["Type"] == "AWS::Serverless::Function")
    (layer,) = (name for name, resource in ours.items() if resource["Type"] == "AWS::Serverless::LayerVersion")
    for name in (function, layer):
        subprocess.run(  # noqa: S603 (our own Makefile)
            [make, "--makefile", ROOT / "infra/build/Makefile", f"build-{name}"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "ARTIFACTS_DIR": str(tmp_path / name)},
            check=True,
        )
    assert files(tmp_path / function) == files(built.code)
    assert {path for path in files(tmp_path / layer) if path.endswith(".py")} == {
        path for path in files(built.layer) if path.endswith(".py")
    }


def test_another_python_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "PYTHON", (3, 99))
    assert build.main(["code", str(tmp_path / "code")]) == 1
    assert "needs Python 3.99" in capsys.readouterr().err
    assert not (tmp_path / "code").exists()


def test_a_lock_without_a_pin_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency that nobody locked must not slip into the layer at any version."""
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["tzdata>=2026.1"]\n')
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "OUT", tmp_path / "build")
    monkeypatch.setattr(build, "PYTHON", sys.version_info[:2])
    with pytest.raises(build.BuildFailed, match="no pin for tzdata"):
        build.layer(tmp_path / "layer")


def test_without_the_stand_in_it_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(NoRuntime, match="infra/build/setup makes it"):
        Runtime.find(tmp_path / ".venv-lambda")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_without_python_3_13_the_set_up_says_so_and_ends_well(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "infra" / "build", tmp_path / "infra" / "build")
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "env", "dirname", "cat", "sha256sum", "cut", "rm", "sort"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    done = subprocess.run(  # noqa: S603 (our own script)
        [tmp_path / "infra/build/setup"], env={"PATH": str(tools)}, capture_output=True, text=True, check=True
    )
    assert "there is no Python 3.13" in done.stdout
    assert done.stderr == ""
    assert not (tmp_path / ".venv-lambda").exists()
