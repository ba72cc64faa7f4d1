"""The sections of a channel's queue: messages that stand alike to its accounts, of which an index finds the best.

Most messages may go by any account. Those that accounts have refused, or lack what it takes to send, are told apart by
which accounts these are: an account finds what it may take however many wait for the others.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from tidegate.delivery.model import FIRST_COUNTED
from tidegate.delivery.store.tables import STATES
from tidegate.runtime.db import real_now

_MOST = 50
"""So many closed sections are taken from at a time: each is one more look into an index."""
_SHAPES = 64
_NUMBERS_OF_BRANDS = 16


class Kind(NamedTuple):
    """What the conditions of a section depend on: those of one kind are found by the same statement."""

    is_open: bool = True
    has_brand: bool = False
    again: bool = False


class Section(NamedTuple):
    """Messages that the same accounts have refused (``tried``) or left, as the states say it, of one brand.

    Nobody has refused or left those of an open one, which are of all brands where it names none. ``again``: only those
    whose refusal was so long ago that who refused them may be asked once more.
    """

    brand: str = ""
    tried: str = ""
    left_by: str = ""
    left_among: str = ""
    again: bool = False

    @property
    def kind(self) -> Kind:
        """Its kind."""
        is_open = not self.tried and not self.left_by
        return Kind(is_open, is_open and bool(self.brand), self.again)


class Due(NamedTuple):
    """The sections in which something is due, and whether any of it is urgent; in none, nothing is."""

    sections: Sequence[Section] = ()
    is_urgent: bool = False


def due(connection: sa.Connection, *, channel: str, brands: Collection[str], account_id: str, among: str) -> Due:
    """Where an account finds something to claim: a read, which keeps no writer out.

    What the account's provider has refused, or for which it lacks something as the channel's accounts stand ``among``
    each other, is left to others. No ``brands`` are all.
    """
    named = sorted(brands)
    opened = [Section(one) for one in named] or [Section()]
    rows = connection.execute(_standing(kinds(opened)), parameters(channel, opened)).all()
    found = [(opened[place], urgent) for place, urgent, *_ in rows if place is not None]
    closed = (_of(account_id, among, Section(*row)) for place, _, *row in rows if place is None)
    theirs = [one for one in closed if one is not None and (not named or one.brand in named)][:_MOST]
    if theirs:
        places = connection.execute(_any_due(kinds(theirs)), parameters(channel, theirs)).all()
        found += [(theirs[place], urgent) for place, urgent in sorted(places)]
    return Due([section for section, _ in found], any(urgent for _, urgent in found))


def _of(account_id: str, among: str, section: Section) -> Section | None:
    """What of a closed section an account may take; None for nothing."""
    if section.left_among == among and account_id in section.left_by.split(","):
        return None
    return section._replace(again=account_id in section.tried.split(","))


def kinds(sections: Sequence[Section]) -> tuple[Kind, ...]:
    """The kinds of several sections."""
    return tuple(one.kind for one in sections)


def parameters(channel: str, sections: Sequence[Section]) -> Mapping[str, Any]:
    """What conditions() of several sections are given, each by its place among them."""
    given: dict[str, Any] = {"channel": channel}
    for place, one in enumerate(sections):
        names = _OPEN[: one.kind.has_brand] if one.kind.is_open else _CLOSED
        given |= {f"{name}_{place}": getattr(one, name) for name in names}
    return given


def conditions(kind: Kind, place: int) -> list[sa.ColumnElement[bool]]:
    """That a message is due in the section at a place, in words that an index knows."""
    states = STATES.c
    waits = [states.channel == _CHANNEL, *(_is_open(states) if kind.is_open else _is_closed(states))]
    names = _OPEN[: kind.has_brand] if kind.is_open else _CLOSED
    waits += [states[name] == sa.bindparam(f"{name}_{place}", type_=sa.Text) for name in names]
    if kind.has_brand:
        waits.append(states.brand != _NONE)
    if kind.again:
        waits += [states.tried != _NONE, states.tried_until_real <= real_now()]
    return [*waits, states.lease_until_real <= real_now()]


def _is_open(states: Any) -> list[sa.ColumnElement[bool]]:
    return [states.state == _ACCEPTED, states.tried == _NONE, states.left_by == _NONE]


def _is_closed(states: Any) -> list[sa.ColumnElement[bool]]:
    return [states.state == _ACCEPTED, sa.or_(states.tried != _NONE, states.left_by != _NONE)]


@lru_cache(maxsize=_NUMBERS_OF_BRANDS)
def _standing(opened: Sequence[Kind]) -> sa.CompoundSelect[Any]:
    """The places of the open sections in which something is due, and all closed ones that there are."""
    nothing: list[sa.ColumnElement[Any]] = [sa.literal_column("''").label(name) for name in _CLOSED]
    return sa.union_all(*(_place(kind, place).add_columns(*nothing) for place, kind in enumerate(opened)), _closed())


@lru_cache(maxsize=_SHAPES)
def _any_due(of: Sequence[Kind]) -> sa.CompoundSelect[Any]:
    """The places of the sections in which something is due."""
    return sa.union_all(*(_place(kind, place) for place, kind in enumerate(of)))


def _place(kind: Kind, place: int) -> sa.Select[int, bool]:
    """The place of a section in which something is due, and whether any of it is urgent."""
    any_due = sa.select(STATES.c.message_id).where(*conditions(kind, place))
    urgent = sa.exists(any_due.where(STATES.c.rank < FIRST_COUNTED)).label("urgent")
    return sa.select(sa.literal_column(str(place), sa.Integer).label("place"), urgent).where(sa.exists(any_due))


def _closed() -> sa.Select[Any]:
    """The closed sections of the channel, each found from the one before it, however many messages they hold."""
    first = sa.select(_first_message().label("message_id")).cte("sections", recursive=True)
    before, of = STATES.alias("before"), STATES.alias("of")
    following = sa.select(_first_message(before.c)).join_from(first, before, before.c.message_id == first.c.message_id)
    sections = first.union_all(following)
    columns = [of.c[name] for name in _CLOSED]
    neither = sa.cast(sa.null(), sa.Integer).label("place"), sa.cast(sa.null(), sa.Boolean).label("urgent")
    return sa.select(*neither, *columns).join(sections, sections.c.message_id == of.c.message_id)


def _first_message(behind: Any = None) -> sa.ScalarSelect[Any]:
    """The id of a message of the first closed section; of the one that follows that of ``behind``."""
    states = STATES.alias("next").c
    found = sa.select(states.message_id).where(states.channel == _CHANNEL, *_is_closed(states))
    if behind is not None:
        # SQLite searches by values alone, not by columns, and walks all that begins like what it looks behind
        end = [*(column.concat(_NONE) for column in _section(behind)), _LAST_RANK]
        found = found.where(sa.tuple_(*_section(states), states.rank) > sa.tuple_(*end))
    return found.order_by(*_section(states)).limit(1).scalar_subquery()


def _section(states: Any) -> list[sa.ColumnElement[str]]:
    """In the order in which the index has them."""
    return [states.tried, states.left_by, states.left_among, states.brand]


_OPEN: Sequence[str] = ("brand",)
_CLOSED: Sequence[str] = ("brand", "tried", "left_by", "left_among")
_CHANNEL = sa.bindparam("channel", type_=sa.Text)
_ACCEPTED: sa.ColumnElement[str] = sa.literal_column("'accepted'")  # as the indexes over what is due say it
_NONE: sa.ColumnElement[str] = sa.literal_column("''")
_LAST_RANK = sa.literal_column(str(2**31 - 1), sa.Integer)
