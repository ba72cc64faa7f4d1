"""Pure: what a frequency rule may not be beside the others, and what an exemption may not name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tidegate.delivery.policy.model import Dated, Exemption, FrequencyRule, Scope, share

Problem = tuple[str, str]
"""The field at fault, within the policy, and what would be right."""


def rule_problems(rule: FrequencyRule, others: Sequence[FrequencyRule]) -> Iterator[Problem]:
    """What is wrong with ``rule`` beside ``others`` (itself not among them)."""
    by_id = {other.rule_id: other for other in others}
    yield from _unknown_replacements(rule, by_id)
    yield from _circles(rule, by_id)
    for other in others:
        if _contradict(rule, other):
            yield (
                "precedence",
                f"its window overlaps with that of {other.rule_id}, for the same messages and with the same "
                f"precedence, {rule.precedence}; give one of them another, or let one replace the other",
            )


def deletion_problems(rule_ids: Iterable[str], staying: Iterable[FrequencyRule]) -> Iterator[Problem]:
    """Why these rules can't go while those stay."""
    gone = frozenset(rule_ids)
    for rule in staying:
        for replaced in sorted(rule.replaces & gone):
            yield (
                "rule_id",
                f"{rule.rule_id}, which stays, replaces {replaced}; delete it too, or take {replaced} out of its "
                "`replaces` first",
            )


def exemption_problems(exemption: Exemption, rule_ids: Iterable[str]) -> Iterator[Problem]:
    """What is wrong with ``exemption`` where these rules exist."""
    for rule_id in sorted(exemption.rule_ids - set(rule_ids)):
        yield "rule_ids", f"there is no frequency rule {rule_id}; name one that exists"


def _unknown_replacements(rule: FrequencyRule, others: Mapping[str, FrequencyRule]) -> Iterator[Problem]:
    for replaced in sorted(rule.replaces):
        if replaced == rule.rule_id:
            yield "replaces", "names the rule itself; leave it out"
        elif replaced not in others:
            yield "replaces", f"there is no frequency rule {replaced}; name one that exists"


def _circles(rule: FrequencyRule, others: Mapping[str, FrequencyRule]) -> Iterator[Problem]:
    """Rules that replace each other in a circle would all vanish."""
    seen: set[str] = set()
    ahead = [replaced for replaced in rule.replaces if replaced != rule.rule_id]
    while ahead:
        name = ahead.pop()
        if name == rule.rule_id:
            yield "replaces", "leads back to this rule through those it names; break the circle"
            return
        if name not in seen and name in others:
            seen.add(name)
            ahead.extend(others[name].replaces)


def _contradict(one: FrequencyRule, other: FrequencyRule) -> bool:
    """Whether both are phases that overlap, are not the same, and could hold the same message."""
    if not isinstance(one.window, Dated) or not isinstance(other.window, Dated):
        return False
    mine, theirs = one.window.span, other.window.span
    return (
        mine != theirs
        and mine.start < theirs.end
        and theirs.start < mine.end
        and one.precedence == other.precedence
        and one.rule_id not in other.replaces
        and other.rule_id not in one.replaces
        and _could_meet(one, other)
    )


def _could_meet(one: FrequencyRule, other: FrequencyRule) -> bool:
    return (
        share(one.channels, other.channels)
        and share(one.classes, other.classes)
        and _alike(one.tier, other.tier)
        and _alike(one.segment_id, other.segment_id)
        and _same_scope(one, other)
    )


def _alike(one: str, other: str) -> bool:
    return not one or not other or one == other


def _same_scope(one: FrequencyRule, other: FrequencyRule) -> bool:
    """A limit over all and one of a campaign are meant to hold together."""
    return one.scope is other.scope and (one.scope is Scope.ALL or _alike(one.scope_id, other.scope_id))
