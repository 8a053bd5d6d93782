"""A Quickpass tenant that keeps customers and their end users' accounts in memory and answers as its API does.

Documented by public sources: an API with OAuth-like tokens that are refreshed and revoked, bound to one dashboard user,
and customers with their name and GUID. Everything else is assumed:

* `POST oauth/token` takes a form with `grant_type=refresh_token`, and answers `access_token` (and a new `refresh_token`
  where `Settings.rotates`); a new access token kills the old one;
* lists answer `{"items": [...], "nextPage": "..."}`; `nextPage` is null on the last page and else comes back as `page`;
* `customers/{guid}/end-users` with `updatedSince`, and one end user below it, whose `psaContactId` can be changed by
  PATCH; a tenant may have none of this (`Settings.end_users`), or no writing (`Settings.write_back`);
* errors are `{"message": ...}`.
"""

from infra.local.simulators.quickpass.server import QuickpassSimulator
from infra.local.simulators.quickpass.settings import Settings

__all__ = ["QuickpassSimulator", "Settings"]
