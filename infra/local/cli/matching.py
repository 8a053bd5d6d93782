"""The commands of the matching of Quickpass's accounts: import, list, pick, resolve; what is saved is approved."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from functions.quickpass_contacts.importing import NoSuchFile, read
from functions.quickpass_contacts.match_list import Shown, customers_called, match_list
from functions.quickpass_contacts.situations import FLOW, customer_ref
from infra.local.cli.desk import By, at_work
from infra.local.cli.flows import flows_meant
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.screen import FAILED, WRONG_USE, Failed, complain, progress, say, say_json, say_table
from infra.local.cli.showing import AsJson
from shared.sync.names import counted
from shared.sync.record import FlowKey, Ref

if TYPE_CHECKING:
    from shared.aws.table import Store

accounts = typer.Typer(help="Accounts of Quickpass that come from files.", no_args_is_help=True)

WhichConnection = Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection, by its id.")]
WhichCustomer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The Quickpass customer, by name or GUID.")]
OnlyCustomer = Annotated[
    str | None, typer.Option("--customer", metavar="CUSTOMER", help="Only this customer, by name or GUID.")
]


@accounts.command("import")
def import_accounts(
    connection: WhichConnection,
    customer: WhichCustomer,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV as Quickpass's dashboard exports it.")],
    whole: Annotated[
        bool, typer.Option("--whole", help="The file has all accounts: take away those that it lacks.")
    ] = False,
    by: By = None,
    stack: OnStack = None,
) -> None:
    """Load a customer's accounts from a file, and match them. A line that cannot be taken is named, the rest loaded."""
    try:
        found = read(file.read_bytes())
    except OSError as error:
        raise Failed(f"{file}: {error.strerror or error}", WRONG_USE) from None
    except NoSuchFile as wrong:
        raise Failed(f"{file}: {wrong}", WRONG_USE) from None
    if whole and found.faults:
        listed = "\n".join(f"  {fault}" for fault in found.faults)
        raise Failed(f"{file}: with --whole every line must be good, and nothing was loaded:\n{listed}", WRONG_USE)
    with at_work(by, stack) as desk:
        key = _key(desk.store, connection)
        home, name = _customer(desk.store, key, customer)
        changed = desk.store.imported.put(key, home.id, found.rows)
        ids = {row.id for row in found.rows}
        left = [row.id for row in desk.store.imported.rows(key, home.id) if row.id not in ids]
        if whole:
            desk.store.imported.remove(key, home.id, left)
        desk.operator.tell(key, f"Loaded {counted(len(found.rows), 'account')} of {name} from {file.name}.")
        desk.operator.look(key, home)
        say(f"{name}: {counted(len(found.rows), 'account')} loaded, {changed} new or changed; they are matched now")
        if left:
            then = "taken away" if whole else "kept (with --whole they go)"
            say(f"{counted(len(left), 'account')} not in the file: {then}")
        _warn_of_settings(desk.store, key)
    for fault in found.faults:
        complain(f"crosswise: {file}: {fault}")
    if found.faults:
        raise typer.Exit(FAILED)


def matches(
    connection: WhichConnection,
    customer: OnlyCustomer = None,
    suggested: Annotated[bool, typer.Option("--suggested", help="Only what waits to be saved.")] = False,
    matched: Annotated[bool, typer.Option("--matched", help="Only what is matched.")] = False,
    unmatched: Annotated[bool, typer.Option("--unmatched", help="Only what has no match, and none suggested.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Everything, which is also what is shown without.")] = False,
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Show which Quickpass accounts are matched with which contacts, what is suggested, what has no match, and why."""
    if suggested + matched + unmatched + everything > 1:
        raise Failed("give one of --suggested, --matched, --unmatched, --all", WRONG_USE)
    shown: Shown = "suggested" if suggested else "matched" if matched else "unmatched" if unmatched else "all"
    store = open_place(stack).store
    key = _key(store, connection)
    states = list(store.links.everything(key))
    rows = match_list(states, store.proposals.of_flow(key), store.issues.of_connection(connection), shown)
    if customer is not None:
        names = {name for _, name in customers_called(states, customer)}
        if not names:
            raise Failed(_unknown(customer), WRONG_USE)
        rows = [row for row in rows if row.customer in names]
    if json:
        say_json([{**asdict(row), "record": str(row.record)} for row in rows])
        return
    say_table(
        ("customer", "account", "standing", "in ConnectWise", "why", "address"),
        [(row.customer, row.called, row.standing, row.other, row.why, row.record) for row in rows],
    )
    say(counted(len(rows), "row"))
    if any(row.standing in ("suggested", "create?") for row in rows):
        say(
            f"save: crosswise approve {FLOW} ADDRESS..., or --all --verb link; create: --all --verb create; remove: "
            f"crosswise reject {FLOW} ADDRESS --reason TEXT"
        )
    if any(row.standing in ("matched", "several", "unmatched") for row in rows):
        say("unmatch: crosswise unlink ADDRESS; change or choose: crosswise relink ADDRESS CONTACT (crosswise pick)")


def pick(
    connection: WhichConnection,
    customer: WhichCustomer,
    search: Annotated[str, typer.Argument(metavar="[TEXT]", help="Words of a name or an e-mail address.")] = "",
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Show the active contacts of a customer's company, to choose one for `relink`."""
    place = open_place(stack)
    home, _ = _customer(place.store, _key(place.store, connection), customer)
    found = _ask(connection, "pick", {"customer": home.id, "search": search}, stack)["contacts"]
    if json:
        say_json(found)
        return
    say_table(
        ("number", "contact", "e-mail", "linked to"),
        [(one["id"], one["name"], ", ".join(one["emails"]), one["linked"]) for one in found],
    )
    say(counted(len(found), "contact"))


def resolve(
    connection: WhichConnection,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="ticket:123 or contact:55, by its number.")],
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Tell whose Quickpass account a ticket's contact is, before it is reset, unlocked or verified."""
    found = _ask(connection, "whose", {"record": record}, stack)
    if json:
        say_json(found)
    if found["account"] is None:
        raise Failed(f"{found['reason']} {found['fix']}")
    if not json:
        account = found["account"]
        say(f"{account['first_name']} {account['last_name']} {account['email']}".strip())
        say(f"  signs in as {account['upn'] or 'nobody knows'}, source {account['source'] or 'not told'}")
        say(f"  account {found['key']}, {'enabled' if account['enabled'] else 'disabled'}")
        say(f"  {found['contact']} {found['url']}".rstrip())


def _ask(connection: str, question: str, asked: Mapping[str, str], stack: str | None) -> dict[str, Any]:
    """What the flow's own function answers, which has keys and network; Failed with why nobody can tell."""
    place = open_place(stack)
    _key(place.store, connection)
    request = {"function": FLOW, "event": {question: {"connection": connection, **asked}}}
    with progress(f"asking {FLOW} of {connection}") as tell:
        done = place.ask("invoke", request, tell)
    answer: dict[str, Any] = done.get("answer") or {}
    if why_not := done["error"] or answer.get("hindered"):
        raise Failed(f"{FLOW} of {connection} cannot tell: {why_not}")
    return answer


def _key(store: Store, connection: str) -> FlowKey:
    (key,) = flows_meant(store.flows.connections(), connection, FLOW)
    return key


def _customer(store: Store, key: FlowKey, text: str) -> tuple[Ref, str]:
    """The customer that a text means; one that the table does not know yet goes by its GUID."""
    found = customers_called(list(store.links.everything(key)), text)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "\n".join(f"  {ref.id}  {name}" for ref, name in found)
        raise Failed(f"{text!r} may be any of these; name one by its GUID:\n{listed}", WRONG_USE)
    try:
        guid = str(uuid.UUID(text.strip()))
    except ValueError:
        raise Failed(_unknown(text), WRONG_USE) from None
    return customer_ref(guid), f"customer {guid}"


def _unknown(customer: str) -> str:
    return (
        f"no customer {customer!r} is known here; crosswise sync {FLOW} finds all of them, and a GUID does in any case"
    )


def _warn_of_settings(store: Store, key: FlowKey) -> None:
    connection = store.flows.connection(key.connection)
    if connection is not None and connection.flows[FLOW].get("accounts_from") != "import":
        complain(f'crosswise: nothing reads them until accounts_from = "import" stands in the settings of {FLOW}')


COMMANDS = (matches, pick, resolve)
