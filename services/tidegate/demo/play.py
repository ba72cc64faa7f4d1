"""The play: a shop's year, its campaign day by day, and what came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from tidegate.demo import audience, neighbours, preparation, report
from tidegate.demo.accounts import pushed
from tidegate.demo.calendar import Calendar, next_campaign
from tidegate.demo.channels import credits_left
from tidegate.demo.outside import Meeting, Outside, outside
from tidegate.demo.platform import Ingested
from tidegate.demo.shop import Shop
from tidegate.demo.stage import Stage, set_up

MakeShop = Callable[[datetime], Shop]


@dataclass(frozen=True, slots=True)
class Play:
    """One run of the demo: the shop, its campaign's calendar, the stage, its people, and what is shown on the way."""

    shop: Shop
    calendar: Calendar
    stage: Stage
    people: Outside
    meeting: Meeting
    progress: Progress

    def tell_history(self) -> Ingested:
        """The year before the campaign comes in: profiles, purchases, and what joins them."""
        task = self.progress.add_task("A year of events comes in", total=self.meeting.facts)
        total = self.people.tell_history(told=lambda n: self.progress.advance(task, n))
        task = self.progress.add_task(
            "Consents and addresses", total=len(audience.people_of(audience.REGION, self.shop))
        )
        eve = self.calendar.opening - timedelta(days=1)
        self.people.introduce(audience.REGION, eve, told=lambda n: self.progress.advance(task, n))
        return total

    def prepare(self) -> int:
        """Accounts, templates, limits; subscriptions; tiers and split; the journey is published.

        Returns how many subscription messages people have granted.
        """
        task = self.progress.add_task("Segments, tiers, limits, journey", total=4)
        callbacks = preparation.open_channels(self.stage, self.meeting)
        preparation.write_templates(self.stage)
        preparation.set_limits(self.stage, self.calendar)
        self.progress.advance(task)
        self.people.subscribe(audience.REGION, callbacks, self.stage.clock.now())
        self.stage.settle()
        self.progress.advance(task)
        preparation.sort_customers(self.stage)
        self.stage.settle()
        self.progress.advance(task)
        preparation.publish(self.stage, self.calendar)
        self.stage.settle()
        self.progress.advance(task)
        return credits_left(self.stage.services)

    def run_campaign(self) -> None:
        """The clock goes from one day to the next; people read, click and buy in between."""
        instants = list(_instants(self.calendar))
        task = self.progress.add_task("The campaign", total=len(instants))
        for instant in instants:
            day = instant.astimezone(self.calendar.zone)
            self.progress.update(task, description=f"The campaign: {day:%m-%d %H:%M}", advance=1)
            self._live_through(instant)

    def _live_through(self, instant: datetime) -> None:
        services = self.stage.services
        self.people.expect(instant)
        self.stage.move_to(instant)
        for blast in neighbours.blasts(self.calendar):
            if blast.time == instant:
                neighbours.send(services, blast)
                self.stage.settle()
        if self.people.live(instant, [pushed(self.stage.folder)]):
            self.stage.settle()


def play(console: Console, make_shop: MakeShop, *, after: datetime, zone: ZoneInfo, seed: int) -> bool:
    """Plays the first campaign ``after`` an instant and reports; False when the ledger broke a rule."""
    calendar = next_campaign(after, zone)
    shop = make_shop(calendar.opening)
    opening = calendar.opening - timedelta(hours=2)
    with outside(shop, calendar, seed) as people, set_up(opening) as stage, _progress(console) as progress:
        meeting = people.meet(stage.identity, stage.token)
        run = Play(shop, calendar, stage, people, meeting, progress)
        ingested = run.tell_history()
        granted = run.prepare()
        run.run_campaign()
        progress.stop()
        return report.show(console, run, ingested, granted)


def _instants(calendar: Calendar) -> Iterator[datetime]:
    """Noon of every sixth day, and the hours at which something is due."""
    due = {calendar.first_messages, calendar.wave, calendar.peak, calendar.last_chance}
    due |= {blast.time for blast in neighbours.blasts(calendar)}
    due |= {calendar.at(10, 30, 9), calendar.at(11, 12, 9)}  # what was put off is decided by then
    day = calendar.at(10, 10, 12)
    while day < calendar.end:
        due.add(day)
        day += timedelta(days=6)
    yield from sorted(due | {calendar.end})


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<34}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        refresh_per_second=4,
    )
