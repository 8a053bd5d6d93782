"""A flow that is as small as one can be: each widget of the partner gets one gadget in ConnectWise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shared.sync.change import Change
from shared.sync.errors import CredentialsRefused, OutcomeUnknown, RecordRejected
from shared.sync.flow import Context, Flow, FlowSettings, Page, Sighting, Situation
from shared.sync.issue import Awaited, Issue
from shared.sync.link import Link, Pair
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.ports import Applied, Run
from shared.sync.record import Fields, Name, Ref

KIND = "widget-gadget"


class ToySettings(FlowSettings):
    facts = ("branch",)
    excludable = ("name", "city")

    ask: bool = False


@dataclass
class ToySystem:
    """Records by id, and a script of errors: each call first raises what stands next in `errors`, if anything."""

    name: str
    clock: Any
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[Exception | None] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    accepts_keys: bool = True
    before_apply: Callable[[Step], None] = lambda _step: None
    lose_answers: int = 0

    @property
    def pace_key(self) -> str:
        return f"{self.name}.example#demo"

    def read(self) -> dict[str, dict[str, Any]]:
        self._call("read")
        return self.records

    def apply(self, step: Step) -> Applied:
        self.before_apply(step)
        self._call(f"{step.verb} {step.kind}")
        if step.fields.get("name") in self.refuses:
            raise RecordRejected(self.name, self.refuses[step.fields["name"]])
        key = str(step.key) if step.key else str(len(self.records) + 1)
        record = {**self.records.get(key, {}), **step.fields}
        self.records[key] = record
        if self.lose_answers:
            self.lose_answers -= 1
            raise OutcomeUnknown("no answer came", system=self.name)
        return Applied(key, dict(record))

    def may_read(self, what: str) -> None:
        """It lets everybody read."""

    def check(self) -> None:
        self.calls.append("check")
        if not self.accepts_keys:
            raise CredentialsRefused(self.name, "wrong key")

    def server_time(self) -> datetime:
        now: datetime = self.clock.now()
        return now

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error


@dataclass(frozen=True, kw_only=True)
class ToySituation(Situation):
    widget: Mapping[str, Any] | None
    gadget: Mapping[str, Any] | None
    gadget_id: str = ""
    parent_linked: bool = True
    ask: bool = False


class ToyFlow(Flow[ToySituation]):
    """Widgets with a `parent` wait for its link; the gadget's marker is the widget's id."""

    name: ClassVar[str] = "eautomate_customers"  # a queue that the template has
    Settings = ToySettings
    systems = ("connectwise_psa", "eautomate")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.cw: Any = context.systems["connectwise_psa"]
        self.partner: Any = context.systems["eautomate"]

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        widgets = sorted(self.partner.read().items())
        start = int(page["from"]) if page else 0
        part = widgets[start : start + 2]
        sightings = [Sighting(Ref(KIND, "partner", key), dict(widget), dict(widget)) for key, widget in part]
        if start + 2 < len(widgets):
            return Page(sightings, next={"from": start + 2})
        return Page(sightings, cursor={"partner": "now"})

    def observe(self, changes: Sequence[Change]) -> list[ToySituation]:
        refs = {change.ref for change in changes}
        states = self.context.links.find(refs)
        widgets, gadgets = self.partner.read(), self.cw.read()
        parents = {
            str(w["parent"]): Ref(KIND, "partner", str(w["parent"])) for w in widgets.values() if w.get("parent")
        }
        linked = self.context.links.find(parents.values())
        return [self._one(change, states, widgets, gadgets, linked) for change in changes]

    def _one(self, change: Change, states: Any, widgets: Any, gadgets: Any, linked: Any) -> ToySituation:
        state = states.get(change.ref)
        home = state.ref("partner") if isinstance(state, Link) else change.ref
        widget = change.carried or widgets.get(home.id)
        found = state.cw_id if isinstance(state, Link) else ""
        found = found or next((key for key, g in gadgets.items() if g.get("marker") == home.id), "")
        parent = Ref(KIND, "partner", str((widget or {}).get("parent", "")))
        return ToySituation(
            home=home,
            name=Name(f"widget {home.id}"),
            pairs=(Pair(home, state, cw=gadgets.get(found), partner=widget),),
            facts={"branch": str(widget.get("branch", ""))} if widget else {},
            widget=widget,
            gadget=gadgets.get(found),
            gadget_id=found,
            parent_linked=not (widget or {}).get("parent") or isinstance(linked.get(parent), Link),
            ask=self.context.settings.ask,
        )

    def mapped(self, _step: Step, record: object) -> Fields | None:
        return record if isinstance(record, dict) else None

    @staticmethod
    def decide(situation: ToySituation) -> Plan:
        widget, home, ask = situation.widget, situation.home, situation.ask
        if widget is None:
            return skip(home, "There is no such widget.", name=situation.name)
        if not situation.parent_linked:
            parent = Ref(KIND, "partner", str(widget["parent"]))
            waits = (Awaited(ToyFlow.name, parent),)
            issue = Issue("PARENT", home, situation.name, "waits", "link the parent", "mapping", waits_on=waits)
            return stop(home, issue, name=situation.name)
        fields = {"name": widget["name"], "marker": home.id}
        if situation.link is None and not situation.gadget_id:
            steps = [
                Step("gadget", "connectwise_psa", "gadget", "create", fields=fields, ask=ask),
                Step("link", LINKS, KIND, "link", fields={"cw": Created("gadget"), "partner": home.id}, why="made"),
                Step("back", "eautomate", "widget", "update", home.id, fields={"gadget": Created("gadget")}),
            ]
            return Plan(home, "No gadget.", steps=tuple(steps), name=situation.name)
        steps = []
        if situation.link is None:
            steps.append(
                Step("link", LINKS, KIND, "link", fields={"cw": situation.gadget_id, "partner": home.id}, why="found")
            )
        if situation.gadget is not None and situation.gadget["name"] != widget["name"]:
            steps.append(
                Step(
                    "gadget",
                    "connectwise_psa",
                    "gadget",
                    "update",
                    situation.gadget_id,
                    fields={"name": widget["name"]},
                    before={"name": situation.gadget["name"]},
                    ask=ask,
                )
            )
        if widget.get("gadget") != situation.gadget_id:
            steps.append(Step("back", "eautomate", "widget", "update", home.id, fields={"gadget": situation.gadget_id}))
        busy = situation.gadget is not None and bool(situation.gadget.get("busy"))
        again = timedelta(minutes=2) if busy else None
        return Plan(home, "In step.", steps=tuple(steps), name=situation.name, again=again)
