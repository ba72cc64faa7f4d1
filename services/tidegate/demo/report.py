"""What the play shows at its end: tables read from the services, and a check of the ledger's raw rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from tidegate.api.common.v1.common_pb2 import Interval
from tidegate.api.segmentation.v1.report_service_pb2_grpc import ReportServiceStub
from tidegate.api.segmentation.v1.reports_pb2 import SUFFICIENCY_ENOUGH, GetUpliftRequest, Outcome, Uplift
from tidegate.api.segmentation.v1.rules_pb2 import EventSelection, Window
from tidegate.api.segmentation.v1.score_models_pb2 import GetScoreModelRequest, GetScoreRunRequest
from tidegate.demo import audience, channels, policies
from tidegate.demo.platform import Ingested
from tidegate.demo.recount import Slot, violations
from tidegate.demo.tables import table_of
from tidegate.demo.tally import Cell, Tally, tally
from tidegate.demo.words import timestamp
from tidegate.runtime.clock import from_micros

if TYPE_CHECKING:
    from tidegate.demo.play import Play

_ORDER = ("early", "parallel", "peak-1", "peak-2", "peak-3", "return")


def show(console: Console, play: Play, ingested: Ingested, granted: int) -> bool:
    """Prints the tables; False when the ledger broke a rule.

    ``granted`` is how many subscription messages people allowed before the campaign.
    """
    counted = tally(play.stage.services.delivery())
    for table in (_customers(play, ingested), _tiers(play), _phases(counted)):
        console.print(table)
    for table in channels.tables(play.stage.services, counted, granted):
        console.print(table)
    console.print(_uplift(play))
    broken = list(_broken_rules(play))
    console.print(_verdict(play, broken))
    return not broken


def _customers(play: Play, ingested: Ingested) -> Table:
    table = table_of("Customers", "what", "how many")
    table.add_row("events told", f"{ingested.accepted:,}")
    table.add_row("customers made by pos, web and mini-program", f"{ingested.created:,}")
    table.add_row("merged into others", f"{ingested.merged:,}")
    table.add_row("customers left", f"{ingested.created - ingested.merged:,}")
    table.add_row("people there are, as far as anything links them", f"{play.shop.humans():,}")
    table.add_row("conflicts filed", f"{ingested.conflicts:,}")
    return table


def _tiers(play: Play) -> Table:
    segmentation = play.stage.services.segmentation()
    model = segmentation.GetScoreModel(GetScoreModelRequest(model_id=audience.MODEL)).model
    request = GetScoreRunRequest(model_id=model.model_id, run_id=model.latest_run_id)
    run = segmentation.GetScoreRun(request).run
    table = table_of("Tiers by recency, frequency and money", "tier", "customers")
    titles = {tier.tier: tier.display_name for tier in model.tiers} | {"": "No purchase yet"}
    for count in run.tier_counts:
        table.add_row(titles[count.tier], f"{count.customers:,}")
    return table


def _phases(counted: Tally) -> Table:
    columns = ("phase", "channel", "messages", "sent", "put off", "opened", "clicked", "held back")
    table = table_of("Messages", *columns)
    for phase in _ORDER:
        for channel in ("", *policies.CHANNELS):
            if cell := counted.cells.get((phase, channel)):
                table.add_row(phase, channel or "-", *_figures(cell))
        table.add_section()
    return table


def _figures(cell: Cell) -> Iterator[str]:
    for figure in (cell.messages, cell.sent, cell.deferred, cell.opened, cell.clicked):
        yield f"{figure:,}" if figure else "-"
    yield "\n".join(f"{count:,} {reason}" for reason, count in cell.held_back.most_common())


def _uplift(play: Play) -> Table:
    calendar = play.calendar
    span = Interval(start=timestamp(calendar.opening), end=timestamp(calendar.end))
    orders = EventSelection(names=["order.paid"], window=Window(interval=span))
    report = play.stage.services.stub("segmentation", ReportServiceStub).GetUplift(
        GetUpliftRequest(
            experiment_id=audience.EXPERIMENT,
            control_arm_id=audience.CONTROL,
            outcomes=[Outcome(outcome_id="bought", events=orders, revenue_property="amount")],
        )
    )
    table = table_of("Did talking help?", "", "customers", "bought", "rate")
    for arm in report.arms:
        bought = arm.outcomes[0]
        table.add_row(arm.arm_id, f"{arm.customers:,}", f"{bought.conversions:,}", f"{bought.rate:.2%}")
    table.add_section()
    for uplift in report.uplifts:
        table.add_row("difference, 95 % interval", "", "", _difference(uplift))
    table.add_row("true effect built into the shop", "", "", f"{_true_effect(play):+.2%}")
    for warning in report.warnings:
        table.add_row(f"warning: {warning.message}", "", "", "")
    return table


def _difference(uplift: Uplift) -> str:
    difference = uplift.difference
    if uplift.sufficiency != SUFFICIENCY_ENOUGH:
        return "not enough data"
    interval = difference.interval
    return f"{difference.value:+.2%} [{interval.lower:+.2%}, {interval.upper:+.2%}]"


def _true_effect(play: Play) -> float:
    """The share of the region's people who buy only because they are talked to."""
    people = audience.people_of(audience.REGION, play.shop)
    return sum(person.persuaded and not person.buys_anyway for person in people) / len(people)


def _broken_rules(play: Play) -> Iterator[str]:
    rules = list(policies.frequency_rules(play.calendar))
    return violations(_slots(play), rules, play.calendar.zone)


def _slots(play: Play) -> Iterator[Slot]:
    """The raw rows of delivery's ledger, read past all of its code."""
    engine = sa.create_engine(f"sqlite:///{play.stage.folder / 'delivery.db'}")
    query = sa.text("SELECT customer_id, counted_at, channel, campaign_id, tier FROM ledger WHERE state <> 'released'")
    with engine.connect() as connection:
        for customer_id, counted_at, channel, campaign_id, tier in connection.execute(query):
            yield Slot(customer_id, from_micros(counted_at), channel, campaign_id, tier)
    engine.dispose()


def _verdict(play: Play, broken: list[str]) -> str:
    slots = sum(1 for _ in _slots(play))
    if broken:
        return "[red]The ledger broke a rule:[/red]\n" + "\n".join(broken[:10])
    return f"Recounted from raw rows: {slots:,} slots, and no rule was ever exceeded."
