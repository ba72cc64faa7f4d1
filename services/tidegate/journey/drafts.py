"""Makes journeys and changes their drafts."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from google.protobuf.field_mask_pb2 import FieldMask

from tidegate.api.journey.v1 import journeys_pb2
from tidegate.journey import checks
from tidegate.journey.issues import Issue
from tidegate.journey.references import References
from tidegate.journey.resources import draft_of, whole
from tidegate.journey.store import journeys as store
from tidegate.journey.store.journeys import Journey, Version
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound

CHANGEABLE = ("display_name", "description", "campaign_id", "brand", "draft")
_MOST_BYTES = 1024 * 1024


class Drafts:
    """What is done with journeys before they are published, and reading them at any time."""

    def __init__(self, *, database: Database, clock: Clock, references: References) -> None:
        self._database = database
        self._clock = clock
        self._references = references

    def create(self, given: journeys_pb2.Journey) -> Journey:
        """Makes a journey; AlreadyExists when the id is taken."""
        now = self._clock.now()
        journey = Journey(
            journey_id=given.journey_id,
            display_name=given.display_name,
            description=given.description,
            campaign_id=given.campaign_id,
            brand=given.brand,
            state="draft",
            draft=serialized(given.draft),
            live_version=0,
            revision=1,
            created=now,
            updated=now,
            paused=None,
        )
        if not self._database.run(lambda connection: store.create(connection, journey)):
            raise AlreadyExists("journey", given.journey_id)
        return journey

    def update(self, given: journeys_pb2.Journey, mask: FieldMask) -> Journey:
        """Changes the fields of ``mask``; Aborted when the etag that is given is not the present one."""
        return self._database.run(lambda connection: self._update(connection, given, mask))

    def _update(self, connection: sa.Connection, given: journeys_pb2.Journey, mask: FieldMask) -> Journey:
        journey = held(connection, given.journey_id, given.etag)
        if journey.state == "archived":
            raise FailedPrecondition(f"journey {given.journey_id} is archived for good", state="archived")
        resource = whole(journey)
        mask.MergeMessage(given, resource, True, True)  # noqa: FBT003  (protobuf's own signature)
        changed = replace(
            journey,
            display_name=resource.display_name,
            description=resource.description,
            campaign_id=resource.campaign_id,
            brand=resource.brand,
            draft=serialized(resource.draft),
            revision=journey.revision + 1,
            updated=self._clock.now(),
        )
        store.change(connection, changed)
        return changed

    def validate(self, definition: journeys_pb2.Definition, *, asks_others: bool) -> list[Issue]:
        """Everything that is wrong or doubtful; with ``asks_others`` the names of other services' things too."""
        issues = checks.check(definition)
        if asks_others:
            issues += self._references.check(definition)
        return sorted(issues, key=lambda issue: issue.severity.value)

    def draft(self, journey_id: str) -> journeys_pb2.Definition:
        """The draft as it stands."""
        return draft_of(self.get(journey_id))

    def get(self, journey_id: str) -> Journey:
        """One journey."""
        with self._database.read() as connection:
            journey = store.get(connection, journey_id)
        if journey is None:
            raise NotFound("journey", journey_id)
        return journey

    def page(self, *, after: str, limit: int, states: Sequence[str], campaign_id: str) -> list[Journey]:
        """Up to ``limit`` journeys behind the id ``after``."""
        with self._database.read() as connection:
            return store.page(connection, after=after, limit=limit, states=states, campaign_id=campaign_id)

    def versions(self, journey_id: str, *, before: int, limit: int) -> list[Version]:
        """Up to ``limit`` versions below the number ``before``, the newest first."""
        self.get(journey_id)
        with self._database.read() as connection:
            return store.versions(connection, journey_id, before=before, limit=limit)


def held(connection: sa.Connection, journey_id: str, etag: str = "") -> Journey:
    """The journey, locked until the commit; NotFound, or Aborted when the etag is another."""
    journey = store.get(connection, journey_id, lock=True)
    if journey is None:
        raise NotFound("journey", journey_id)
    if etag and etag != str(journey.revision):
        raise Aborted("journey", journey_id)
    return journey


def serialized(definition: journeys_pb2.Definition) -> bytes:
    """The bytes that are stored: equal definitions give equal bytes."""
    stored = definition.SerializeToString(deterministic=True)
    if len(stored) > _MOST_BYTES:
        raise InvalidArgument.at("journey.draft", f"takes {len(stored):,} bytes; make it smaller than {_MOST_BYTES:,}")
    return stored
