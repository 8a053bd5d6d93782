"""A Zomentum tenant that keeps what an MSP sells in memory and answers as API v2 does, as far as that is known.

`server` lets calls in by the token of `tokens`, `api` carries them out on what `entities` describes, `query` filters
and pages, `documents` makes line items and files, `webhooks` posts what changed, `seed` invents what is there at first.

Documented by public sources: the paths, bearer tokens that live 24 hours and of which a new one kills the old one,
`page`, `limit`, `count_query_flag` and `filtered_count_map`, `filters=field:op:value;` with `eq`, names of child
entities, what a create requires, 400, 401 and 403, line items as CSV, downloads. Everything else is assumed:

* all other fields, among them `created_at` and `updated_at` (ISO, milliseconds, UTC), which lists are filtered by;
* the operators `gt`, `gte`, `lt`, `lte`, `in`; texts compare without regard to case; unknown fields and operators: 400;
* the order of lists: what changed last comes first, so that paging by number loses records while people work;
* an unknown id is answered 404 (`Settings.missing` makes it a 400); errors are `{"message": ...}`;
* a PUT leaves alone what it does not name, and replaces an object or a list that it names whole;
* names of companies, products and tax regions are unique without regard to case, those of tax categories within their
  region; a second one is refused with 400;
* webhooks as a whole: what changed, by whomever, is posted to the one address that is set, signed by HMAC-SHA256.
"""

from infra.local.simulators.zomentum.server import ZomentumSimulator
from infra.local.simulators.zomentum.settings import Settings

__all__ = ["Settings", "ZomentumSimulator"]
