"""Pure: how long what a part renders may become, and whether it may hold a link, read off its source."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from jinja2 import nodes

from tidegate.delivery.links.codes import SHORT
from tidegate.delivery.templates.language import TEXT, UNSUBSCRIBE_URL, environment_of
from tidegate.delivery.templates.model import Variable, VariableType


class Extent(NamedTuple):
    """Up to so many characters; None: there is no telling. ``has_link``: it may hold an address of the web."""

    length: int | None
    has_link: bool = False


_LINK = Extent(None, has_link=True)
_UNKNOWN = Extent(None)
_OF_TYPE = {
    VariableType.NUMBER: Extent(24),
    VariableType.BOOL: Extent(5),
    VariableType.TIMESTAMP: Extent(32),
    VariableType.URL: _LINK,
}
_SAME = frozenset({"capitalize", "first", "last", "lower", "striptags", "title", "trim", "upper"})
_NUMBERS = frozenset({"abs", "float", "int", "length", "round"})
_LEEWAY = 5
_LONGEST_DAY = datetime(2026, 9, 30, 22, 50, 50)  # noqa: DTZ001  (Wednesday in September: only its length counts)


def extent(part: str, source: str, variables: Mapping[str, Variable]) -> Extent:
    """What the part with this source, which is known to be right, may become."""
    return _joined(_of(node, variables) for node in environment_of(part).parse(source).body)


def _of(node: nodes.Node | None, variables: Mapping[str, Variable]) -> Extent:
    match node:
        case nodes.TemplateData():
            return _text(node.data)
        case nodes.Const():
            return _text(str(node.value))
        case nodes.Output():
            return _joined(_of(one, variables) for one in node.nodes)
        case nodes.Name():
            return _variable(node.name, variables)
        case nodes.Filter():
            return _filtered(node, variables)
        case nodes.Compare() | nodes.Not():
            return _OF_TYPE[VariableType.BOOL]
        case nodes.Getattr() | nodes.Getitem():
            return _of(node.node, variables)
    return _longest(_joined(_of(one, variables) for one in one_of) for one_of in _alternatives(node))


def _alternatives(node: nodes.Node | None) -> Sequence[Sequence[nodes.Node]]:
    """What may stand in the place of a condition; nothing else has alternatives."""
    match node:
        case nodes.If():
            return [node.body, node.else_, *(one.body for one in node.elif_)]
        case nodes.CondExpr():
            return [[node.expr1], [node.expr2] if node.expr2 else []]
        case nodes.And() | nodes.Or():
            return [[node.left], [node.right]]
    return []


def _text(text: str) -> Extent:
    return Extent(len(text), has_link="://" in text)


def _variable(name: str, variables: Mapping[str, Variable]) -> Extent:
    if name == UNSUBSCRIBE_URL:
        return _LINK
    variable = variables.get(name)
    if variable is None:
        return _UNKNOWN
    return _OF_TYPE.get(variable.type) or Extent(variable.max_length)


def _filtered(node: nodes.Filter, variables: Mapping[str, Variable]) -> Extent:
    if node.name == "track_code":
        return Extent(SHORT)
    if node.name == "track":
        return _LINK
    if node.name in _NUMBERS:
        return _OF_TYPE[VariableType.NUMBER]
    before = _of(node.node, variables)
    if node.name in _SAME:
        return before
    if node.name == "truncate":
        return _truncated(node, before)
    if node.name == "default":
        return _longest([before, *(_of(one, variables) for one in node.args[:1])])
    if node.name == "date":
        return _date(node)
    return _UNKNOWN._replace(has_link=before.has_link)


def _truncated(node: nodes.Filter, before: Extent) -> Extent:
    """Jinja leaves texts that are longer by a few characters, the leeway, as they are."""
    given: dict[str, nodes.Node] = dict(zip(("length", "killwords", "end", "leeway"), node.args, strict=False))
    given |= {str(one.key): one.value for one in node.kwargs if isinstance(one, nodes.Keyword)}
    length, leeway = _number(given.get("length"), 255), _number(given.get("leeway"), _LEEWAY)
    if length is None or leeway is None:
        return before
    shortest = [one for one in (before.length, length + leeway) if one is not None]
    return Extent(min(shortest), before.has_link)


def _number(node: nodes.Node | None, default: int) -> int | None:
    if node is None:
        return default
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, int) else None


def _date(node: nodes.Filter) -> Extent:
    pattern = node.args[0] if node.args else nodes.Const("%Y-%m-%d")
    if not isinstance(pattern, nodes.Const):
        return _UNKNOWN
    return _text(str(TEXT.filters["date"](_LONGEST_DAY, str(pattern.value))))


def _joined(extents: Iterable[Extent]) -> Extent:
    several = list(extents)
    lengths = [one.length for one in several if one.length is not None]
    known = len(lengths) == len(several)
    return Extent(sum(lengths) if known else None, any(one.has_link for one in several))


def _longest(extents: Iterable[Extent]) -> Extent:
    several = list(extents) or [_UNKNOWN]
    lengths = [one.length for one in several if one.length is not None]
    known = len(lengths) == len(several)
    return Extent(max(lengths) if known else None, any(one.has_link for one in several))
