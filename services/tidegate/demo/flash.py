"""A second platform, which knows nothing of the journey: a flash sale late on the second peak day.

It writes to everybody in the best tiers by SMS at half past ten in the evening. The gate puts the messages
off until the quiet hours end, and holds back those that are more than the limits allow.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tidegate.api.delivery.v1.delivery_service_pb2 import SendRequest
from tidegate.api.delivery.v1.messages_pb2 import MESSAGE_CLASS_MARKETING, OutgoingMessage, Recipient
from tidegate.api.segmentation.v1.rules_pb2 import Rule, TierRule
from tidegate.api.segmentation.v1.segments_pb2 import CreateSegmentRequest, ListMembersRequest, Segment
from tidegate.demo.calendar import Calendar
from tidegate.demo.platform import BATCH, batches
from tidegate.demo.policies import CAMPAIGN, MODEL
from tidegate.demo.words import text, timestamp
from tidegate.runtime.client import Peers

SEGMENT = "best"
PHASE = "peak-2"


def time(calendar: Calendar) -> datetime:
    """When the platform thinks of it."""
    return calendar.at(10, 29, 22, 30)


def send(services: Peers, calendar: Calendar) -> None:
    """Writes to everybody in the best tiers, in batches."""
    for batch in batches(_best_customers(services), BATCH):
        request = SendRequest(messages=[_message(customer_id, calendar) for customer_id in batch])
        services.delivery().Send(request)


def _best_customers(services: Peers) -> Iterator[int]:
    segmentation = services.segmentation()
    rule = Rule(tier=TierRule(model_id=MODEL, tiers=["high", "fan"]))
    segmentation.CreateSegment(CreateSegmentRequest(segment=Segment(segment_id=SEGMENT, rule=rule)))
    for page in segmentation.ListMembers(ListMembersRequest(segment_id=SEGMENT)):
        for member in page.members:
            yield member.customer_id


def _message(customer_id: int, calendar: Calendar) -> OutgoingMessage:
    return OutgoingMessage(
        idempotency_key=f"flash/{customer_id}",
        recipient=Recipient(customer_id=customer_id),
        channels=["sms"],
        template_id="flash",
        variables={"offer": text("one hour, half price")},
        message_class=MESSAGE_CLASS_MARKETING,
        campaign_id=CAMPAIGN,
        phase_id=PHASE,
        expire_time=timestamp(time(calendar) + timedelta(hours=24)),
    )
