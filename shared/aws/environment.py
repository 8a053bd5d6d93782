"""What template.yaml tells a function through its environment, read and checked once, when the function starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.sync.errors import ConfigurationWrong


class Environment(BaseModel):
    """A function's environment. `queues` is what the URL of every flow's queue begins with; the flow's name follows.

    `callback_url` is where outside systems post to; empty where nothing listens.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    table: str = Field(alias="TABLE", min_length=1)
    secret_prefix: str = Field("crosswise", alias="SECRET_PREFIX", min_length=1)
    service: str = Field(alias="POWERTOOLS_SERVICE_NAME", min_length=1)
    namespace: str = Field("Crosswise", alias="POWERTOOLS_METRICS_NAMESPACE", min_length=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="LOG_LEVEL")
    callback_url: str = Field("", alias="CALLBACK_URL", pattern=r"^(https?://[^/?#\s]+)?$")
    queues: str = Field("", alias="QUEUES", pattern=r"^(https?://[^?#\s]+)?$")

    def queue(self, flow: str) -> str:
        """The URL of a flow's queue, as template.yaml names it."""
        return f"{self.queues}{flow}.fifo"

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Environment:
        """The environment from variables such as `os.environ`; ConfigurationWrong names every faulty one."""
        try:
            return cls.model_validate(variables)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationWrong(
            f"The function's environment is wrong: {faults}.",
            where="Environment of the function in template.yaml",
            fix="Deploy the stack anew; nobody sets these by hand.",
        )
