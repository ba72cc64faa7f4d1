"""The rpc of DeliveryService that makes links."""

import grpc

from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import links_pb2
from tidegate.delivery.instants import noted_instant, timestamp, timestamp_or_none
from tidegate.delivery.links.addresses import LONGEST, is_web_address
from tidegate.delivery.links.making import LinkMaking
from tidegate.delivery.links.model import TrackedLink
from tidegate.delivery.nul import note_nul
from tidegate.runtime.errors import Violations

_LONGEST_LABEL = 200
_LONGEST_ID = 63


class LinkMethods:
    """Mixed into delivery's servicer, which sets ``links``."""

    links: LinkMaking

    def CreateTrackedLink(
        self, request: pb.CreateTrackedLinkRequest, context: grpc.ServicerContext
    ) -> pb.CreateTrackedLinkResponse:
        wanted = _link_of(request.link)
        is_short = request.link.form == links_pb2.LINK_FORM_SHORT
        made = self.links.make_short(wanted) if is_short else self.links.make_full(wanted)
        message = _link_message(made, self.links.url(made))
        message.form = links_pb2.LINK_FORM_SHORT if is_short else links_pb2.LINK_FORM_FULL
        return pb.CreateTrackedLinkResponse(link=message)


def _link_of(message: links_pb2.TrackedLink) -> TrackedLink:
    found = Violations()
    note_nul(found, "link", message)
    if len(message.message_id) > _LONGEST_ID:
        found.add("link.message_id", "is the id of no message")
    if len(message.campaign_id) > _LONGEST_ID:
        found.add("link.campaign_id", f"may have {_LONGEST_ID} characters")
    if not is_web_address(message.target_url):
        found.add("link.target_url", f"must be an absolute http or https address of up to {LONGEST:,} characters")
    if len(message.label) > _LONGEST_LABEL:
        found.add("link.label", f"is longer than {_LONGEST_LABEL} characters; shorten it")
    if message.customer_id < 0:
        found.add("link.customer_id", "must be a customer's id, or 0 for nobody's")
    expires = message.HasField("expire_time")
    expire_time = noted_instant(found, "link.expire_time", message.expire_time) if expires else None
    found.raise_if_any()
    return TrackedLink(
        code="",
        target_url=message.target_url,
        message_id=message.message_id,
        customer_id=message.customer_id,
        campaign_id=message.campaign_id,
        label=message.label,
        expire_time=expire_time,
    )


def _link_message(link: TrackedLink, url: str) -> links_pb2.TrackedLink:
    return links_pb2.TrackedLink(
        code=link.code,
        url=url,
        target_url=link.target_url,
        message_id=link.message_id,
        customer_id=link.customer_id,
        campaign_id=link.campaign_id,
        label=link.label,
        expire_time=timestamp_or_none(link.expire_time),
        create_time=timestamp(link.create_time),
    )
