"""identity as the process runs it."""

from tidegate.api.identity.v1 import identity_service_pb2  # noqa: F401  (the edge looks its methods up)
from tidegate.api.identity.v1.identity_service_pb2_grpc import add_IdentityServiceServicer_to_server
from tidegate.identity.by_hand import ByHand
from tidegate.identity.definitions import Definer
from tidegate.identity.ending import Ender
from tidegate.identity.entities import Entities
from tidegate.identity.entity_events import EntityEvents
from tidegate.identity.erasing import Eraser
from tidegate.identity.expiring import Expirer
from tidegate.identity.following import OTHERS, Following
from tidegate.identity.from_delivery import FromDelivery
from tidegate.identity.households import Households
from tidegate.identity.judging import Judge
from tidegate.identity.merging import Merger
from tidegate.identity.reading import Reader
from tidegate.identity.record import Recorder
from tidegate.identity.recounting import Recounter
from tidegate.identity.registry import Registry
from tidegate.identity.relating import Relator
from tidegate.identity.retelling import SETTLING_SECONDS, Reteller
from tidegate.identity.servicer import IdentityServicer
from tidegate.identity.servicer.tools import Tools
from tidegate.identity.sourcing import SourceDesk
from tidegate.identity.splitting import Splitter
from tidegate.identity.store.sealed import SEALED
from tidegate.identity.store.tables import FEED, METADATA
from tidegate.identity.unlinking import Unlinker
from tidegate.identity.vault import Vault, open_keyring
from tidegate.runtime.feed import Feed
from tidegate.runtime.loops import Bell, Loop
from tidegate.runtime.resealing import Resealer, ResealingLoop
from tidegate.runtime.service import DRIVEN, Context, Service

__all__ = ["METADATA", "build"]


def build(context: Context) -> Service:
    """Puts the service together."""
    database, clock = context.database, context.clock
    keyring = open_keyring(context.settings, context.secrets)
    vault = Vault(context.secrets.key("identity.lookup"), keyring)
    registry = Registry(database, vault)
    feed = Feed(database, FEED)
    context.activity.on_nudge(feed.nudge)
    reader = Reader(database, registry=registry, vault=vault, clock=clock)
    bell = Bell()
    eraser = Eraser(
        database,
        vault=vault,
        feed=feed,
        clock=clock,
        others=lambda: [each for each in OTHERS if context.peers.knows(each)],
        wake=bell,
    )
    erasing = Loop("identity.erase", eraser.step, activity=context.activity, rest=context.pace.rest)
    bell.rung = erasing.wake
    recorder = Recorder(database, registry=registry, vault=vault, feed=feed, clock=clock, metrics=context.metrics)
    from_delivery = FromDelivery(
        recorder, vault=vault, feed=feed, clock=clock, address_key=context.secrets.key("delivery.addresses")
    )
    following = Following(database, context.peers, eraser, from_delivery)
    means = ByHand(database, registry, vault, feed, clock, reader)
    merger = Merger(means)
    tools = Tools(
        recorder=recorder,
        merger=merger,
        splitter=Splitter(means),
        unlinker=Unlinker(means),
        judge=Judge(means, merger),
        eraser=eraser,
        reader=reader,
        recounter=Recounter(database, reader, context.peers, at_once=max(1, context.settings.pools.workers // 4)),
        definer=Definer(database, registry=registry, clock=clock),
        entities=Entities(database, registry=registry, vault=vault, feed=feed, clock=clock),
        entity_events=EntityEvents(database, vault=vault, feed=feed, clock=clock),
        relator=Relator(database, feed=feed, clock=clock),
        households=Households(database, vault=vault, clock=clock),
        sources=SourceDesk(database, clock=clock),
        registry=registry,
        feed=feed,
        clock=clock,
    )
    expiring = Loop("identity.expire", Expirer(means).step, activity=context.activity, rest=context.pace.rest)
    ender = Ender(database, registry=registry, vault=vault, feed=feed, clock=clock)
    # Who drives the clock waits until nothing is left to do, and then everybody knows the definitions.
    settling = 0.0 if context.pace is DRIVEN else SETTLING_SECONDS
    reteller = Reteller(database, registry=registry, vault=vault, feed=feed, clock=clock, settling=settling)
    resealer = Resealer(database, SEALED, keyring)
    resealing = ResealingLoop(
        "identity.resealing", resealer, keyring, activity=context.activity, rest=context.pace.rest
    )
    return Service(
        context.name,
        [(add_IdentityServiceServicer_to_server, IdentityServicer(tools))],
        loops=[
            resealing.loop,
            erasing,
            expiring,
            Loop("identity.end", ender.step, activity=context.activity, rest=context.pace.rest),
            Loop("identity.retell", reteller.step, activity=context.activity, rest=context.pace.rest),
            *(follower.loop for follower in following.followers(context)),
        ],
        drain=feed.wake,
    )
