"""Other platforms, which know nothing of the journey: they write to the best customers when it suits them.

The gate puts off what comes at night, and what would be a second channel on one day; it holds back what is
more than the limits of the phase and of the week allow, whoever sent the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.api.delivery.v1.delivery_service_pb2 import SendRequest
from tidegate.api.delivery.v1.messages_pb2 import MESSAGE_CLASS_MARKETING, OutgoingMessage, Recipient
from tidegate.api.segmentation.v1.segments_pb2 import ListMembersRequest
from tidegate.demo.audience import BEST
from tidegate.demo.calendar import Calendar
from tidegate.demo.platform import BATCH, batches
from tidegate.demo.policies import CAMPAIGN
from tidegate.demo.sayings import FLASH
from tidegate.demo.words import text, timestamp
from tidegate.runtime.client import Peers

_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Blast:
    """One message to all of the best customers, by one channel."""

    key: str
    time: datetime
    channel: str
    phase_id: str


def blasts(calendar: Calendar) -> tuple[Blast, ...]:
    """A flash sale late at night, an evening of warming up, and a reminder on Double 11 itself."""
    return (
        Blast("flash", calendar.at(10, 29, 22, 30), "sms", "peak-2"),
        Blast("eve", calendar.at(11, 10, 18), "push", "parallel"),
        Blast("reminder", calendar.at(11, 11, 15), "sms", "peak-3"),
    )


def send(services: Peers, blast: Blast) -> None:
    """Hands the messages to the gate, in batches."""
    for batch in batches(_best_customers(services), BATCH):
        request = SendRequest(messages=[_message(customer_id, blast) for customer_id in batch])
        services.delivery().Send(request)


def _best_customers(services: Peers) -> Iterator[int]:
    for page in services.segmentation().ListMembers(ListMembersRequest(segment_id=BEST)):
        for member in page.members:
            yield member.customer_id


def _message(customer_id: int, blast: Blast) -> OutgoingMessage:
    return OutgoingMessage(
        idempotency_key=f"{blast.key}/{customer_id}",
        recipient=Recipient(customer_id=customer_id),
        channels=[blast.channel],
        template_id=FLASH.template_id,
        variables={"offer": text("one hour, half price")},
        message_class=MESSAGE_CLASS_MARKETING,
        campaign_id=CAMPAIGN,
        phase_id=blast.phase_id,
        content_key=blast.key,
        expire_time=timestamp(blast.time + _LIFETIME),
    )
