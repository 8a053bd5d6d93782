"""What an MSP can set for call transfers (ID912; the numbers of its article's variables are not public)."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from shared.sync.flow import FlowSettings


class TransferSettings(FlowSettings):
    """Settings of `eautomate_call_transfers`.

    `filters` says which calls move, by the codes of the call and the branch of its customer. Without any filter none
    does: else every call of the dealer would.
    """

    facts = ("call_type", "territory", "branch", "technician")

    statuses: list[str] = Field(
        default=["P", "S", "D"],
        min_length=1,
        description="Status codes in which calls move (ID912): pending, scheduled, dispatched.",
    )
    board: str = Field("", description="Service board of created tickets, by name (ID912); empty: ConnectWise's own.")
    status: str = Field(
        "", description="Status of created tickets, by its name on that board (ID912); empty: the board's default."
    )
    type: str = Field("", description="Type of created tickets, by its name on that board (ID912); empty: none given.")
    priority: str = Field("", description="Priority of created tickets, by name (ID912); empty: ConnectWise's own.")
    source: str = Field("", description="Source of created tickets, by name (ID912); empty: ConnectWise's own.")
    hold_code: str = Field(
        "CW",
        min_length=1,
        description="Hold code that a call gets once its ticket is there (ID912), as e-automate has it.",
    )

    @model_validator(mode="after")
    def _what_belongs_to_a_board_names_it(self) -> Self:
        if (self.status or self.type) and not self.board:
            raise ValueError("a status or type is one of a board: name the board as well")
        return self
