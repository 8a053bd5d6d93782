"""Errors named by what must be done about them.

    SyncError
    ├── RetryLater            the other side cannot answer now; look again after `after` seconds
    │   └── Throttled         it said so for the whole tenant: everyone slows down until then
    ├── OutcomeUnknown        a write was sent and no answer came: look for its result before repeating it
    ├── CredentialsRefused    the keys are not accepted: ask anew once, then pause the connection
    ├── RecordRejected        the other side refuses this record, in its own words: an issue, the rest goes on
    ├── ConfigurationWrong    a setting, right or set-up row is wrong: an issue that names where
    ├── Conflict              somebody else was first: look again
    └── MalformedMessage      a queue message that nobody can read: to the dead letters

No message ever holds a key, a password or a request body.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FailedRequest:
    """A request that came to nothing: what was asked of whom, and the answer. `status` 0: there was none."""

    system: str
    method: str
    path: str
    status: int
    reason: str

    @classmethod
    def of(cls, system: str, what: str, status: int, reason: str) -> FailedRequest:
        """Of a request as errors name it: its method and path, e.g. `GET company/companies`."""
        method, _, path = what.rpartition(" ")
        return cls(system, method, path, status, reason)


class SyncError(Exception):
    """Base of all that the engine knows how to treat. `request` is the one that failed, where it was one."""

    request: FailedRequest | None = None


class RetryLater(SyncError):
    """The other side cannot answer now.

    `after` is in seconds; None means that the other side did not say, and the engine's own delays hold.
    `system` names who could not answer, `reason` says why in words.
    """

    def __init__(self, reason: str, *, system: str = "", after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.system = system
        self.after = after


class Throttled(RetryLater):
    """Too many requests for this tenant: `pace_key` (`{host}#{company}`) names whom to slow down."""

    def __init__(self, reason: str, *, pace_key: str, system: str = "", after: float | None = None) -> None:
        super().__init__(reason, system=system, after=after)
        self.pace_key = pace_key


class OutcomeUnknown(RetryLater):
    """A write was sent and its answer was lost; whether it was carried out must be looked up, never assumed."""


class CredentialsRefused(SyncError):
    """`system` refuses our keys, also after they were read anew."""

    def __init__(self, system: str, reason: str) -> None:
        super().__init__(f"{system} refuses the keys: {reason}")
        self.system = system
        self.reason = reason


class RecordRejected(SyncError):
    """`system` refuses this record; `words` is its own text, `code` its own code if it gives one.

    `field` names the field it complains of, if it does.
    """

    def __init__(self, system: str, words: str, *, code: str = "", field: str = "") -> None:
        super().__init__(f"{system} refuses the record: {words}")
        self.system = system
        self.words = words
        self.code = code
        self.field = field


class ConfigurationWrong(SyncError):
    """Something a person must set up: `what` is wrong, `where` it is set, `fix` says what it should be."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix


class Conflict(SyncError):
    """A conditional write lost: the record, link or intent is no longer what was read. Look again."""


class MalformedMessage(SyncError):
    """A queue message that cannot be read as any of ours."""
