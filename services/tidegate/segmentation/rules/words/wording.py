"""Puts the nodes of a rule into the phrases of a language."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo

from tidegate.segmentation.model.rule import (
    Aggregate,
    AllOf,
    AnyOf,
    ArmRule,
    AttributeRule,
    Between,
    Comparison,
    ConsentRule,
    Days,
    EventRule,
    IdentifierRule,
    Kind,
    Not,
    Operator,
    Rolling,
    Rule,
    Scalar,
    ScoreRule,
    SegmentRule,
    Selection,
    SequenceRule,
    Span,
    StageRule,
    TagRule,
    TierRule,
    Window,
    kind_of,
    walk,
)
from tidegate.segmentation.rules.words.chinese import CHINESE
from tidegate.segmentation.rules.words.english import ENGLISH

_MOST_VALUES = 10
"""So many values of a long list are told; then how many more there are."""

_UNITS = (("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000))
_AT_LEAST_ONE = Comparison(Operator.GREATER_OR_EQUAL, (1,))
_PRESENT = Comparison(Operator.PRESENT)
_AMOUNTS = frozenset(
    {
        Operator.EQUAL,
        Operator.LESS,
        Operator.LESS_OR_EQUAL,
        Operator.GREATER,
        Operator.GREATER_OR_EQUAL,
        Operator.BETWEEN,
    }
)
_NONE = ((Operator.EQUAL, 0), (Operator.LESS, 1), (Operator.LESS_OR_EQUAL, 0))
_SOME = ((Operator.GREATER_OR_EQUAL, 1), (Operator.GREATER, 0))
_IN_TIME = {
    Operator.LESS: "is_before",
    Operator.LESS_OR_EQUAL: "is_not_after",
    Operator.GREATER: "is_after",
    Operator.GREATER_OR_EQUAL: "is_not_before",
}


class Wording:
    """Tells what valid rules say, as statements about one customer."""

    def __init__(self, language: str, zone: tzinfo) -> None:
        """``language`` is a BCP 47 tag: `zh` and what is below it is Chinese, all else English.

        Instants are told in ``zone``.
        """
        self._phrases = CHINESE if language.replace("_", "-").partition("-")[0].lower() == "zh" else ENGLISH
        self._zone = zone

    def sentence(self, rule: Rule) -> str:
        """The whole rule."""
        return self._phrase("sentence", what=self._said(rule))

    def clauses(self, rule: Rule) -> list[tuple[str, str]]:
        """What each node says, by its path in the contract, each before those below it."""
        return [(path, self._said(node)) for path, node in walk(rule)]

    def _phrase(self, name: str, /, **fields: object) -> str:
        return self._phrases[name].format(**fields)

    def _said(self, rule: Rule, *, so: bool = True) -> str:
        """A statement, or, ``so`` being False, the contrary."""
        match rule:
            case Not():
                return self._said(rule.rule, so=not so)
            case AllOf() | AnyOf():
                return self._group(rule, so=so)
            case TagRule() | IdentifierRule() | SegmentRule() | TierRule() | StageRule() | ArmRule():
                return self._belonging(rule, so=so)
            case EventRule() if rule.aggregate is Aggregate.COUNT:
                return self._counted(rule.events, rule.comparison or _AT_LEAST_ONE, so=so)
        return self._denied(self._compared(rule), so=so)

    def _denied(self, statement: str, *, so: bool) -> str:
        return statement if so else self._phrase("not", what=statement)

    def _group(self, rule: AllOf | AnyOf, *, so: bool) -> str:
        """A group of one rule is that rule; a group within another one stands in brackets."""
        if len(rule.rules) == 1:
            return self._said(rule.rules[0], so=so)
        word = self._phrases["and" if isinstance(rule, AllOf) else "or"]
        together = word.join(map(self._in_group, rule.rules))
        return together if so else self._denied(self._phrase("group", what=together), so=False)

    def _in_group(self, rule: Rule) -> str:
        while isinstance(rule, AllOf | AnyOf) and len(rule.rules) == 1:
            (rule,) = rule.rules
        said = self._said(rule)
        return self._phrase("group", what=said) if isinstance(rule, AllOf | AnyOf) else said

    def _belonging(
        self, rule: TagRule | IdentifierRule | SegmentRule | TierRule | StageRule | ArmRule, *, so: bool
    ) -> str:
        name, fields = self._belongs(rule)
        return self._phrase(name if so else f"not_{name}", **fields)

    def _belongs(
        self, rule: TagRule | IdentifierRule | SegmentRule | TierRule | StageRule | ArmRule
    ) -> tuple[str, Mapping[str, str]]:
        match rule:
            case TagRule(tags=(tag,)) if group := _group_of(tag):
                return "tag_group", {"group": self._quoted(group)}
            case TagRule():
                return "tag" if len(rule.tags) == 1 else "tags", {"tags": self._listed(map(self._tag, rule.tags))}
            case IdentifierRule():
                return "identifier", {"namespace": self._quoted(rule.namespace)}
            case SegmentRule():
                return "segment", {"segment": self._quoted(rule.segment_id)}
            case TierRule():
                return "tier", {"tiers": self._names(rule.tiers), "model": self._quoted(rule.model_id)}
            case StageRule():
                return "stage", {"stages": self._names(rule.stages), "model": self._quoted(rule.stage_model_id)}
        epoch = self._phrase("of_epoch", epoch=rule.epoch) if rule.epoch else ""
        return "arm", {
            "arms": self._names(rule.arm_ids),
            "experiment": self._quoted(rule.experiment_id),
            "epoch": epoch,
        }

    def _tag(self, tag: str) -> str:
        group = _group_of(tag)
        return self._phrase("any_of_group", group=self._quoted(group)) if group else self._quoted(tag)

    def _compared(self, rule: Rule) -> str:
        match rule:
            case AttributeRule():
                return self._phrase("attribute", name=rule.attribute, is_=self._is(rule.comparison))
            case ConsentRule():
                return self._consent(rule)
            case EventRule():
                return self._aggregated(rule)
            case SequenceRule():
                return self._sequence(rule)
            case ScoreRule():
                name = "class" if rule.component_id else "score"
                fields = {"component": rule.component_id, "model": self._quoted(rule.model_id)}
                return self._phrase(name, is_=self._is(rule.comparison), **fields)
        raise ValueError(f"{type(rule).__name__} is no valid rule")

    def _consent(self, rule: ConsentRule) -> str:
        return self._phrase(
            f"consent_{rule.state.value if rule.state else ''}",
            purpose=rule.purpose,
            channel=self._phrase("by_channel", channel=rule.channel)
            if rule.channel
            else self._phrases["by_all_channels"],
            brand=self._phrase("for_brand", brand=rule.brand) if rule.brand else self._phrases["for_all_brands"],
        )

    def _counted(self, events: Selection, comparison: Comparison, *, so: bool) -> str:
        if comparison.operator not in _AMOUNTS:
            return self._denied(self._aggregated(EventRule(events, comparison=comparison)), so=so)
        first, *rest = comparison.values
        asked = comparison.operator, first
        if asked in (_NONE if so else _SOME):
            return self._phrase("count_none", **self._selected(events))
        if asked in _NONE:
            return self._counted(events, _AT_LEAST_ONE, so=True)
        amount = self._phrase(f"amount_{comparison.operator.value}", n=first, m=rest[0] if rest else "")
        plural = _plural(rest[0] if rest else first)
        return self._denied(self._phrase("count", amount=amount, s=plural, **self._selected(events)), so=so)

    def _aggregated(self, rule: EventRule) -> str:
        named = rule.property or self._phrases["time_of_event"]
        is_ = self._is(rule.comparison or _PRESENT)
        return self._phrase(f"aggregate_{rule.aggregate.value}", property=named, is_=is_, **self._selected(rule.events))

    def _sequence(self, rule: SequenceRule) -> str:
        first, second = (self._phrase("event", **self._selected(each)) for each in (rule.first, rule.second))
        return self._phrase(
            rule.outcome.value if rule.outcome else "", first=first, second=second, within=self._length(rule.within)
        )

    def _selected(self, events: Selection) -> dict[str, str]:
        filters = [self._phrase("filter", name=one.property, is_=self._is(one.comparison)) for one in events.filters]
        return {
            "names": self._names(events.names),
            "filters": self._phrase("filters", filters=self._phrases["and"].join(filters)) if filters else "",
            "window": self._window(events.window),
        }

    def _window(self, window: Window | None) -> str:
        match window:
            case Rolling():
                return self._phrase("window_rolling", length=self._length(window.length))
            case Between(start=datetime(), end=datetime()):
                return self._bounds("window_between", window.start, window.end)
            case Days(first=date() as first, last=date() as last):
                return self._bounds("window_day" if first == last else "window_days", first, last)
            case Between(start=datetime()) | Days(first=date()):
                start = window.start if isinstance(window, Between) else window.first
                return self._bounds("window_since", start, None)
            case Between(end=datetime()):
                return self._bounds("window_until", None, window.end)
            case Days(last=date()):
                return self._bounds("window_through", None, window.last)
        return ""

    def _bounds(self, name: str, start: date | None, end: date | None) -> str:
        return self._phrase(name, start=self._moment(start), end=self._moment(end))

    def _is(self, comparison: Comparison) -> str:
        """How something compares."""
        operator, values = comparison.operator, comparison.values
        if operator is Operator.WITHIN:
            return self._lies(comparison.span or Span(None, None))
        name = f"is_{operator.value if operator else ''}"
        if values and kind_of(values[0]) is Kind.INSTANT and operator is not None:
            name = _IN_TIME.get(operator, name)
        told = [self._value(each) for each in values[:_MOST_VALUES]]
        if len(values) > _MOST_VALUES:
            told.append(self._phrase("more", n=len(values) - _MOST_VALUES))
        return self._phrase(
            name, values=self._listed(told), first=told[0] if told else "", second=told[-1] if told else ""
        )

    def _lies(self, span: Span) -> str:
        """Where an instant lies, seen from now."""
        start, end = span.start, span.end
        if start is None:
            return self._phrases["is_present"] if end is None else self._phrase("within_until", end=self._away(end))
        if end is None:
            return self._phrase("within_since", start=self._away(start))
        if start < 0 and end == 0:
            return self._phrase("within_last", length=self._length(-start))
        if start == 0:
            return self._phrase("within_next", length=self._length(end))
        return self._phrase("within_both", start=self._away(start), end=self._away(end))

    def _away(self, micros: int) -> str:
        if not micros:
            return self._phrases["now"]
        return self._phrase("ago" if micros < 0 else "ahead", length=self._length(abs(micros)))

    def _length(self, micros: int) -> str:
        """A length of time in its units, the largest first."""
        parts, rest = [], micros
        for unit, size in _UNITS:
            count, rest = divmod(rest, size)
            if count:
                parts.append(self._phrase(unit, n=count, s=_plural(count)))
        if rest or not parts:
            parts.append(self._phrase("microsecond", n=rest, s=_plural(rest)))
        return self._phrases["between_units"].join(parts)

    def _names(self, names: Sequence[str]) -> str:
        return self._listed(map(self._quoted, names))

    def _listed(self, told: Iterable[str]) -> str:
        *most, last = list(told) or [""]
        return self._phrases["last_of_list"].join([self._phrases["comma"].join(most), last]) if most else last

    def _quoted(self, text: str) -> str:
        return self._phrase("quoted", text=text)

    def _value(self, value: Scalar) -> str:
        match value:
            case bool():
                return self._phrases["true" if value else "false"]
            case str():
                return self._quoted(value)
            case datetime():
                return self._moment(value)
            case tuple():
                return f"[{self._phrases['comma'].join(map(self._quoted, value))}]"
        return str(value)

    def _moment(self, moment: date | None) -> str:
        """A day, or an instant with its zone, to the minute where it is a whole one."""
        if not isinstance(moment, datetime):
            return "" if moment is None else moment.isoformat()
        local = moment.astimezone(self._zone)
        precision = "microseconds" if local.microsecond else "seconds" if local.second else "minutes"
        return f"{local.replace(tzinfo=None).isoformat(' ', precision)} {local.tzname()}"


def _group_of(tag: str) -> str:
    """The group of which a tag may be any; empty for one tag."""
    return tag.removesuffix("=*") if tag.endswith("=*") else ""


def _plural(count: Scalar) -> str:
    return "" if count == 1 else "s"
