"""Calls about households and accounts."""

from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict

from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.identity.v1 import relations_pb2
from tidegate.identity import paging, values
from tidegate.identity.households import Household, HouseholdKey, HouseholdUpsert, not_found
from tidegate.identity.relations import RelationKind
from tidegate.identity.servicer.messages import timestamp
from tidegate.identity.servicer.parse import MOST_ATTRIBUTES, batch, text
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument, Violations, item_error

_KINDS: Mapping[int, RelationKind] = {
    relations_pb2.RELATION_KIND_HOUSEHOLD: RelationKind.HOUSEHOLD,
    relations_pb2.RELATION_KIND_ACCOUNT: RelationKind.ACCOUNT,
}
_WIRE = {kind: wire for wire, kind in _KINDS.items()}
LONGEST_HOUSEHOLD = 63
_LONGEST_WORD = 64


class HouseholdCalls:
    """UpsertHouseholds, BatchGetHouseholds, ListHouseholds."""

    tools: Tools

    def UpsertHouseholds(
        self, request: relations_pb2.UpsertHouseholdsRequest, _context: grpc.ServicerContext
    ) -> relations_pb2.UpsertHouseholdsResponse:
        """Creates or updates households and accounts."""
        given = enumerate(batch(request.households, "households"))
        parsed = [_upsert(item, f"households[{place}]") for place, item in given]
        created = iter(self.tools.households.put([each for each in parsed if isinstance(each, HouseholdUpsert)]))
        return relations_pb2.UpsertHouseholdsResponse(
            results=[
                relations_pb2.HouseholdResult(created=next(created))
                if isinstance(each, HouseholdUpsert)
                else relations_pb2.HouseholdResult(error=item_error(each))
                for each in parsed
            ]
        )

    def BatchGetHouseholds(
        self, request: relations_pb2.BatchGetHouseholdsRequest, _context: grpc.ServicerContext
    ) -> relations_pb2.BatchGetHouseholdsResponse:
        """Several households and accounts."""
        given = enumerate(batch(request.households, "households"))
        asked = [_key(item, f"households[{place}]") for place, item in given]
        found = self.tools.households.get({key for key in asked if isinstance(key, HouseholdKey)})
        return relations_pb2.BatchGetHouseholdsResponse(results=[_result(key, found) for key in asked])

    def ListHouseholds(
        self, request: relations_pb2.ListHouseholdsRequest, _context: grpc.ServicerContext
    ) -> relations_pb2.ListHouseholdsResponse:
        """A page of the households, or of the accounts, by id."""
        limit, faults = paging.size(request.page_size), Violations()
        kind = _kind(request.kind, "kind", faults)
        faults.raise_if_any()
        assert kind is not None
        after = paging.place(request.page_token, str) or ("",)
        found = self.tools.households.page(kind, after=after[0], limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return relations_pb2.ListHouseholdsResponse(
            households=map(_message, page),
            next_page_token=paging.token(page[-1].key.household_id) if more else "",
        )


def _kind(given: int, path: str, faults: Violations) -> RelationKind | None:
    kind = _KINDS.get(given)
    if kind is None:
        faults.add(path, "must be RELATION_KIND_HOUSEHOLD or RELATION_KIND_ACCOUNT")
    return kind


def _key(
    given: relations_pb2.Household | relations_pb2.HouseholdReference, path: str
) -> HouseholdKey | InvalidArgument:
    faults = Violations()
    kind = _kind(given.kind, f"{path}.kind", faults)
    if not given.household_id:
        faults.add(f"{path}.household_id", "is required")
    text(given.household_id, f"{path}.household_id", faults, longest=LONGEST_HOUSEHOLD)
    if faults.found or kind is None:
        return InvalidArgument(faults.found)
    return HouseholdKey(kind, given.household_id)


def _upsert(given: relations_pb2.Household, path: str) -> HouseholdUpsert | InvalidArgument:
    faults, key = Violations(), _key(given, path)
    attributes = _attributes(given.attributes, f"{path}.attributes", faults)
    if isinstance(key, InvalidArgument) or faults.found:
        return InvalidArgument([*(key.violations if isinstance(key, InvalidArgument) else ()), *faults.found])
    return HouseholdUpsert(key, attributes)


def _attributes(given: Mapping[str, Value], path: str, faults: Violations) -> dict[str, Any]:
    """Facts as documents, None for one that is to be cleared."""
    if len(given) > MOST_ATTRIBUTES:
        faults.add(path, f"has {len(given)} attributes; the limit is {MOST_ATTRIBUTES}")
        return {}
    found: dict[str, Any] = {}
    for name, value in given.items():
        text(name, path, faults, longest=_LONGEST_WORD)
        try:
            values.check(value)
        except values.MalformedValue as error:
            faults.add(f'{path}["{name}"]', str(error))
            continue
        found[name] = None if value.WhichOneof("kind") is None else MessageToDict(value)
    return found


def _result(
    key: HouseholdKey | InvalidArgument, found: Mapping[HouseholdKey, Household]
) -> relations_pb2.GetHouseholdResult:
    if isinstance(key, InvalidArgument):
        return relations_pb2.GetHouseholdResult(error=item_error(key))
    if key not in found:
        return relations_pb2.GetHouseholdResult(error=item_error(not_found(key)))
    return relations_pb2.GetHouseholdResult(household=_message(found[key]))


def _message(found: Household) -> relations_pb2.Household:
    message = relations_pb2.Household(
        household_id=found.key.household_id,
        kind=_WIRE[found.key.kind],  # type: ignore[arg-type]
        create_time=timestamp(found.created),
        update_time=timestamp(found.updated),
    )
    for name, document in found.attributes.items():
        ParseDict(document, message.attributes[name])
    return message
