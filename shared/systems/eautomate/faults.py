"""What a SOAP fault of e-automate means: it gives words only, so a table of patterns says what to do about each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from shared.systems.eautomate.soap import Fault

Meaning = Literal["property", "keys", "later", "missing", "refused"]
"""`property`: the record's custom property configuration lacks one. `keys`: user, password or company are not
accepted. `later`: the server is in trouble. `missing`: there is no such record. `refused`: a business rule says no."""

_WHO = r"\b(user|log[io]n|password|credential|company ?id)"

_TABLE: tuple[tuple[str, Meaning], ...] = (
    (r"custom propert.*\b(not|no|lacks?|invalid|unknown|missing)\b", "property"),
    (r"\b(no|not|invalid|unknown|missing)\b.*\bcustom propert", "property"),
    (r"\bauthori[sz]|\bauthenticat|\blog[io]n (failed|denied|refused)", "keys"),
    (rf"\b(invalid|incorrect|wrong|unknown|bad)\b.{{0,20}}{_WHO}", "keys"),
    (rf"{_WHO}.{{0,30}}\b(invalid|incorrect|expired|not (valid|found|exist))\b", "keys"),
    (r"\btime-?out\b|\btimed out\b|\bdeadlock|\btransport-level|\bnetwork-related", "later"),
    (r"\bserver is (too )?(busy|unavailable)|\btry again later\b", "later"),
    (r"\bOutOfMemory|\bthread was being aborted", "later"),
    (r"\bconnection .*\b(closed|reset|broken|refused|pool)\b", "later"),
    (r"\bnot found\b|\bdoes not exist\b|\b(could not|cannot|can't) (be found|find)\b|\bno such\b", "missing"),
)
_ASPNET = re.compile(r"^(Server was unable to process request\.?\s*(--->)?\s*|[\w.]+(Exception|Error):\s*)+")
_STACK = re.compile(r"\s+at [\w.<>`]+\(.*", re.DOTALL)
_LIMIT = 500


def meaning(fault: Fault) -> Meaning:
    """What a fault means. One without words is a crash of the server: `later`."""
    said = words(fault, ())
    if not said:
        return "later"
    return next((meaning for pattern, meaning in _TABLE if re.search(pattern, said, re.IGNORECASE)), "refused")


def words(fault: Fault | str, secrets: Iterable[str]) -> str:
    """The server's words for people: without what ASP.NET puts around them, and without any of `secrets`."""
    text = fault.text if isinstance(fault, Fault) else fault
    for secret in secrets:
        text = text.replace(secret, "[hidden]") if secret else text
    text = _STACK.sub("", _ASPNET.sub("", text.strip()))
    return " ".join(text.split())[:_LIMIT]
