"""Tags: what is on a customer after marks arrive in any order.

Each tag remembers its newest mark, put on or taken off; of marks of the same time the one that arrived last
counts. In an exclusive group the newest tag stands, and the others count as taken off when it was put on. A tag that
has ended by itself is as it was put on, and only on no more: whatever arrives late meets the same marks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from tidegate.identity.model import TagGroup, TagMark

LONGEST_NAME = 64
MOST_ABOVE = 8
_GROUP = re.compile(r"[a-z][a-z0-9_.-]{0,62}")

Marks = dict[str, TagMark]


class WrongTag(ValueError):
    """The tag cannot be used; the text says what would be right."""


def group_of(tag: str) -> str:
    """What stands before the `=`, empty for a tag without a group."""
    return tag.partition("=")[0] if "=" in tag else ""


def check(tag: str, groups: Mapping[str, TagGroup]) -> None:
    """Refuses a tag that is malformed or that its closed group does not list."""
    group, name = (group_of(tag), tag.partition("=")[2]) if "=" in tag else ("", tag)
    if not name.strip() or len(name) > LONGEST_NAME or "=" in name or not name.isprintable():
        raise WrongTag(f"must be `group=name` or `name`, the name of 1 to {LONGEST_NAME} characters without `=`")
    if "=" in tag and not _GROUP.fullmatch(group):
        raise WrongTag("the group is a lower-case letter, then lower-case letters, digits, `_`, `.`, or `-`")
    rules = groups.get(group)
    if rules is not None and rules.closed and name not in rules.names:
        raise WrongTag(f"group `{group}` is closed and has no tag `{name}`; add it to the group first")


def apply(marks: Marks, tag: str, mark: TagMark, *, groups: Mapping[str, TagGroup]) -> None:
    """Lets ``mark`` arrive for ``tag`` among a customer's ``marks``."""
    current = marks.get(tag)
    if current is not None and current.time > mark.time:
        return
    marks[tag] = mark
    group = group_of(tag)
    if mark.was_put_on and group in groups and groups[group].exclusive:
        _exclude(marks, tag, [other for other in marks if other != tag and group_of(other) == group])


def apply_all(marks: Marks, arriving: Iterable[tuple[str, TagMark]], groups: Mapping[str, TagGroup]) -> None:
    """Lets several marks arrive, the oldest first, those of the same time in their order."""
    for tag, mark in sorted(arriving, key=lambda item: item[1].time):
        apply(marks, tag, mark, groups=groups)


def end(marks: Marks, now: int) -> None:
    """Takes off what was put on until an instant that has come."""
    for tag, mark in marks.items():
        if mark.present and not mark.is_on(now):
            marks[tag] = mark._replace(present=False)


def present(marks: Mapping[str, TagMark]) -> set[str]:
    """The tags that are on the customer."""
    return {tag for tag, mark in marks.items() if mark.present}


def with_those_above(found: Iterable[str], groups: Mapping[str, TagGroup]) -> set[str]:
    """Tags with all that stand above them."""
    return {each for tag in found for each in (tag, *_above(tag, groups))}


def with_those_below(tag: str, groups: Mapping[str, TagGroup]) -> list[str]:
    """A tag with all that stand below it."""
    group = group_of(tag)
    names = groups[group].parents if group in groups else ()
    return [tag, *(below for name in names if tag in _above(below := f"{group}={name}", groups))]


def obstacle(name: str, parents: Mapping[str, str]) -> str:
    """Why a tag cannot stand where ``parents`` has it; empty if it can."""
    seen = [name]
    while (parent := parents.get(seen[-1])) is not None:
        if parent in seen:
            return "stands above itself: " + " under ".join(f"`{each}`" for each in (*seen, parent))
        seen.append(parent)
    return f"has {len(seen) - 1} tags above it; the limit is {MOST_ABOVE}" if len(seen) > MOST_ABOVE + 1 else ""


def _above(tag: str, groups: Mapping[str, TagGroup]) -> Iterator[str]:
    group, separator, name = tag.partition("=")
    parents = groups[group].parents if separator and group in groups else {}
    while name in parents:
        name = parents[name]
        yield f"{group}={name}"


def _exclude(marks: Marks, arrived: str, others: Iterable[str]) -> None:
    """Leaves on either ``arrived`` or the one of ``others`` that was put on later."""
    for other in others:
        if not marks[other].was_put_on:
            continue
        newer, older = (other, arrived) if marks[other].time > marks[arrived].time else (arrived, other)
        marks[older] = TagMark(present=False, time=marks[newer].time, source=marks[newer].source)
