"""A ConnectWise Automate server that keeps clients, computers and groups in memory and answers as the real one does.

`server` lets calls in by the tokens of `tokens`, `api` carries them out, `query` and `conditions` find, `store` keeps;
`fleet` invents what is there at first, with every trouble that a coverage report must find. Nobody has tried it against
a live server: it follows the vendor's OpenAPI document and what public clients do. Where those are silent, this is
assumed:

* ids are counted as numbers in conditions and orders; text compares without regard to case; no quote can be escaped;
* a condition or an order on an unknown field is refused with 400, a comparison of a moment with a text fails (500);
* unknown names in `includeFields` and `excludeFields` are left out silently; pages are never larger than 1,000, unless
  all is asked for (`pageSize=-1`); `Total-Count` counts what meets the condition on all pages;
* an unknown path of a patch is refused; operations and paths are taken in any letter case, with or without a slash;
* a client is deleted with its computers; a computer that is retired leaves its groups and only its asset remains;
* a token is refreshed while it lives, for a day after the login at most.
"""

from infra.local.simulators.automate.server import AutomateSimulator
from infra.local.simulators.automate.settings import Settings

__all__ = ["AutomateSimulator", "Settings"]
