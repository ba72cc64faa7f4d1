"""The projection of what is known of a customer: what arrives is folded in, and what is different is told."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tidegate.identity import attributes, consents, deriving, tags
from tidegate.identity.model import AttributeDefinition, Consent, Held, Scalar, TagGroup, TagMark

Subject = tuple[str, str, str]


@dataclass(slots=True)
class State:
    """Attributes, tags' newest marks, and decisions in force of one customer.

    ``turning`` has, by attribute, when what was announced as derived from it is so no longer.
    """

    attributes: dict[str, Held] = field(default_factory=dict)
    marks: dict[str, TagMark] = field(default_factory=dict)
    consents: dict[Subject, Consent] = field(default_factory=dict)
    turning: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "State":
        """The same state, to be changed apart from this one."""
        return State(dict(self.attributes), dict(self.marks), dict(self.consents), dict(self.turning))


class Difference(NamedTuple):
    """What another state has that was not so before; attributes with their values, None where cleared.

    ``derived`` has, by its own name, what is derived from attributes, with their origin. ``added`` and ``removed`` are
    the tags that come and go, with those above them. ``retagged``: other ones are put on, though none may come or go.
    """

    attributes: Mapping[str, Held]
    values: Mapping[str, Scalar]
    derived: Mapping[str, Held]
    marks: Mapping[str, TagMark]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    consents: tuple[Consent, ...]
    retagged: bool

    def __bool__(self) -> bool:
        return bool(self.values or self.retagged or self.consents)


@dataclass(frozen=True, slots=True)
class Folding:
    """How facts are folded into states at the instant ``now``, by the definitions of attributes and tag groups."""

    definitions: Mapping[str, AttributeDefinition]
    groups: Mapping[str, TagGroup]
    now: int

    def value(self, state: State, name: str, held: Held) -> None:
        """A value of an attribute arrives."""
        state.attributes[name] = attributes.combine(self.definitions[name], state.attributes.get(name), held)

    def mark(self, state: State, tag: str, mark: TagMark) -> None:
        """A tag is put on or taken off."""
        tags.apply(state.marks, tag, mark, groups=self.groups)

    def consent(self, state: State, consent: Consent) -> None:
        """A decision arrives."""
        state.consents[consent.subject] = consents.newest(state.consents.get(consent.subject), consent)

    def merge(self, survivor: State, merged: State) -> None:
        """Folds what a merged customer had into its survivor."""
        for name, held in merged.attributes.items():
            survivor.attributes[name] = attributes.merge(self.definitions[name], survivor.attributes.get(name), held)
        marks = [*merged.marks.items(), *survivor.marks.items()]
        survivor.marks = {}
        tags.apply_all(survivor.marks, marks, self.groups)
        for consent in merged.consents.values():
            self.consent(survivor, consent)

    def difference(self, before: State, after: State) -> Difference:
        """What is different in ``after`` once what has ended is taken off it.

        Values that only changed their origin are kept and not told.
        """
        tags.end(after.marks, self.now)
        turned = {name for name, time in before.turning.items() if time <= self.now}
        changed = {
            name: held
            for name, held in after.attributes.items()
            if name in turned or before.attributes.get(name) != held
        }
        had, has = tags.present(before.marks), tags.present(after.marks)
        told, holds = (tags.with_those_above(each, self.groups) for each in (had, has)) if has or had else (had, has)
        return Difference(
            changed,
            {name: held.value for name, held in changed.items() if held.value != _value(before, name)},
            dict(self._derived(before, changed, turned)),
            {tag: mark for tag, mark in after.marks.items() if before.marks.get(tag) != mark},
            tuple(sorted(holds - told)),
            tuple(sorted(told - holds)),
            tuple(c for subject, c in after.consents.items() if before.consents.get(subject) != c),
            had != has,
        )

    def _derived(
        self, before: State, changed: Mapping[str, Held], turned: Collection[str]
    ) -> Iterator[tuple[str, Held]]:
        for name, held in changed.items():
            for each in self.definitions[name].derived:
                value = deriving.derive(each.derivation, held.value, self.now)
                if name in turned or value != deriving.derive(each.derivation, _value(before, name), self.now):
                    yield each.name, held._replace(value=value)


def _value(state: State, name: str) -> Scalar:
    held = state.attributes.get(name)
    return None if held is None else held.value
