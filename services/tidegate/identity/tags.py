"""Tags: what is on a customer after marks arrive in any order.

Each tag remembers its newest mark, put on or taken off; of marks of the same time the one that arrived last
counts. In an exclusive group the newest tag stands, and the others count as taken off when it was put on.
"""

import re
from collections.abc import Iterable, Mapping

from tidegate.identity.model import TagGroup, TagMark

LONGEST_NAME = 64
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
    if mark.present and group in groups and groups[group].exclusive:
        _exclude(marks, tag, [other for other in marks if other != tag and group_of(other) == group])


def apply_all(marks: Marks, arriving: Iterable[tuple[str, TagMark]], groups: Mapping[str, TagGroup]) -> None:
    """Lets several marks arrive, the oldest first, those of the same time in their order."""
    for tag, mark in sorted(arriving, key=lambda item: item[1].time):
        apply(marks, tag, mark, groups=groups)


def present(marks: Mapping[str, TagMark]) -> set[str]:
    """The tags that are on the customer."""
    return {tag for tag, mark in marks.items() if mark.present}


def _exclude(marks: Marks, arrived: str, others: Iterable[str]) -> None:
    """Leaves on either ``arrived`` or the one of ``others`` that was put on later."""
    for other in others:
        if not marks[other].present:
            continue
        newer, older = (other, arrived) if marks[other].time > marks[arrived].time else (arrived, other)
        marks[older] = TagMark(present=False, time=marks[newer].time, source=marks[newer].source)
