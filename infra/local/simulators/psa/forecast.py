"""A simulated opportunity's forecast as a whole: its lines, and what they add up to.

How the real server's list of forecasts is made up is not known; here it holds one forecast, whose id is the
opportunity's. A line posted to `forecast/{id}` is added to that forecast.
"""

from __future__ import annotations

from typing import Any

from infra.local.simulators.psa.api import Api, Call
from infra.local.simulators.psa.errors import Violation, invalid, record_not_found
from infra.local.simulators.psa.patch import patched_part
from infra.local.simulators.psa.special import Handlers
from infra.local.simulators.psa.store import Row
from infra.local.simulators.server import Response

KINDS = {
    "productRevenue": "Product",
    "serviceRevenue": "Service",
    "agreementRevenue": "Agreement",
    "otherRevenue1": "Other1",
    "otherRevenue2": "Other2",
}


class Forecasts:
    """Answers for the forecast; single lines are read and changed like any record."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.records = api.records
        self.entity = api.records.table["forecastItem"]

    def handlers(self) -> Handlers:
        """The paths answered here."""
        whole = "sales/opportunities/{id}/forecast"
        return {
            whole: {
                "get": lambda call: call.answer([self._forecast(_opportunity(call))]),
                "post": self._add,
                "put": self._replace,
                "patch": self._patch,
                "delete": self._clear,
            },
            f"{whole}/count": {"get": self._count},
            f"{whole}/{{id}}": {"post": self._add_line},
        }

    def _count(self, call: Call) -> Response:
        self._opportunity(_opportunity(call))
        return call.answer({"count": 1})

    def _add(self, call: Call) -> Response:
        opportunity = _opportunity(call)
        self._opportunity(opportunity)
        for line in _lines(call.document()):
            self.records.create(self.entity, line, call.by, parent=opportunity)
        return call.answer(self._forecast(opportunity), 201)

    def _add_line(self, call: Call) -> Response:
        opportunity, forecast = (int(word) for word in call.words if word.isdigit())
        self._opportunity(opportunity)
        if forecast != opportunity:
            raise record_not_found("forecast", forecast)
        line = call.document()
        made = self.records.create(self.entity, line, call.by, parent=opportunity)
        return call.answer(dict(made), 201)

    def _replace(self, call: Call) -> Response:
        self._set(call, _opportunity(call), _lines(call.document()))
        return call.answer(self._forecast(_opportunity(call)))

    def _patch(self, call: Call) -> Response:
        forecast = self._forecast(_opportunity(call))
        self._set(call, _opportunity(call), _lines(patched_part("forecast", forecast, call.document())))
        return call.answer(self._forecast(_opportunity(call)))

    def _clear(self, call: Call) -> Response:
        self._set(call, _opportunity(call), [])
        return Response(204)

    def _set(self, call: Call, opportunity: int, lines: list[dict[str, Any]]) -> None:
        self._opportunity(opportunity)
        rows = self.records.store.rows("forecastItem")
        kept = {line["id"] for line in lines if isinstance(line.get("id"), int)}
        for gone in [each for each in rows.children(opportunity) if each not in kept]:
            self.records.delete(self.entity, gone, call.by)
        for line in lines:
            if isinstance(line.get("id"), int) and line["id"] in rows:
                self.records.update(self.entity, line["id"], line, call.by, parent=opportunity)
            else:
                self.records.create(self.entity, line, call.by, parent=opportunity)

    def _opportunity(self, record: int) -> Row:
        return self.records.get(self.records.table["opportunity"], record)

    def _forecast(self, opportunity: int) -> dict[str, Any]:
        row = self._opportunity(opportunity)
        rows = self.records.store.rows("forecastItem")
        lines = [rows[each] for each in rows.children(opportunity)]
        counted = [line for line in lines if line.get("includeFlag")]
        statuses = self.records.store.rows("opportunityStatus")

        def of_status(flag: str | None) -> list[Row]:
            ended = ("wonFlag", "lostFlag")
            found = []
            for line in counted:
                status = statuses.get((line.get("status") or {}).get("id", 0)) or {}
                if status.get(flag) if flag else not any(status.get(each) for each in ended):
                    found.append(line)
            return found

        total = _sum(counted)
        forecast: dict[str, Any] = {
            "id": opportunity,
            "forecastItems": [dict(line) for line in lines],
            **{name: _sum([line for line in counted if line["forecastType"] == kind]) for name, kind in KINDS.items()},
            "forecastRevenueTotals": total,
            "inclusiveRevenueTotals": total,
            "recurringTotal": round(sum(line.get("recurringRevenue", 0) for line in counted), 2),
            "wonRevenue": _sum(of_status("wonFlag")),
            "lostRevenue": _sum(of_status("lostFlag")),
            "openRevenue": _sum(of_status(None)),
            "salesTaxRevenue": 0,
            "forecastTotalWithTaxes": total["revenue"],
            "_info": {"lastUpdated": row["_info"]["lastUpdated"], "updatedBy": row["_info"]["updatedBy"]},
        }
        return forecast


def _opportunity(call: Call) -> int:
    return int(call.words[2])


def _lines(document: Any) -> list[dict[str, Any]]:
    lines = document.get("forecastItems", []) if isinstance(document, dict) else None
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        text = "The field forecastItems must be an array of objects."
        raise invalid("forecast", [Violation("InvalidField", text, "forecastItems")])
    return lines


def _sum(lines: list[Row]) -> dict[str, Any]:
    revenue = round(sum(line.get("revenue", 0) for line in lines), 2)
    cost = round(sum(line.get("cost", 0) for line in lines), 2)
    share = round((revenue - cost) / revenue * 100, 2) if revenue else 0
    return {"revenue": revenue, "cost": cost, "margin": round(revenue - cost, 2), "percentage": share}
