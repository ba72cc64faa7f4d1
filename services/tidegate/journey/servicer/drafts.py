"""Calls about journeys: drafts, versions, and states."""

from typing import Any

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.api.journey.v1 import journeys_pb2
from tidegate.journey import resources
from tidegate.journey.drafts import CHANGEABLE
from tidegate.journey.issues import Severity
from tidegate.journey.lifecycle import Publication
from tidegate.journey.servicer.tools import (
    Tools,
    check_id,
    check_length,
    page,
    page_key,
    page_size,
    required,
)
from tidegate.runtime.edge import current_caller
from tidegate.runtime.errors import InvalidArgument, Unimplemented, Violations

_STATES = {
    journeys_pb2.JOURNEY_STATE_DRAFT: "draft",
    journeys_pb2.JOURNEY_STATE_ACTIVE: "active",
    journeys_pb2.JOURNEY_STATE_PAUSED: "paused",
    journeys_pb2.JOURNEY_STATE_ARCHIVED: "archived",
}
_NEWEST = 2**31 - 1
_LENGTHS = {"display_name": 256, "description": 4096, "campaign_id": 63, "brand": 63}


class DraftCalls:
    """Everything from CreateJourney to ListVersions."""

    tools: Tools

    def CreateJourney(
        self, request: api.CreateJourneyRequest, _context: grpc.ServicerContext
    ) -> api.CreateJourneyResponse:
        """Makes a journey."""
        violations = Violations()
        check_id(violations, "journey.journey_id", request.journey.journey_id)
        _check_lengths(violations, request.journey)
        violations.raise_if_any()
        return api.CreateJourneyResponse(journey=resources.whole(self.tools.drafts.create(request.journey)))

    def UpdateDraft(self, request: api.UpdateDraftRequest, _context: grpc.ServicerContext) -> api.UpdateDraftResponse:
        """Changes a draft."""
        violations = Violations()
        _check_lengths(violations, request.journey)
        violations.raise_if_any()
        required("journey.journey_id", request.journey.journey_id)
        journey = self.tools.drafts.update(request.journey, _mask(request))
        return api.UpdateDraftResponse(journey=resources.whole(journey))

    def ValidateJourney(
        self, request: api.ValidateJourneyRequest, _context: grpc.ServicerContext
    ) -> api.ValidateJourneyResponse:
        """Says what is wrong with a draft."""
        match request.WhichOneof("subject"):
            case "definition":
                definition = request.definition
            case "journey_id":
                definition = self.tools.drafts.draft(request.journey_id)
            case None:
                raise InvalidArgument.at("journey_id", "name a journey, or give a definition")
        issues = self.tools.drafts.validate(definition, asks_others=not request.skip_references)
        return api.ValidateJourneyResponse(
            issues=[resources.issue(issue) for issue in issues],
            publishable=all(issue.severity is not Severity.ERROR for issue in issues),
        )

    def PublishJourney(
        self, request: api.PublishJourneyRequest, _context: grpc.ServicerContext
    ) -> api.PublishJourneyResponse:
        """Publishes a draft for those who come in from now on."""
        required("journey_id", request.journey_id)
        if request.migration.mode == journeys_pb2.MIGRATION_MODE_MIGRATE:
            raise Unimplemented("PublishJourney with migration.mode MIGRATE")
        publication = self.tools.lifecycle.publish(
            request.journey_id,
            etag=request.etag,
            publisher=current_caller().name,
            note=request.note,
            is_rehearsal=request.dry_run,
        )
        return _published(publication)

    def PauseJourney(
        self, request: api.PauseJourneyRequest, _context: grpc.ServicerContext
    ) -> api.PauseJourneyResponse:
        """Stops a journey."""
        return api.PauseJourneyResponse(journey=resources.brief(self.tools.lifecycle.pause(request.journey_id)))

    def ResumeJourney(
        self, request: api.ResumeJourneyRequest, _context: grpc.ServicerContext
    ) -> api.ResumeJourneyResponse:
        """Sets a journey going again."""
        return api.ResumeJourneyResponse(journey=resources.brief(self.tools.lifecycle.resume(request.journey_id)))

    def ArchiveJourney(
        self, request: api.ArchiveJourneyRequest, _context: grpc.ServicerContext
    ) -> api.ArchiveJourneyResponse:
        """Ends a journey for good."""
        return api.ArchiveJourneyResponse(journey=resources.brief(self.tools.lifecycle.archive(request.journey_id)))

    def GetJourney(self, request: api.GetJourneyRequest, _context: grpc.ServicerContext) -> api.GetJourneyResponse:
        """One journey."""
        return api.GetJourneyResponse(journey=resources.whole(self.tools.drafts.get(request.journey_id)))

    def ListJourneys(
        self, request: api.ListJourneysRequest, _context: grpc.ServicerContext
    ) -> api.ListJourneysResponse:
        """Journeys by id."""
        size = page_size(request.page_size)
        states = [_STATES[each] for each in request.states if each in _STATES]
        found = self.tools.drafts.page(
            after=page_key(request.page_token),
            limit=size + 1,
            states=states or ["draft", "active", "paused"],
            campaign_id=request.campaign_id,
        )
        journeys, token = page(found, size, lambda journey: journey.journey_id)
        return api.ListJourneysResponse(
            journeys=[resources.brief(journey) for journey in journeys], next_page_token=token
        )

    def ListVersions(
        self, request: api.ListVersionsRequest, _context: grpc.ServicerContext
    ) -> api.ListVersionsResponse:
        """Versions, the newest first."""
        size = page_size(request.page_size)
        key = page_key(request.page_token)
        if key and not key.isdecimal():
            raise InvalidArgument.at("page_token", "is no token of an earlier page; begin without one")
        found = self.tools.drafts.versions(request.journey_id, before=int(key) if key else _NEWEST, limit=size + 1)
        versions, token = page(found, size, lambda version: str(version.version))
        return api.ListVersionsResponse(
            versions=[resources.version(version) for version in versions], next_page_token=token
        )


_DESCRIPTOR: Any = journeys_pb2.Journey.DESCRIPTOR


def _mask(request: api.UpdateDraftRequest) -> FieldMask:
    """The fields to change: those of the mask, or those that are set."""
    if not request.update_mask.paths:
        return FieldMask(paths=[name for name in CHANGEABLE if _is_set(request.journey, name)])
    violations = Violations()
    for index, path in enumerate(request.update_mask.paths):
        if path.split(".")[0] not in CHANGEABLE:
            violations.add(f"update_mask.paths[{index}]", f"{path} can't be changed; {', '.join(CHANGEABLE)} can")
        elif not FieldMask(paths=[path]).IsValidForDescriptor(_DESCRIPTOR):
            violations.add(f"update_mask.paths[{index}]", f"a journey has no {path}")
    violations.raise_if_any()
    return request.update_mask


def _is_set(journey: journeys_pb2.Journey, name: str) -> bool:
    return journey.HasField("draft") if name == "draft" else bool(getattr(journey, name))


def _check_lengths(violations: Violations, journey: journeys_pb2.Journey) -> None:
    for name, most in _LENGTHS.items():
        check_length(violations, f"journey.{name}", getattr(journey, name), most=most)


def _published(publication: Publication) -> api.PublishJourneyResponse:
    return api.PublishJourneyResponse(
        version=resources.version(publication.version),
        migration_counts=[
            journeys_pb2.NodeMigrationCount(from_version=version, from_node_id=node_id, enrollments=count)
            for version, node_id, count in publication.standing
            if version != publication.version.version
        ],
        issues=[resources.issue(issue) for issue in publication.warnings],
    )
