"""A ConnectWise PSA that keeps its records in memory and answers as the real one does.

`server` lets calls in, `api` answers those for plain records and `special` all others; `records` writes, by the table
of `entities` and the `rules` of single entities; `store` and `query` find. Nobody has tried it against a live server:
it follows the vendor's documents and what was seen of live answers. Where those are silent, this is assumed:

* text compares without regard to case; `!=` and negated tests hold for absent fields; no quote can be escaped;
* a condition, order or `fields` on an unknown field, and an order with forward-only pages, is refused with 400;
* an unknown or read-only field of a body is left out silently (and noted in `PsaSimulator.ignored`), an unknown path
  of a patch is refused; a missing clientId is answered like wrong keys;
* over-long, mistyped and unknown values are `InvalidField`; a record that others refer to is not deleted (409);
* a contact of the same names at a company is a duplicate; notes and time entries do not touch their ticket;
* an opportunity has one forecast, of its own id; names of rights are those of the security role screen;
* 403, 405 and 409 come with bodies of our own wording.
"""

from infra.local.simulators.psa.server import PsaSimulator

__all__ = ["PsaSimulator"]
