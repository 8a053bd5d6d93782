"""Files of accounts: what is taken, what is named with its line, and what is no such file at all."""

from __future__ import annotations

import pytest

from functions.quickpass_contacts.importing import Fault, NoSuchFile, read
from shared.sync.imported import Row

HEAD = "First Name,Last Name,Email,Mobile,Username,Source,Enabled\n"


def row(id_: str, **fields: str) -> Row:
    empty = dict.fromkeys(("first_name", "last_name", "email", "mobile", "upn", "source"), "")
    return Row(id_, {**empty, "enabled": "yes", **fields})


@pytest.mark.rule("QP-03")
def test_good_lines_are_taken_and_bad_ones_are_named_with_their_number() -> None:
    lines = [
        "Ada,Stone,ada@alder.example,+1 512,Ada@Alder.example,AzureAD,yes",
        "Ben,Stone,ben at alder,,ben,AD,yes",
        "",
        "Cleo,Stone,,,,AD,yes",
        '"Dan, Jr.",Stone,dan@alder.example,,ALDER\\dan,AD,No',
        "Eva,Stone,eva@alder.example,,eva,AD,perhaps",
        "Ada,Again,ada2@alder.example,,ADA@alder.example,AD,",
        "Finn,Stone",
    ]
    found = read((HEAD + "\n".join(lines)).encode("utf-8-sig"))
    assert [one.id for one in found.rows] == ["ada@alder.example", "alder\\dan"]
    assert found.rows[0] == row(
        "ada@alder.example", first_name="Ada", last_name="Stone", email="ada@alder.example", mobile="+1 512",
        upn="Ada@Alder.example", source="AzureAD",
    )  # fmt: skip
    assert (found.rows[1].fields["first_name"], found.rows[1].fields["enabled"]) == ("Dan, Jr.", "")
    assert [str(fault) for fault in found.faults] == [
        "line 3: 'ben at alder' is no e-mail address",
        "line 5: it has neither a Username nor an ID",
        "line 7: Enabled is 'perhaps', neither yes nor no",
        "line 8: it is the account of line 2 again (ada@alder.example)",
        "line 9: it has 2 cells, fewer than there are columns",
    ]


def test_lines_are_counted_as_in_the_file_also_where_a_cell_has_several() -> None:
    found = read(b'Username,Email,Note\nada,ada@x.example,"one\ntwo"\nben,ben,\n')
    assert [one.id for one in found.rows] == ["ada"]
    assert found.faults == (Fault(4, "'ben' is no e-mail address"),)


def test_columns_may_come_otherwise_with_semicolons_and_an_id() -> None:
    found = read("ID;E-mail;firstname;Else\n7;ä@x.example;Ådne;x\n".encode())
    assert found.rows == (Row("7", {"email": "ä@x.example", "first_name": "Ådne", "enabled": "yes"}),)
    assert found.faults == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no column Username or ID"),
        (b"Name,Email\nAda,a@x.example", "its headings: Name, Email"),
        ("Username\nÄda".encode("latin-1"), "no UTF-8"),
    ],
)
def test_what_is_no_file_of_accounts_is_refused_as_a_whole(content: bytes, why: str) -> None:
    with pytest.raises(NoSuchFile, match=why):
        read(content)


def test_what_cannot_be_read_any_further_is_a_fault_and_not_the_end_of_a_good_file() -> None:
    found = read(b"Username,Email\nada,ada@x.example\nben," + b"x" * 200_000 + b"@x\ncleo,c@x.example\n")
    assert [one.id for one in found.rows] == ["ada"]
    (fault,) = found.faults
    assert fault.line == 3
    assert "nor can what follows" in fault.why
