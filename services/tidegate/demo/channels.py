"""What the channels did and cost: by account, and what is particular to subscription messages and to staff's."""

from collections import Counter
from collections.abc import Iterator

from rich.table import Table

from tidegate.api.delivery.v1.delivery_service_pb2 import GetCreditsRequest, ListAccountCostsRequest
from tidegate.api.segmentation.v1.segments_pb2 import ListMembersRequest
from tidegate.demo import audience
from tidegate.demo.accounts import CURRENCY
from tidegate.demo.platform import BATCH, batches
from tidegate.demo.policies import CHANNELS
from tidegate.demo.sayings import SUBSCRIBED
from tidegate.demo.tables import table_of
from tidegate.demo.tally import Tally, Way
from tidegate.runtime.client import Peers

SUBSCRIPTIONS, STAFF = "wechat.subscription", "wecom"
_MILLION = 1_000_000


def credits_left(services: Peers) -> int:
    """How many subscription messages the audience still allows."""
    delivery = services.delivery()
    left = 0
    for customer_ids in batches(_audience(services), BATCH):
        for saying in SUBSCRIBED:
            request = GetCreditsRequest(
                customer_ids=customer_ids, account_id=SUBSCRIPTIONS, template_id=saying.template_id
            )
            left += sum(one.remaining for one in delivery.GetCredits(request).credits)
    return left


def tables(services: Peers, counted: Tally, granted: int) -> Iterator[Table]:
    """All of them; ``granted`` is how many subscription messages were allowed before the campaign."""
    yield _accounts(services, counted)
    yield _particulars(counted, granted, credits_left(services))


def _accounts(services: Peers, counted: Tally) -> Table:
    costs, parts = _costs(services)
    table = table_of("Channels", "channel", "taken", "delivered", "refused", "parts", f"cost in {CURRENCY}")
    for channel in CHANNELS:
        way = counted.ways.get(channel, Way())
        cost = f"{costs[channel] / _MILLION:,.2f}" if costs[channel] else "-"
        table.add_row(channel, *map(_figure, (way.taken, way.delivered, way.refused, parts[channel])), cost)
    table.add_section()
    table.add_row("all", "", "", "", "", f"{sum(costs.values()) / _MILLION:,.2f}")
    return table


def _particulars(counted: Tally, granted: int, left: int) -> Table:
    staff = counted.ways.get(STAFF, Way())
    table = table_of("Permissions and confirmations", "what", "how many")
    table.add_row("subscription messages that people allowed", _figure(granted))
    table.add_row("credits used", _figure(granted - left))
    table.add_row("credits left", _figure(left))
    table.add_section()
    table.add_row("WeCom messages handed to staff", _figure(staff.taken))
    table.add_row("confirmed, and sent to the customer", _figure(staff.delivered))
    table.add_row("taken back, not confirmed in time", _figure(staff.taken_back))
    table.add_row("waiting for staff", _figure(staff.waiting))
    return table


def _costs(services: Peers) -> tuple[Counter[str], Counter[str]]:
    """By account: millionths of the currency, and parts."""
    costs, parts = Counter[str](), Counter[str]()
    request = ListAccountCostsRequest(page_size=1000)
    while True:
        page = services.delivery().ListAccountCosts(request)
        for one in page.costs:
            costs[one.account_id] += one.cost_micros
            parts[one.account_id] += one.part_count
        if not page.next_page_token:
            return costs, parts
        request.page_token = page.next_page_token


def _audience(services: Peers) -> Iterator[int]:
    for page in services.segmentation().ListMembers(ListMembersRequest(segment_id=audience.AUDIENCE)):
        for member in page.members:
            yield member.customer_id


def _figure(count: int) -> str:
    return f"{count:,}" if count else "-"
