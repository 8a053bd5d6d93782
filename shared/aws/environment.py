"""What template.yaml tells a function through its environment, read and checked once, when the function starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from shared.sync.errors import ConfigurationWrong

_QUEUE = "QUEUE_"


class Environment(BaseModel):
    """A function's environment. `queues` holds the URL of each queue that it may use, by flow.

    `callback_url` is where outside systems post to; empty where nothing listens.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    table: str = Field(alias="TABLE", min_length=1)
    secret_prefix: str = Field("crosswise", alias="SECRET_PREFIX", min_length=1)
    service: str = Field(alias="POWERTOOLS_SERVICE_NAME", min_length=1)
    namespace: str = Field("Crosswise", alias="POWERTOOLS_METRICS_NAMESPACE", min_length=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="LOG_LEVEL")
    callback_url: str = Field("", alias="CALLBACK_URL", pattern=r"^(https?://[^/?#\s]+)?$")
    queues: dict[str, str] = Field(default_factory=dict)

    @field_validator("queues")
    @classmethod
    def _are_urls(cls, queues: dict[str, str]) -> dict[str, str]:
        if wrong := [flow for flow, url in queues.items() if not url.startswith(("https://", "http://"))]:
            raise ValueError(f"no URL for {', '.join(sorted(wrong))}")
        return queues

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Environment:
        """The environment from variables such as `os.environ`; ConfigurationWrong names every faulty one."""
        queues = {name.removeprefix(_QUEUE).lower(): url for name, url in variables.items() if name.startswith(_QUEUE)}
        try:
            return cls.model_validate({**variables, "queues": queues})
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationWrong(
            f"The function's environment is wrong: {faults}.",
            where="Environment of the function in template.yaml",
            fix="Deploy the stack anew; nobody sets these by hand.",
        )
