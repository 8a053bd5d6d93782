"""Links, intents and records seen, in the table: one state per record, one link per record in both directions.

A link is two items of the partition `link#{connection}#{flow}`: the state under the ConnectWise record's address, and
under the partner record's address a pointer to it. An intent or a record seen is one item under its own address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from shared.aws.dynamo import Delete, Key, Put, Table, Update, Write
from shared.aws.items import Item, fields_of, fields_text
from shared.aws.journal import entry_item
from shared.sync.clock import moment
from shared.sync.errors import Conflict, SyncError
from shared.sync.history import Entry
from shared.sync.link import Intent, Link, Seen, State
from shared.sync.record import FlowKey, Ref, digest

_UNLINKED = "attribute_not_exists(#pk) OR #type = :seen"
_FREE = f"({_UNLINKED}) AND attribute_not_exists(#held)"
_THE_INTENT = "#type = :intent AND #token = :token"
_AS_READ = "#type = :link AND #revision = :read AND #partner_id = :partner"


class Links:
    """`shared.sync.ports.Links` on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, key: FlowKey, refs: Iterable[Ref]) -> dict[Ref, State]:
        """See the port. SyncError where a partner's pointer leads nowhere: the table was changed by other hands."""
        found, astray = self._look(key, dict.fromkeys(refs))
        if astray:  # an unlink between the two reads looks just the same, so look once more
            again, astray = self._look(key, astray)
            found |= again
        if astray:
            raise SyncError(
                f"Broken links in {_partition(key)}: {', '.join(map(str, astray))} point to ConnectWise records whose "
                "items are missing or name another partner record. Restore the partition from a backup, or delete "
                "these items so that the records are matched anew."
            )
        return found

    def intend(self, key: FlowKey, intent: Intent) -> None:
        item = {
            **_address(key, intent.ref),
            "type": "intent",
            "token": intent.token,
            "at": intent.at,
            "due_pk": "due",
            "due_at": intent.due,
            **({"scope": str(intent.scope)} if intent.scope else {}),
        }
        self._table.write(Put(item, _FREE, {"seen": "seen"}))

    def link(self, key: FlowKey, link: Link, *, intent: Intent | None = None, entry: Entry | None = None) -> None:
        """See the port. ValueError if the intent belongs to neither of the link's records."""
        ends = {
            link.ref("cw"): _link_item(key, link),
            link.ref("partner"): _address(key, link.ref("partner")) | {"type": "pointer", "cw_id": link.cw_id},
        }
        if intent and intent.ref not in ends:
            raise ValueError(f"the intent of {intent.ref} cannot end in the link of {' and '.join(map(str, ends))}")
        writes = [
            Put(item, _THE_INTENT, {"intent": "intent", "token": intent.token})
            if intent and intent.ref == ref
            else Put(item, _FREE, {"seen": "seen"})
            for ref, item in ends.items()
        ]
        self._together(writes, entry, once_only=bool(intent or entry or link.linked_at))

    def settle(self, key: FlowKey, link: Link, *, read: int) -> None:
        """See the port; what is stored has revision `read` + 1. The pair itself cannot be changed so."""
        item = _link_item(key, replace(link, revision=read + 1))
        self._table.write(Put(item, _AS_READ, {"link": "link", "read": read, "partner": link.partner_id}))

    def unlink(self, key: FlowKey, link: Link, *, entry: Entry | None = None, apart: bool = False) -> None:
        as_read = {"link": "link", "read": link.revision, "partner": link.partner_id}
        conditions: dict[Ref, tuple[str, dict[str, Any]]] = {
            link.ref("cw"): (_AS_READ, as_read),
            link.ref("partner"): (
                "#type = :pointer AND #cw_id = :cw",
                {"pointer": "pointer", "cw": link.cw_id},
            ),
        }
        parted = {link.ref("cw"): link.partner_id, link.ref("partner"): link.cw_id} if apart else {}
        writes = [
            Put(_half(key, ref, link.held, parted.get(ref, "")), condition, values)
            if link.held or apart
            else Delete(_key(key, ref), condition, values)
            for ref, (condition, values) in conditions.items()
        ]
        self._together(writes, entry, once_only=entry is not None)

    def remember(self, key: FlowKey, seen: Seen) -> None:
        """See the port; what people set is not written: who looked may have read before they did."""
        values = {
            "hash": seen.hash,
            "rules": seen.rules,
            "state": seen.state,
            "reason": seen.reason,
            "name": seen.name,
            "scope": str(seen.scope) if seen.scope else "",
        }
        change = "SET #type = :seen, " + ", ".join(f"#{name} = :{name}" for name in values)
        try:
            self._table.write(Update(_key(key, seen.ref), change, _UNLINKED, {"seen": "seen", **values}))
        except Conflict:  # a link or an intent stands by now, and says more
            return

    def hold(self, key: FlowKey, ref: Ref, held: str, *, link: Link | None = None, entry: Entry) -> None:
        write: Put | Update
        if link is not None:
            item = _link_item(key, replace(link, held=held, revision=link.revision + 1))
            write = Put(item, _AS_READ, {"link": "link", "read": link.revision, "partner": link.partner_id})
        elif held:
            known = ("hash", "rules", "state", "reason")
            change = "SET #type = :seen, #held = :held, "
            change += ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in known)
            item = _half(key, ref, held)
            values = {name: item[name] for name in known}
            write = Update(_key(key, ref), change, _UNLINKED, {"seen": "seen", "held": held, **values})
        else:
            write = Update(_key(key, ref), "REMOVE #held", "#type = :seen", {"seen": "seen"})
        self._together([write], entry, once_only=True)

    def forget_intent(self, key: FlowKey, intent: Intent) -> None:
        self._table.write(Delete(_key(key, intent.ref), _THE_INTENT, {"intent": "intent", "token": intent.token}))

    def all_links(self, key: FlowKey) -> Iterable[Link]:
        states = self._table.query(
            "#pk = :flow AND begins_with(#sk, :cw)", only="#type = :link", flow=_partition(key), cw="cw#", link="link"
        )
        return map(_link, states)

    def of_scope(self, key: FlowKey, scope: Ref) -> Iterable[Link]:
        """See the port. The index says which links these may be, each is then read itself."""
        said = self._table.query("#scope_pk = :within", index="scope", within=_within(key, scope))
        items = self._table.read((item["pk"], item["sk"]) for item in said)
        return (_link(item) for item in items.values() if item["type"] == "link" and item.get("scope") == str(scope))

    def everything(self, key: FlowKey) -> Iterable[State]:
        items = self._table.query("#pk = :flow", only="#type <> :pointer", flow=_partition(key), pointer="pointer")
        return (_state(Ref.parse(item["sk"]), item) for item in items)

    def _look(self, key: FlowKey, refs: Iterable[Ref]) -> tuple[dict[Ref, State], list[Ref]]:
        """What is known of these records, and those whose pointer and link do not agree."""
        items = self._table.read(_key(key, ref) for ref in refs)
        found: dict[Ref, State] = {}
        pointed: dict[Ref, Key] = {}
        for item in items.values():
            ref = Ref.parse(item["sk"])
            if item["type"] == "pointer":
                pointed[ref] = _key(key, Ref(ref.kind, "cw", item["cw_id"]))
            else:
                found[ref] = _state(ref, item)
        states = self._table.read(pointed.values())
        for ref, at in pointed.items():
            state = states.get(at)
            if state and state["type"] == "link" and state["partner_id"] == ref.id:
                found[ref] = _link(state)
        return found, [ref for ref in pointed if ref not in found]

    def _together(self, writes: Sequence[Write], entry: Entry | None, *, once_only: bool) -> None:
        """One transaction. What can happen once only is told by its content, so that a repeated call does no harm.

        Without a token, time or id in it the content may be meant twice (linked, unlinked, linked again within the ten
        minutes that AWS remembers), and DynamoDB would not carry out the second.
        """
        every: list[Write] = [*writes, *([Put(entry_item(entry))] if entry else [])]
        token = digest([_content(write) for write in every])[:36] if once_only else ""
        self._table.write_together(every, token=token)


def _partition(key: FlowKey) -> str:
    return f"link#{key.connection}#{key.flow}"


def _key(key: FlowKey, ref: Ref) -> Key:
    return _partition(key), str(ref)


def _within(key: FlowKey, scope: Ref) -> str:
    """Under which key the index has the links of a scope."""
    return f"{_partition(key)}#{scope}"


def _address(key: FlowKey, ref: Ref) -> Item:
    return {"pk": _partition(key), "sk": str(ref)}


def _content(write: Write) -> list[Any]:
    target = write.item if isinstance(write, Put) else list(write.key)
    return [type(write).__name__, target, write.condition, dict(write.values)]


def _link_item(key: FlowKey, link: Link) -> Item:
    due = {"due_pk": "due", "due_at": link.due} if link.due else {}
    within = {"scope_pk": _within(key, link.scope)} if link.scope else {}
    return {
        **_address(key, link.ref("cw")),
        **due,
        **within,
        "type": "link",
        "kind": link.kind,
        "cw_id": link.cw_id,
        "partner_id": link.partner_id,
        "cw_hash": link.cw_hash,
        "partner_hash": link.partner_hash,
        "agreed": fields_text(link.agreed) if link.agreed else "",
        "rules": link.rules,
        "revision": link.revision,
        "how": link.how,
        "waiting": link.waiting,
        "left": link.left,
        "held": link.held,
        "cw_name": link.cw_name,
        "partner_name": link.partner_name,
        "linked_at": link.linked_at,
        "scope": str(link.scope) if link.scope else "",
        "unsure": " ".join(link.unsure),
    }


def _half(key: FlowKey, ref: Ref, held: str, parted: str = "") -> Item:
    """Half a link of a record of which nothing else is known than that it is cancelled, or from whom it was parted."""
    known: Item = {"type": "seen", "hash": "", "rules": "", "state": "skipped", "reason": held}
    said = {name: value for name, value in (("held", held), ("parted", parted)) if value}
    return {**_address(key, ref), **known, **said}


def _link(item: Item) -> Link:
    return Link(
        kind=item["kind"],
        cw_id=item["cw_id"],
        partner_id=item["partner_id"],
        cw_hash=item.get("cw_hash", ""),
        partner_hash=item.get("partner_hash", ""),
        agreed=fields_of(item.get("agreed")),
        rules=item.get("rules", ""),
        revision=item["revision"],
        how=item.get("how", ""),
        waiting=item.get("waiting", False),
        left=item.get("left", ""),
        held=item.get("held", ""),
        cw_name=item.get("cw_name", ""),
        partner_name=item.get("partner_name", ""),
        linked_at=moment(item["linked_at"]) if "linked_at" in item else None,
        due=moment(item["due_at"]) if "due_at" in item else None,
        scope=_scope(item),
        unsure=tuple(item.get("unsure", "").split()),
    )


def _scope(item: Item) -> Ref | None:
    return Ref.parse(item["scope"]) if item.get("scope") else None


def _state(ref: Ref, item: Item) -> State:
    match item["type"]:
        case "link":
            return _link(item)
        case "intent":
            return Intent(ref, item["token"], moment(item["at"]), moment(item["due_at"]), _scope(item))
        case "seen":
            name = item.get("name", "")
            rules, held = item.get("rules", ""), item.get("held", "")
            reason, parted = item.get("reason", ""), item.get("parted", "")
            return Seen(ref, item.get("hash", ""), rules, item["state"], reason, name, _scope(item), held, parted)
    raise SyncError(f"The item {item['pk']} {item['sk']} is of no kind that links have: {item['type']!r}")
