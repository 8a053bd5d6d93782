"""What PCRT keeps of a computer, as PHP writes it: byte for byte, and nothing guessed."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from shared.systems.pcrt import members, php
from tests.effort import effort

LIKELY: tuple[dict[int | str, Any], ...] = (
    {},
    {2: "Windows 11 Pro", 100: "16 GB", 104: "325JVNA", 115: "00:1A:2B:3C:4D:5E"},
    {104: "", 1: "ABCDE-FGHIJ"},
    {104: 'He said "7;}" and\nleft', 105: "a:1:{i:0;s:1:\"x\";}"},
    {104: "Zoë \u2013 漢字 😀", 2: "\u2019"},
    {"name": "Zoë", "007": "no number", "-5": 1, "7": "a number"},
    {1: True, 2: False, 3: None, 4: -7, 5: 2**63 - 1, 6: [], 7: ["a", {"b": "c"}]},
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
ARRAYS = st.dictionaries(st.integers(1, 200), VALUES, max_size=6) | st.dictionaries(TEXTS, VALUES, max_size=6)


def asked_php(code: str, given: Any) -> Any:
    """What PHP makes of each of some values; both sides are JSON."""
    if shutil.which("php") is None:
        pytest.skip("php is not installed (Debian: apt-get install php-cli)")
    each = f"echo json_encode(array_map(fn($v) => {code}, json_decode(stream_get_contents(STDIN), true)));"
    command = ["php", "-n", "-r", each]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)  # noqa: S603
    assert not done.stderr
    return json.loads(done.stdout)


def arrays(number: int) -> list[dict[int | str, Any]]:
    """The likely ones, and others, the same every time."""
    found: list[dict[int | str, Any]] = list(LIKELY)

    @effort(number, number)
    @given(ARRAYS)
    def gather(array: dict[int | str, Any]) -> None:
        found.append(array)

    gather()
    return found


def as_php_has_it(value: Any) -> Any:
    """A value as PHP knows it after reading JSON: lists are arrays by number, keys that are numbers are numbers."""
    if isinstance(value, list):
        return {place: as_php_has_it(item) for place, item in enumerate(value)}
    if isinstance(value, dict):
        return {php._key(key): as_php_has_it(item) for key, item in value.items()}
    return value


def test_php_itself_writes_the_very_bytes_that_we_write() -> None:
    texts = arrays(200)
    written = asked_php("base64_encode(serialize($v))", texts)
    ours = asked_php("base64_encode($v)", [php.write(array) for array in texts])
    assert ours == written


def test_what_php_wrote_is_read_and_written_back_to_the_byte() -> None:
    written = asked_php("serialize($v)", arrays(200))
    for text in written:
        assert php.write(php.read(text)) == text


def test_php_reads_what_we_wrote() -> None:
    texts = arrays(100)
    read = asked_php("unserialize($v)", [php.write(array) for array in texts])
    assert [as_php_has_it(one) for one in read] == [as_php_has_it(json.loads(json.dumps(one))) for one in texts]


@effort(100, 5000)
@given(ARRAYS)
def test_what_we_write_we_read(array: dict[int | str, Any]) -> None:
    assert php.read(php.write(array)) == as_php_has_it(array)


@effort(200, 20_000)
@given(st.text(max_size=40) | st.binary(max_size=40) | st.from_regex(r'(a:\d:\{)?([isNb]:?\d*:?"?[a-c]*"?;?){0,5}\}?'))
def test_whatever_stands_there_is_read_or_told_as_unreadable(stored: str | bytes) -> None:
    try:
        read = php.read(stored)
    except php.Unreadable:
        event("told")
    else:
        event("read")
        assert not read or php.write(read).encode() == (stored if isinstance(stored, bytes) else stored.encode())


@pytest.mark.parametrize("stored", [None, "", b"", "a:0:{}", "N;"])
def test_nothing_is_an_empty_array(stored: str | bytes | None) -> None:
    assert php.read(stored) == {}


@pytest.mark.parametrize(
    "stored",
    [
        'a:1:{i:104;s:7:"325JVN',
        'a:1:{i:104;s:8:"325JVNA";}',
        'a:1:{i:104;s:6:"325JVNA";}',
        'a:2:{i:104;s:7:"325JVNA";}',
        'a:1:{i:104;s:7:"325JVNA";} ',
        'a:1:{i:104;s:7:"325JVNA";i:105;s:1:"x";}',
        'a:2:{i:104;s:1:"x";i:104;s:1:"y";}',
        'a:1:{i:0104;s:1:"x";}',
        'O:8:"stdClass":0:{}',
        'a:1:{i:104;O:8:"stdClass":0:{}}',
        'a:2:{i:1;s:1:"x";i:2;R:2;}',
        "a:1:{i:104;d:0.10000000000000001;}",
        "a:999999999999:{",
        "s:999999999999:",
        "a:1:{a:0:{}i:1;}",
        "a:1:" * 5000,
        "a:1:{i:0;" * 5000,
        "s:3:\"abc\";",
        "b:0;",
        "i:5;",
        "[]",
        "325JVNA",
    ],
)  # fmt: skip
def test_what_php_would_not_have_written_is_unreadable(stored: str) -> None:
    with pytest.raises(php.Unreadable, match="pcextra is no array"):
        php.read(stored)


@pytest.mark.parametrize("text", ["Zoë", "Ünïcode \u201cquotes\u201d \u2013 €", "plain"])
def test_lengths_count_bytes_of_the_connection_that_php_had(text: str) -> None:
    """A connection in latin1 to a table in UTF-8 keeps each byte of PHP's as a character of its own."""
    written = php.write({104: text})
    as_kept = bytes_as_characters(written.encode())
    assert php.read(written)[104] == text
    assert php.read(as_kept)[104] == text
    assert php.read(written.encode())[104] == text


def bytes_as_characters(data: bytes) -> str:
    """As MySQL understands latin1: as cp1252, with what that lacks as it is."""
    return "".join(bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in data)


def test_texts_that_php_had_in_latin1_are_read() -> None:
    assert php.read(b'a:1:{i:104;s:3:"Zo\xeb";}')[104] == "Zoë"


@pytest.mark.parametrize("value", [1.5, 2**63, {1.5: "x"}, {None: "x"}, b"bytes", object(), "\ud800"])
def test_what_pcrt_never_keeps_is_not_written(value: object) -> None:
    with pytest.raises(ValueError):
        php.write({104: value})


# Additional Members


@pytest.mark.parametrize(
    ("text", "read", "rest"),
    [
        ("", (), ()),
        ("1001", (1001,), ()),
        ("1002,1001", (1001, 1002), ()),
        (" 1002 ;\n1001,,1001,", (1001, 1002), ()),
        ("1001,Dana,1001x,Dana", (1001,), ("Dana", "1001x")),
        ("0,-1,1.5,+7,٣,99999999999,1e3", (), ("0", "-1", "1.5", "+7", "٣", "99999999999", "1e3")),
        ('a:1:{i:0;s:4:"1001";}', (), ("a:1:{i:0", 's:4:"1001"', "}")),
    ],
)
def test_a_list_of_members_is_read_leniently_and_nothing_is_lost(
    text: str, read: tuple[int, ...], rest: tuple[str, ...]
) -> None:
    assert members.read(text) == (read, rest)


@effort(50, 1000)
@given(st.frozensets(st.integers(1, 2**31 - 1), max_size=20))
def test_a_list_of_members_that_we_write_we_read(pcids: frozenset[int]) -> None:
    assert members.read(members.write(pcids)) == (tuple(sorted(pcids)), ())
