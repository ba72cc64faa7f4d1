"""The calls of the journey service: between the contract and the operations, and nothing else."""

from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceServicer
from tidegate.journey.servicer.drafts import DraftCalls
from tidegate.journey.servicer.export import ExportCalls
from tidegate.journey.servicer.feed import FeedCalls
from tidegate.journey.servicer.tools import Tools
from tidegate.journey.servicer.walks import WalkCalls


class JourneyServicer(DraftCalls, WalkCalls, FeedCalls, ExportCalls, JourneyServiceServicer):
    """JourneyService."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
