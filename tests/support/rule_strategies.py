"""Rules of every kind for hypothesis, over the names and values of which the histories are made."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from hypothesis import strategies as st
from tidegate.runtime.clock import from_micros, micros
from tidegate.segmentation.model.rule import (
    Aggregate,
    AllOf,
    AnyOf,
    ArmRule,
    AttributeRule,
    Between,
    Comparison,
    ConsentRule,
    ConsentState,
    Days,
    EventRule,
    IdentifierRule,
    Not,
    Operator,
    PropertyFilter,
    Rolling,
    Rule,
    Scalar,
    ScoreRule,
    SegmentRule,
    Selection,
    SequenceOutcome,
    SequenceRule,
    Span,
    StageRule,
    TagRule,
    TierRule,
)

from support import rule_histories as h

_HOUR = 3_600_000_000
_HOURS = (0, 1, 2, 3, 6, 12, 24, 25, 30)
_ORDERS = (
    Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.BETWEEN,
)  # fmt: skip
_EQUALITIES = (Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN)
_PRESENCE = (Operator.PRESENT, Operator.ABSENT)
_OF_TIME = (Aggregate.FIRST, Aggregate.LAST)
_NUMBERS_OF_VALUES = {Operator.BETWEEN: (2, 2), Operator.IN: (1, 3), Operator.NOT_IN: (1, 3)}

names = st.sampled_from((*h.FIELDS, "never"))
beside = st.sampled_from((0, 0, 1, -1))
lengths = st.builds(lambda hours, by: hours * _HOUR + by, st.sampled_from(_HOURS[1:]), beside)
edges = st.none() | st.builds(
    lambda hours, way, by: hours * way * _HOUR + by, st.sampled_from(_HOURS), st.sampled_from((-1, 1)), beside
)
spans = st.builds(Span, edges, edges).filter(
    lambda span: span.start is None or span.end is None or span.start <= span.end
)
within = st.builds(lambda span: Comparison(Operator.WITHIN, (), span), spans)
numbers = st.sampled_from((*h.NUMBERS, 4, 6, 1.5))


def instants(base: datetime) -> st.SearchStrategy[datetime]:
    """Instants of the histories' lattice."""
    return st.builds(
        lambda hours, way, by: from_micros(micros(base) + hours * way * _HOUR + by),
        st.sampled_from(_HOURS),
        st.sampled_from((-1, 1)),
        beside,
    )


@st.composite
def compared(draw: st.DrawFn, operators: Sequence[Operator], values: st.SearchStrategy[Scalar]) -> Comparison:
    """One of the operators with as many values as it takes."""
    operator = draw(st.sampled_from(operators))
    least, most = (0, 0) if operator in _PRESENCE else _NUMBERS_OF_VALUES.get(operator, (1, 1))
    return Comparison(operator, tuple(draw(st.lists(values, min_size=least, max_size=most))))


class Rules:
    """Strategies for rules about histories around a midnight."""

    def __init__(self, base: datetime) -> None:
        self._instants = instants(base)
        self._day = base.date()
        texts = st.sampled_from(h.TEXTS)
        self._always_there = compared((*_ORDERS, *_EQUALITIES), numbers)
        self._number = compared((*_ORDERS, *_EQUALITIES, *_PRESENCE), numbers)
        self._comparisons = st.one_of(
            self._number,
            compared((*_ORDERS, *_EQUALITIES, Operator.STARTS_WITH, Operator.CONTAINS), texts),
            compared(_EQUALITIES, st.booleans()),
            compared((*_ORDERS, *_EQUALITIES), self._instants),
            within,
            compared((*_PRESENCE, Operator.CONTAINS), texts),
        )
        filters = st.lists(st.builds(PropertyFilter, names, self._comparisons), max_size=2).map(tuple)
        events = st.lists(st.sampled_from(h.NAMES), min_size=1, max_size=3, unique=True).map(tuple)
        self._selections = st.builds(Selection, events, filters, st.none() | self._windows())

    def trees(self) -> st.SearchStrategy[Rule]:
        """Whole trees."""
        return st.recursive(self.leaves(), self._above, max_leaves=6)

    def leaves(self) -> st.SearchStrategy[Rule]:
        """Conditions of every kind; of events more than of anything else."""
        return st.one_of(self._aggregates(), self._sequences(), self._of_time(), *self._standing())

    def _above(self, below: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
        several = st.lists(below, min_size=1, max_size=3).map(tuple)
        return st.one_of(st.builds(AllOf, several), st.builds(AnyOf, several), st.builds(Not, below))

    def _windows(self) -> st.SearchStrategy[Rolling | Between | Days]:
        days: st.SearchStrategy[date | None] = st.none() | st.integers(-2, 2).map(
            lambda by: self._day + timedelta(days=by)
        )
        bounds = st.none() | self._instants
        return st.one_of(
            st.builds(Rolling, lengths),
            st.builds(Between, bounds, bounds).filter(lambda w: not w.start or not w.end or w.start < w.end),
            st.builds(Days, days, days).filter(lambda w: not w.first or not w.last or w.first <= w.last),
        )

    def _aggregates(self) -> st.SearchStrategy[Rule]:
        counted = st.builds(
            EventRule, self._selections, st.just(Aggregate.COUNT), st.just(""), st.none() | self._always_there
        )
        zero = st.sampled_from((Aggregate.SUM, Aggregate.DISTINCT))
        of_numbers = st.builds(EventRule, self._selections, st.just(Aggregate.MEAN), names, st.none() | self._number)
        picked = st.sampled_from((Aggregate.MIN, Aggregate.MAX, *_OF_TIME))
        return st.one_of(
            counted,
            st.builds(EventRule, self._selections, zero, names, st.none() | self._always_there),
            of_numbers,
            st.builds(EventRule, self._selections, picked, names, st.none() | self._comparisons),
        )

    def _of_time(self) -> st.SearchStrategy[Rule]:
        comparison = st.one_of(st.none(), within, compared((*_ORDERS, *_EQUALITIES, *_PRESENCE), self._instants))
        return st.builds(EventRule, self._selections, st.sampled_from(_OF_TIME), st.just(""), comparison)

    def _sequences(self) -> st.SearchStrategy[Rule]:
        return st.builds(SequenceRule, self._selections, self._selections, lengths, st.sampled_from(SequenceOutcome))

    def _standing(self) -> Sequence[st.SearchStrategy[Rule]]:
        """Conditions that events have no part in."""
        return (
            st.builds(AttributeRule, names, self._comparisons),
            st.builds(TagRule, _some((*h.TAGS, "level=*", "color=*", "vip=*", "levels=9"))),
            st.builds(
                ConsentRule,
                st.sampled_from(h.PURPOSES),
                st.sampled_from((*h.CHANNELS, "push")),
                st.sampled_from((*h.BRANDS, "other")),
                st.sampled_from(ConsentState),
            ),
            st.builds(IdentifierRule, st.sampled_from((*h.NAMESPACES, "wechat.openid", "email"))),
            st.builds(SegmentRule, st.sampled_from(h.SEGMENTS)),
            st.builds(ScoreRule, st.sampled_from(h.MODELS), st.sampled_from(("", *h.COMPONENTS)), self._number),
            st.builds(TierRule, st.sampled_from(h.MODELS), _some(h.TIERS)),
            st.builds(StageRule, st.sampled_from(h.STAGE_MODELS), _some(h.STAGES)),
            st.builds(ArmRule, st.sampled_from(h.EXPERIMENTS), _some(h.ARMS), st.integers(0, 2)),
        )


def _some(of: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), min_size=1, max_size=2, unique=True).map(tuple)
