"""The calls of IdentityService: from requests to the model, to an operation, and back."""

from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceServicer
from tidegate.identity.servicer.changes import ChangeCalls
from tidegate.identity.servicer.customers import CustomerCalls
from tidegate.identity.servicer.definitions import DefinitionCalls
from tidegate.identity.servicer.entities import EntityCalls
from tidegate.identity.servicer.events import EventCalls
from tidegate.identity.servicer.households import HouseholdCalls
from tidegate.identity.servicer.merges import MergeCalls
from tidegate.identity.servicer.privacy import PrivacyCalls
from tidegate.identity.servicer.profiles import ProfileCalls
from tidegate.identity.servicer.relations import RelationCalls
from tidegate.identity.servicer.sources import SourceCalls
from tidegate.identity.servicer.timeline import TimelineCalls
from tidegate.identity.servicer.tools import Tools


class IdentityServicer(
    EventCalls,
    TimelineCalls,
    CustomerCalls,
    ProfileCalls,
    DefinitionCalls,
    MergeCalls,
    EntityCalls,
    RelationCalls,
    HouseholdCalls,
    SourceCalls,
    PrivacyCalls,
    ChangeCalls,
    IdentityServiceServicer,
):
    """All calls; those not here are the generated base's, which the edge answers as UNIMPLEMENTED."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
