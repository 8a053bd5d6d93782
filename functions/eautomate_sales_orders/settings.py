"""What an MSP can set for the sales order flow; the article variables that each setting replaces are named."""

from __future__ import annotations

from pydantic import Field

from shared.sync.flow import FlowSettings
from shared.sync.record import fold


class SalesOrderSettings(FlowSettings):
    """Settings of `eautomate_sales_orders`. What is left empty is left to e-automate."""

    facts = ("location", "department")

    statuses: list[str] = Field(
        min_length=1, description="ConnectWise statuses in which an order is picked up, by name (ID966, variable 1)."
    )
    error_item: str = Field(
        min_length=1,
        description="e-automate item that stands on the order where its product has no item and no template makes one "
        "(ID634: error item).",
    )
    templates: dict[str, str] = Field(
        default_factory=dict,
        description="e-automate item to copy for a missing one, by ConnectWise product type (ID634: item templates).",
    )
    create_items: bool = Field(False, description="Create missing items from their template (ID634: item creation).")
    on_hold_code: str = Field("", description="On-hold code that every new order gets (ID634: on-hold codes).")
    error_item_on_hold_code: str = Field(
        "", description="On-hold code that an order with the error item on it gets instead (ID634: on-hold codes)."
    )
    number_prefix: str = Field(
        "CW",
        min_length=1,
        max_length=8,
        pattern=r"^[A-Za-z][A-Za-z-]*$",
        description="What the number of an e-automate order begins with; that of the ConnectWise order follows.",
    )
    require_sales_rep: bool = Field(
        False, description="Let an order wait until its sales rep is mapped; else the rep is left to e-automate."
    )
    order_type: str = Field("", description="e-automate order type of new orders.")
    warehouse: str = Field("", description="e-automate warehouse of new orders.")
    state_field: str = Field(
        "", description="Caption of the custom field of ConnectWise orders that gets number and status of e-automate's."
    )
    closed_statuses: list[str] = Field(
        default_factory=lambda: ["INVOICED", "CANCELED"],
        description="e-automate order statuses after which nothing more is reported of an order.",
    )

    @property
    def on_hold_codes(self) -> tuple[str, ...]:
        """Every on-hold code that is named (EA-62)."""
        return tuple(dict.fromkeys(code for code in (self.on_hold_code, self.error_item_on_hold_code) if code.strip()))

    def picks_up(self, status: str) -> bool:
        """Whether an order in this ConnectWise status is picked up (EA-57)."""
        return fold(status) in map(fold, self.statuses)

    def is_closed(self, status: str) -> bool:
        """Whether e-automate is done with an order in this status."""
        return fold(status) in map(fold, self.closed_statuses)

    def template_for(self, product_type: str) -> str:
        """The number of the template item for a product type; empty where none is set (EA-58)."""
        named = {fold(type_): item for type_, item in self.templates.items()}
        return named.get(fold(product_type), "").strip()
