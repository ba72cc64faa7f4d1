"""Pure: the part of Jinja that templates may use, and what is wrong with a source.

The sandbox keeps a template from reaching Python; it does not keep one from eating time and memory
(`{{ 'a' * 10**8 }}`). So the syntax itself is limited to substitution, conditions and listed filters, none of
which makes much out of little.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tidegate.delivery.links.addresses import is_web_address
from tidegate.delivery.links.marks import mark_code, mark_link
from tidegate.delivery.templates.model import VariableType

UNSUBSCRIBE_URL = "unsubscribe_url"
"""The variable that every template has: where one click ends messages of this kind."""

_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Filter,
    nodes.Keyword,
    nodes.Const,
    nodes.If,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
)
_BUILT_IN = (
    "abs", "capitalize", "default", "e", "escape", "first", "float", "int", "last", "length", "lower",
    "striptags", "title", "trim", "truncate", "upper", "urlencode",
)  # fmt: skip


class _Environment(ImmutableSandboxedEnvironment):
    """Gives templates values, and no methods of values."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return not callable(value) and super().is_safe_attribute(obj, attr, value)


def _date(value: datetime, pattern: str = "%Y-%m-%d") -> str:
    """An instant by strftime's pattern, in the company's zone."""
    if not isinstance(value, datetime):
        raise ValueError("date needs an instant")
    return value.strftime(pattern)


def _join(values: Sequence[object], separator: str = ", ") -> str:
    """A list's texts; Jinja's own also takes texts apart, and so makes much out of little."""
    if isinstance(values, str) or len(separator) > _LONGEST_SEPARATOR:
        raise ValueError(f"join needs a list and a separator of at most {_LONGEST_SEPARATOR} characters")
    return separator.join(str(value) for value in values)


def _round(value: float, digits: int = 0) -> float:
    """A number to so many digits; Jinja's own takes any power of ten."""
    if not 0 <= digits <= _MOST_DIGITS:
        raise ValueError(f"round needs 0 to {_MOST_DIGITS} digits")
    return round(value, digits) if digits else round(value)


_TOO_DEEP = "is nested too deeply; make it flatter"
_LONGEST_SEPARATOR = 16
_MOST_DIGITS = 10
_TRACKING = {"track": mark_link, "track_code": mark_code}
_TRACKED = frozenset({VariableType.URL, VariableType.TEXT})
_TAKES = {"date": frozenset({VariableType.TIMESTAMP}), "track": _TRACKED, "track_code": _TRACKED}
_OWN = {"date": _date, "join": _join, "round": _round, **_TRACKING}


def _environment(*, autoescape: bool) -> _Environment:
    environment = _Environment(
        autoescape=autoescape, undefined=StrictUndefined, keep_trailing_newline=True, cache_size=0
    )
    filters = {name: environment.filters[name] for name in _BUILT_IN}
    environment.filters = {**filters, **_OWN}
    environment.globals.clear()
    environment.tests = {}
    return environment


HTML = _environment(autoescape=True)
"""For parts that are HTML: what variables hold is text there, never markup."""

TEXT = _environment(autoescape=False)
"""For all other parts."""


def environment_of(part: str) -> ImmutableSandboxedEnvironment:
    """The environment of a part of a content, by its name."""
    return HTML if part == "html" else TEXT


def problems(part: str, source: str, declared: Mapping[str, VariableType]) -> Iterator[str]:
    """What is wrong with the source of a part, for its author to read; nothing when it may be saved."""
    environment = environment_of(part)
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        yield f"line {error.lineno}: {error.message}"
        return
    except RecursionError:
        yield _TOO_DEEP
        return
    forbidden = list(_forbidden(tree))
    yield from forbidden
    yield from _misfits(tree, declared)
    for name in sorted({node.name for node in tree.find_all(nodes.Name)} - {*declared, UNSUBSCRIBE_URL}):
        yield f"uses {name}, which is not declared; add it to the variables, or correct the name"
    if not forbidden and not _compiles(source, environment):
        yield _TOO_DEEP


def _compiles(source: str, environment: ImmutableSandboxedEnvironment) -> bool:
    """Compiling works out constants, as everything that walks the tree with Jinja's compiler does."""
    try:
        environment.from_string(source)
    except (RecursionError, SyntaxError):
        return False
    return True


def _forbidden(tree: nodes.Template) -> Iterator[str]:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _NODES):
            kind = type(node).__name__
            yield f"line {node.lineno}: {kind} is not allowed; use values, conditions and filters"
        elif isinstance(node, nodes.Filter):
            yield from _wrong_filter(node)


def _misfits(tree: nodes.Template, declared: Mapping[str, VariableType]) -> Iterator[str]:
    """Filters on variables of a type that they can do nothing with."""
    for node in tree.find_all(nodes.Filter):
        kind = declared.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        takes = _TAKES.get(node.name)
        if kind is not None and takes is not None and kind not in takes:
            fitting = " or ".join(sorted(takes))
            yield f"line {node.lineno}: {node.name} needs a variable of type {fitting}, and this one is {kind}"


def _wrong_filter(node: nodes.Filter) -> Iterator[str]:
    if node.name not in TEXT.filters:
        known = ", ".join(sorted(TEXT.filters))
        yield f"line {node.lineno}: there is no filter {node.name}; there are {known}"
    elif node.name in _TRACKING and _is_no_address(node.node):
        yield f"line {node.lineno}: what is tracked must be an absolute http or https address"


def _is_no_address(node: nodes.Node | None) -> bool:
    """Whether it is a constant that can't be an address; what a variable holds is not known yet."""
    return isinstance(node, nodes.Const) and not is_web_address(str(node.value))
