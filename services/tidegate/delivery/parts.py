"""What several parts of delivery share."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tidegate.channels import Registry
from tidegate.delivery.accept import Orders
from tidegate.delivery.announce import Announcer
from tidegate.delivery.asking import Asking
from tidegate.delivery.callbacks.paths import Paths
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.contents import Contents
from tidegate.delivery.dispatch.codes import UnknownCodes
from tidegate.delivery.dispatch.lines import Lines
from tidegate.delivery.instants import SECOND
from tidegate.delivery.links.room import Room
from tidegate.delivery.links.tokens import Tokens
from tidegate.delivery.outcomes import Outcomes
from tidegate.delivery.policing import Policing
from tidegate.delivery.policy.snapshot import Policies
from tidegate.delivery.receipts import Receipts
from tidegate.delivery.reporting import Reporting
from tidegate.delivery.rescue import Rescue
from tidegate.delivery.schema import FEED
from tidegate.delivery.templates.compiled import Catalog
from tidegate.delivery.vault import Vault
from tidegate.runtime.feed import Feed
from tidegate.runtime.loops import Bell
from tidegate.runtime.service import Context


@dataclass(frozen=True, slots=True)
class Parts:
    """What several parts share."""

    context: Context
    registry: Registry
    feed: Feed
    vault: Vault
    announcer: Announcer
    contacts: Contacts
    catalog: Catalog
    policies: Policies
    policing: Policing
    lines: Lines
    outcomes: Outcomes
    receipts: Receipts
    tokens: Tokens
    room: Room
    bell: Bell
    orders: Orders
    asking: Asking
    paths: Paths

    @property
    def zone(self) -> ZoneInfo:
        """The company's."""
        return ZoneInfo(self.context.settings.zone)

    @property
    def tick(self) -> int:
        """How long what campaigns send is gathered, in µs."""
        return int(self.context.settings.delivery.gather_seconds * SECOND)

    @property
    def slow(self) -> float:
        """Seconds that a loop rests whose work comes by a call, or can wait."""
        return min(10 * self.context.pace.rest, 1.0)

    def rescue(self) -> Rescue:
        """What picks up after workers that died, and wakes and ends messages."""
        return Rescue(
            self.context.database,
            self.context.clock,
            announcer=self.announcer,
            outcomes=self.outcomes,
            zone=self.zone,
            wake=self.bell,
        )


def _lines(context: Context, registry: Registry) -> Lines:
    remind = int(context.settings.delivery.remind_hours * 3_600 * SECOND)
    return Lines(context.database, registry, context.secrets.text, UnknownCodes(context.metrics), remind=remind)


def parts_of(context: Context, registry: Registry) -> Parts:
    """The parts of a service that runs in ``context``."""
    database, zone = context.database, context.settings.zone
    feed = Feed(database, FEED)
    context.activity.on_nudge(feed.nudge)
    vault = Vault.of(context.settings, context.secrets)
    announcer = Announcer(feed, vault)
    catalog, policies = Catalog(ZoneInfo(zone)), Policies(zone)
    outcomes = Outcomes(database, announcer, ZoneInfo(zone))
    contacts, lines = Contacts(context.peers.identity, vault), _lines(context, registry)
    repeat_window = int(context.settings.delivery.repeat_hours * 3_600 * SECOND)
    policing = Policing(policies, catalog, repeat_window=repeat_window)
    short_links = context.metrics.gauge("tidegate_delivery_short_links", "Short links that are live; at most 500,000.")
    return Parts(
        context=context,
        registry=registry,
        feed=feed,
        vault=vault,
        announcer=announcer,
        contacts=contacts,
        catalog=catalog,
        policies=policies,
        policing=policing,
        lines=lines,
        outcomes=outcomes,
        receipts=Receipts(
            database,
            context.clock,
            announcer,
            Reporting(database, vault, lines),
            outcomes=outcomes,
            zone=ZoneInfo(zone),
        ),
        tokens=Tokens(context.secrets.key("delivery.links")),
        room=Room(database, context.clock, shown=short_links.set),
        bell=Bell(),
        orders=Orders(database, contacts, catalog, Contents(context.secrets.key("delivery.contents"))),
        asking=Asking(contacts, policing, lines),
        paths=Paths(context.secrets.key("delivery.callbacks"), context.public_url),
    )
