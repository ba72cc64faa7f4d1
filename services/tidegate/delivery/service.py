"""Delivery as a service of the suite: what it is made of, and how its parts are joined."""

from collections.abc import Iterator

from aiohttp import web

from tidegate.api.delivery.v1 import delivery_service_pb2_grpc, policy_service_pb2_grpc
from tidegate.channels import Registry
from tidegate.delivery import background, guarding
from tidegate.delivery.accept import Acceptor
from tidegate.delivery.accounts import Accounts
from tidegate.delivery.allowances.balances import Balances
from tidegate.delivery.allowances.recording import Recording
from tidegate.delivery.callbacks.assembled import Assembled, assembled
from tidegate.delivery.cancel import Canceller
from tidegate.delivery.contacting import Contacting
from tidegate.delivery.dispatch.courier import Tools
from tidegate.delivery.dispatch.dispatcher import Dispatcher
from tidegate.delivery.dispatch.health import Health
from tidegate.delivery.dispatch.recorder import Recorder
from tidegate.delivery.dispatch.writer import Writer
from tidegate.delivery.eligibility import Eligibility
from tidegate.delivery.explain import Reader
from tidegate.delivery.exporting import Exporting
from tidegate.delivery.gatekeeper import Gatekeeper
from tidegate.delivery.http import create_app
from tidegate.delivery.instants import DAY, SECOND
from tidegate.delivery.links import recording
from tidegate.delivery.links.decorate import Decorator
from tidegate.delivery.links.making import LinkMaking
from tidegate.delivery.links.preferences import Preferences
from tidegate.delivery.links.visits import Visits
from tidegate.delivery.parts import Parts, parts_of
from tidegate.delivery.policy import naming
from tidegate.delivery.policy.desk import (
    exemption_desk,
    frequency_desk,
    guardrail_desk,
    hold_desk,
    ownership_desk,
    quiet_desk,
)
from tidegate.delivery.policy.dry_run import DryRuns
from tidegate.delivery.policy.servicer import PolicyServicer
from tidegate.delivery.policy.suppress import Suppressing
from tidegate.delivery.policy.writing import Writing
from tidegate.delivery.reconciling import Reconciling
from tidegate.delivery.repeating import Repeating
from tidegate.delivery.schema import METADATA
from tidegate.delivery.servicer import DeliveryServicer, Operations
from tidegate.delivery.simulating import Simulating
from tidegate.delivery.spending import Spending
from tidegate.delivery.templates.carriers import Carriers
from tidegate.delivery.templates.keeping import Keeping
from tidegate.delivery.templates.previewing import Previewing
from tidegate.delivery.waiting import Waiting
from tidegate.delivery.watch import Watching
from tidegate.runtime.clock import micros
from tidegate.runtime.loops import Loop
from tidegate.runtime.service import STEADY, Context, Service

__all__ = ["METADATA", "build"]


def build(context: Context, *, registry: Registry | None = None) -> Service:
    """Puts the service together; ``registry`` stands in for the installed adapters."""
    parts = parts_of(context, registry or Registry.load(context.settings.channels))
    health = Health(context.metrics)
    now = micros(context.clock.now())
    context.database.run(lambda connection: naming.ask_for_new(connection, parts.announcer, now))
    dispatcher, recorder = _dispatching(parts, health)
    parts.bell.rung = dispatcher.wake
    watching = Watching(parts.feed)
    interactions = _recording(parts)
    callbacks = assembled(parts, interactions, dispatcher.begin, dispatcher.within)
    holds = context.pace is STEADY
    visits = recording.EngagementRecorder(context.database, parts.receipts.interacted, context.activity, holds=holds)
    return Service(
        context.name,
        [
            (
                delivery_service_pb2_grpc.add_DeliveryServiceServicer_to_server,
                _delivery(parts, dispatcher, watching, health, interactions),
            ),
            (policy_service_pb2_grpc.add_PolicyServiceServicer_to_server, _policies(parts)),
        ],
        loops=[
            *background.loops(parts),
            *_dispatch_loops(parts, dispatcher),
            recorder.loop,
            visits.loop,
            *callbacks.loops,
        ],
        http=lambda: _http(parts, visits, callbacks),
        drain=watching.stop,
        stop=lambda: _stop(dispatcher, visits, callbacks),
    )


def _dispatch_loops(parts: Parts, dispatcher: Dispatcher) -> Iterator[Loop]:
    context = parts.context
    yield from dispatcher.gates
    yield dispatcher.watchdog
    reconciling = Reconciling(
        context.database,
        context.clock,
        lines=parts.lines,
        outcomes=parts.outcomes,
        vault=parts.vault,
        ask=dispatcher.ask,
        zone=parts.zone,
    )
    yield Loop("delivery.reconcile", reconciling.step, activity=context.activity, rest=parts.slow)
    repeating = Repeating(reconciling, parts.contacts, dispatcher.writer, parts.policing, dispatcher.repeat)
    yield Loop("delivery.repeat", repeating.step, activity=context.activity, rest=parts.slow)


def _dispatching(parts: Parts, health: Health) -> tuple[Dispatcher, Recorder]:
    context = parts.context
    database, clock, activity = context.database, context.clock, context.activity
    recorder = Recorder(parts.outcomes, activity)
    lease = int(context.settings.delivery.lease_seconds * SECOND)
    decorator = Decorator(
        database,
        clock,
        vault=parts.vault,
        tokens=parts.tokens,
        public_url=context.public_url,
        room=parts.room,
        short_life=context.settings.delivery.short_link_days * DAY,
    )
    tools = Tools(
        database=database,
        clock=clock,
        recorder=recorder,
        writer=Writer(database, parts.vault, parts.catalog, decorator),
        calls=recorder.calls,
        lease=lease,
        health=health,
        zone=parts.zone,
    )
    gatekeeper = Gatekeeper(
        database,
        clock,
        contacts=parts.contacts,
        policing=parts.policing,
        announcer=parts.announcer,
        others=parts.lines.others,
        lanes=lambda: [line.lane for line in parts.lines.active()],
        among=parts.lines.among,
        lease=lease,
    )
    dispatcher = Dispatcher(
        database,
        lines=parts.lines,
        registry=parts.registry,
        gatekeeper=gatekeeper,
        tools=tools,
        recorder=recorder,
        rescue=parts.rescue(),
        activity=activity,
        rest=context.pace.rest,
        slow=parts.slow,
    )
    return dispatcher, recorder


def _recording(parts: Parts) -> Recording:
    context = parts.context
    return Recording(
        context.database,
        contacts=parts.contacts,
        catalog=parts.catalog,
        lines=parts.lines,
        kept_days=context.settings.delivery.keep_messages_days,
    )


def _delivery(
    parts: Parts, dispatcher: Dispatcher, watching: Watching, health: Health, interactions: Recording
) -> DeliveryServicer:
    context = parts.context
    database, clock = context.database, context.clock
    kept_days = context.settings.delivery.keep_messages_days
    operations = Operations(
        clock=clock,
        acceptor=Acceptor(
            database,
            clock,
            orders=parts.orders,
            vault=parts.vault,
            announcer=parts.announcer,
            wake=parts.bell,
            tick=parts.tick,
            hasty=lambda: parts.lines.hasty,
        ),
        eligibility=Eligibility(database, clock, orders=parts.orders, asking=parts.asking),
        canceller=Canceller(database, clock, parts.announcer),
        reader=Reader(database, parts.vault, Waiting(database, clock, parts.contacts), kept_days=kept_days),
        exporting=Exporting(database, parts.vault, parts.contacts),
        spending=Spending(database),
        watching=watching,
        receipts=parts.receipts,
        accounts=_accounts(parts, dispatcher),
        contacting=Contacting(database, clock, parts.lines, dispatcher.within),
        recording=interactions,
        balances=Balances(database, clock, contacts=parts.contacts, lines=parts.lines),
        registry=parts.registry,
        health=health,
    )
    carriers = Carriers(parts.registry)
    return DeliveryServicer(
        operations,
        templates=Keeping(database, clock, carriers=carriers, announcer=parts.announcer),
        previews=Previewing(database, parts.catalog, carriers=carriers, contacts=parts.contacts, lines=parts.lines),
        links=LinkMaking(
            database,
            clock,
            vault=parts.vault,
            public_url=context.public_url,
            room=parts.room,
            short_life=context.settings.delivery.short_link_days * DAY,
        ),
    )


def _accounts(parts: Parts, dispatcher: Dispatcher) -> Accounts:
    return Accounts(
        database=parts.context.database,
        clock=parts.context.clock,
        registry=parts.registry,
        lines=parts.lines,
        announcer=parts.announcer,
        secret=parts.context.secrets.text,
        try_out=lambda line, timeout: dispatcher.test(line, timeout=timeout),
        wake=parts.bell,
        paths=parts.paths,
    )


def _policies(parts: Parts) -> PolicyServicer:
    database, clock, announcer = parts.context.database, parts.context.clock, parts.announcer
    return PolicyServicer(
        clock,
        rules=frequency_desk(database, announcer, clock),
        writing=Writing(database, announcer, clock),
        quiet_hours=quiet_desk(database, announcer, clock),
        exempt=exemption_desk(database, announcer, clock),
        suppressing=Suppressing(database, parts.vault, announcer, clock),
        owners=ownership_desk(database, announcer, clock),
        holding=hold_desk(database, announcer, clock),
        guards=guardrail_desk(
            database, announcer, clock, watch=lambda connection: guarding.begin(connection, parts.feed)
        ),
        dry_runs=DryRuns(database, clock, parts.contacts, parts.context.settings.zone),
        simulating=Simulating(database, clock, orders=parts.orders, asking=parts.asking, tick=parts.tick),
    )


def _http(parts: Parts, recorder: recording.EngagementRecorder, callbacks: Assembled) -> web.Application:
    context = parts.context
    own = context.settings.delivery
    visits = Visits(context.database, context.clock, vault=parts.vault, tokens=parts.tokens, recorder=recorder)
    preferences = Preferences(context.database, context.clock, tokens=parts.tokens, announcer=parts.announcer)
    return create_app(
        visits,
        preferences,
        callbacks.routes(),
        trusted=own.trusted_proxies,
        tries_per_minute=own.tries_per_minute,
    )


def _stop(dispatcher: Dispatcher, visits: recording.EngagementRecorder, callbacks: Assembled) -> None:
    callbacks.stop()
    dispatcher.stop()
    visits.flush()
