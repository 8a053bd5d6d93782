"""Where Quickpass's access tokens come from; who asks for one, and how all workers share it, is in `systems.tokens`.

Documented: tokens are made in the dashboard by a Primary or Super user, whose rights they have; scope Offline Access
brings a refresh token. Assumed: that it is exchanged as OAuth 2 has it, and that a new access token kills the old one,
which costs nothing where it does not.
"""

from __future__ import annotations

from urllib.parse import urlencode

from shared.systems.rest import Request
from shared.systems.tokens import Issuer

NAME = "quickpass"
REFRESH_PATH = "oauth/token"

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _request(refresh: str) -> Request:
    form = urlencode({"grant_type": "refresh_token", "refresh_token": refresh})
    return Request("POST", REFRESH_PATH, body=form.encode(), headers=_FORM, asks=True)


ISSUER = Issuer(
    NAME,
    _request,
    fix="In Quickpass's dashboard, as a Primary or Super user, make API credentials with the scopes Offline Access, "
    "Profile and Customer; enter the refresh token into the secret.",
    address="Set region to na, eu or ca, or base_url to the address of the API.",
    alone="if another program uses the same API credentials, its tokens may kill ours: give Crosswise credentials of "
    "its own",
)
