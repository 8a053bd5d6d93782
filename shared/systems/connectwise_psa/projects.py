"""Projects of ConnectWise PSA and their phases: how each is billed, and under which agreement."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from shared.systems.connectwise_psa.models import Flag, NameOf, Record, Reference, Text, Updated

PROJECTS = "project/projects"
PHASES = "project/projects/{project}/phases"
PROJECT_STATUSES = "project/statuses"
PROJECT_TYPES = "project/projectTypes"


class Project(Record):
    """A project. `method` is ActualRates, FixedFee, NotToExceed or OverrideRate."""

    page: ClassVar[str] = "ProjectFV"
    wire_fields: ClassVar[str] = (
        "id,name,status/id,status/name,type/id,type/name,company/id,company/name,agreement/id,agreement/name,"
        "billingMethod,closedFlag,customerPO,_info/lastUpdated"
    )

    name: Text = ""
    status: NameOf = ""
    type: NameOf = ""
    company: Reference | None = None
    agreement: Reference | None = None
    method: Text = Field("", alias="billingMethod")
    closed: Flag = Field(False, alias="closedFlag")
    po_number: Text = Field("", alias="customerPO")
    updated: Updated = Field(None, alias="_info")


class Phase(Record):
    """A phase of a project. Only one that is billed separately has a billing `method` of its own."""

    wire_fields: ClassVar[str] = (
        "id,projectId,description,agreement/id,agreement/name,billSeparatelyFlag,billingMethod,poNumber"
    )

    project_id: int | None = Field(None, alias="projectId")
    name: Text = Field("", alias="description")
    agreement: Reference | None = None
    separate: Flag = Field(False, alias="billSeparatelyFlag")
    method: Text = Field("", alias="billingMethod")
    po_number: Text = Field("", alias="poNumber")
