"""Pure: the Double-11 calendar of the campaign (four phases; the peak days lie inside the parallel phase)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Phase:
    """A span of the campaign, half open, in the company's days."""

    phase_id: str
    title: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """The campaign's days in one year and one time zone."""

    year: int
    zone: ZoneInfo

    def at(self, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
        """An instant of the campaign's year, given in local time."""
        return datetime(self.year, month, day, hour, minute, tzinfo=self.zone).astimezone(UTC)

    @property
    def opening(self) -> datetime:
        """The first instant of the campaign."""
        return self.at(10, 10)

    @property
    def end(self) -> datetime:
        """The first instant after the campaign."""
        return self.at(11, 16)

    @property
    def first_messages(self) -> datetime:
        """When the journey begins."""
        return self.at(10, 10, 10)

    @property
    def wave(self) -> datetime:
        """When the journey goes on in the parallel phase."""
        return self.at(10, 21, 19, 30)

    @property
    def peak(self) -> datetime:
        """When the journey goes on at the peak."""
        return self.at(11, 11, 9)

    @property
    def last_chance(self) -> datetime:
        """When the journey goes on in the return phase."""
        return self.at(11, 13, 10)

    def phases(self) -> tuple[Phase, ...]:
        """Early, parallel, the three peak days inside it, return."""
        return (
            Phase("early", "Early", self.opening, self.at(10, 13)),
            Phase("parallel", "Parallel", self.at(10, 15), self.at(11, 13)),
            Phase("peak-1", "Peak, first day", self.at(10, 20), self.at(10, 21)),
            Phase("peak-2", "Peak, second day", self.at(10, 29), self.at(10, 30)),
            Phase("peak-3", "Peak, Double 11", self.at(11, 11), self.at(11, 12)),
            Phase("return", "Return", self.at(11, 13), self.at(11, 16)),
        )


def next_campaign(after: datetime, zone: ZoneInfo) -> Calendar:
    """The first Double-11 campaign that opens after ``after``."""
    this_year = Calendar(after.astimezone(zone).year, zone)
    return this_year if this_year.opening >= after else Calendar(this_year.year + 1, zone)
