"""Which records of two trees are the same before anything links them, and how people of two systems are found."""

from __future__ import annotations

from functions.moovila_projects.joining import BY_MARKER, BY_NAME, BY_TEXT, Loose, join
from functions.moovila_projects.situations import NOTE, PHASE, TICKET
from shared.partners.moovila import People, Person
from shared.sync.record import Ref


def cw(kind: str, id_: str, *key: str, above: tuple[str, str] | None = None, marker: str = "") -> Loose:
    return Loose(Ref(kind, "cw", id_), key, above, marker)


def there(kind: str, id_: str, *key: str, above: tuple[str, str] | None = None, marker: str = "") -> Loose:
    return Loose(Ref(kind, "partner", id_), key, above, marker)


def test_a_marker_of_either_side_is_stronger_than_a_name() -> None:
    loose = [
        cw(TICKET, "1", "A"),
        cw(TICKET, "2", "B", marker="T-1"),
        there(TICKET, "T-1", "A"),
        there(TICKET, "T-2", "B"),
    ]
    found = join([*loose, there(TICKET, "T-3", "C", marker="1")], {}, ())
    assert found[Ref(TICKET, "cw", "2")] == (Ref(TICKET, "partner", "T-1"), BY_MARKER)
    assert found[Ref(TICKET, "cw", "1")] == (Ref(TICKET, "partner", "T-3"), BY_MARKER)


def test_names_count_at_the_same_place_only_and_phases_level_by_level() -> None:
    loose = [
        cw(PHASE, "10", "Outer"), cw(PHASE, "11", "Inner", above=(PHASE, "10")),
        there(PHASE, "F-1", "Outer"), there(PHASE, "F-2", "Inner", above=(PHASE, "F-1")),
        cw(TICKET, "1", "Same", above=(PHASE, "11")), there(TICKET, "T-1", "Same", above=(PHASE, "F-2")),
        cw(TICKET, "2", "Other", above=(PHASE, "11")), there(TICKET, "T-2", "Other", above=(PHASE, "F-1")),
    ]  # fmt: skip
    found = {ours.id: other.id for ours, (other, how) in join(loose, {}, ()).items() if how == BY_NAME}
    assert found == {"10": "F-1", "11": "F-2", "1": "T-1"}


def test_nobody_guesses_among_several_unless_a_try_of_ours_made_one() -> None:
    loose = [
        cw(NOTE, "5", "Hi", above=(TICKET, "1")),
        *(there(NOTE, n, "Hi", above=(TICKET, "T-1")) for n in ("N-1", "N-2")),
    ]
    words = {Ref(TICKET, "partner", "T-1"): "1"}
    assert join(loose, words, ()) == {}
    assert join(loose, words, {Ref(NOTE, "cw", "5")}) == {Ref(NOTE, "cw", "5"): (Ref(NOTE, "partner", "N-1"), BY_TEXT)}


def test_people_are_found_by_any_address_and_one_that_two_have_is_nobodys() -> None:
    team = ("team@x.example",)
    members = [Person("1", ("a@x.example", "ANN@x.example")), Person("2", team), Person("3", team)]
    people = People.of(members, [Person("U-1", ("ann@X.example",), "Ann"), Person("U-2", team)])
    assert people.word("cw", "1") == people.word("partner", "U-1") == "ann@x.example"
    assert people.id_on("partner", "ann@x.example") == "U-1"
    assert (people.word("cw", "2"), people.word("partner", "U-2")) == (None, None)
    assert (people.word("cw", ""), people.id_on("cw", "")) == ("", "")
    assert people.called("partner", "U-1") == "Ann (ann@X.example)"
