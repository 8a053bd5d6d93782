"""A Moovila tenant that keeps projects in memory and answers as the adapter assumes that Moovila does.

`server` lets calls in by their key, `api` carries them out on what `entities` describes, `checks` refuses what cannot
be, `store` keeps records, `webhooks` posts what changed, `seed` invents what is there at first.

Nothing of a REST surface is published. The help pages name a project's customer, External ID, board, work type, status
and archiving, a scheduled event's fields with start and due date mandatory and a start time required where there is a
quantity, status categories of which tasks need Not Started, In Progress and Complete, and webhooks. Everything else is
assumed:

* paths, field names, an API key as bearer token, JSON in camel case, times in UTC with milliseconds;
* lists as `{"data": [...], "hasMore": ...}` in the order in which records were made, read on by `after` and `limit`,
  filtered by `updatedSince` (from then on), `projectId` and `externalId`; archived projects and what is in them only
  with `includeArchived`; a single record is answered in any case;
* errors as `{"code", "message", "errors": [{"code", "message", "field"}]}`: 404 `NotFound`, 409 `Conflict` for a name
  that is taken and for changes in an archived project, 422 `InvalidObject` for what cannot be;
* whatever is in a deleted record is deleted with it; the deleted tasks are no dependencies any more;
* webhooks: what changed, by whomever, is posted to the one address that is set, signed by HMAC-SHA256.
"""

from infra.local.simulators.moovila.server import MoovilaSimulator
from infra.local.simulators.moovila.settings import Settings

__all__ = ["MoovilaSimulator", "Settings"]
