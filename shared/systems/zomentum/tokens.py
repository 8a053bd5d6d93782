"""Where Zomentum's access tokens come from; who asks for one, and how all workers share it, is in `systems.tokens`.

An access token lives 24 hours, and **a new one kills the old one** (documented). The refresh token stays good: it is
what the API user was given; only access tokens are told to be invalidated. Should Zomentum give a new refresh token
along with an access token, which nothing says, it is kept as well.
"""

from __future__ import annotations

from urllib.parse import quote

from shared.systems.rest import Request
from shared.systems.tokens import Issuer

NAME = "zomentum"
REFRESH_PATH = "auth0/access_token"

ISSUER = Issuer(
    NAME,
    lambda refresh: Request("GET", REFRESH_PATH, f"refresh_token={quote(refresh, safe='')}"),
    fix="In Zomentum, Settings > Users, choose the API user and Generate token; enter the refresh token (and the "
    "access token) into the secret.",
    address="Set base_url to the address of the API without its version, e.g. https://api.zomentum.com.",
    alone="if another program uses the same API user, each of its tokens kills ours: give Crosswise an API user of its "
    "own",
)
