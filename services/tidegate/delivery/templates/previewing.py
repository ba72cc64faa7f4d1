"""Looking at what templates give, for nobody in particular or for a customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.channels.kinds import SMS, kind_named
from tidegate.channels.sms import parts_to
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.dispatch.lines import Lines
from tidegate.delivery.links.marks import MarkKind, replace_marks, replace_marks_in_html
from tidegate.delivery.model import ContactPoints
from tidegate.delivery.templates.carriers import Carriers
from tidegate.delivery.templates.compiled import Catalog, CompiledTemplate, RenderError
from tidegate.delivery.templates.model import Preview, Template, Wanted
from tidegate.runtime.db import Database
from tidegate.runtime.errors import InvalidArgument, NotFound

_SHOWN_UNSUBSCRIBE = "https://example.com/unsubscribe"
Parts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Addressee:
    """Of a customer, as much as changes what they get."""

    locale: str
    reached: frozenset[str]
    number: str


class Previewing:
    """The operation behind RenderPreview."""

    def __init__(
        self, database: Database, catalog: Catalog, *, carriers: Carriers, contacts: Contacts, lines: Lines
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._carriers = carriers
        self._contacts = contacts
        self._lines = lines

    def saved(self, template_id: str) -> CompiledTemplate:
        """A saved template. Raises NotFound."""
        with self._database.read() as connection:
            found = self._catalog.get(connection, [template_id])
        if template_id not in found:
            raise NotFound("template", template_id)
        return found[template_id]

    def unsaved(self, template: Template) -> CompiledTemplate:
        """A template that isn't saved. Raises InvalidArgument for what a channel can't carry."""
        with self._database.read() as connection:
            self._carriers.check(connection, template)
        return self._catalog.compile(template)

    def preview(self, template: CompiledTemplate, wanted: Wanted) -> list[Preview]:
        """One for each of the channels (none: all that have content). Links stand as they are.

        Raises InvalidArgument when a variable is missing or wrong, and NotFound for a customer.
        """
        kept = template.template
        samples = {one.name: one.sample for one in kept.variables if one.sample and one.default is None}
        filled = {**samples, **wanted.variables}
        channels = wanted.channels or sorted({content.channel for content in kept.contents})
        problems = list(template.problems(channels, filled))
        if problems:
            raise InvalidArgument.at(*problems[0])
        addressee = self._addressee(wanted.customer_id, channels) if wanted.customer_id else None
        language = wanted.language or (addressee.locale if addressee else "")
        previews = []
        for channel in channels:
            chosen, parts = _rendered(template, channel, language, filled)
            count = _sms_parts(channel, parts, addressee, wanted.signature)
            has_address = channel in addressee.reached if addressee else None
            previews.append(Preview(channel, chosen, parts, count, has_address))
        return previews

    def _addressee(self, customer_id: int, channels: Sequence[str]) -> _Addressee:
        namespaces = {channel: self._namespaces(channel) for channel in channels}
        asked = frozenset[str]().union(*namespaces.values())
        reached = self._contacts.of([customer_id], asked)
        points = reached.points.get(reached.canonical(customer_id))
        if points is None:
            raise NotFound("customer", customer_id)
        having = {one.namespace for one in points.addresses}
        there = frozenset(channel for channel, names in namespaces.items() if names & having)
        return _Addressee(points.locale, there, _number(points))

    def _namespaces(self, channel: str) -> frozenset[str]:
        """Where the channel's addresses are: as its accounts say, else as is usual for its kind."""
        lanes = [line.lane for line in self._lines.active() if line.lane.channel == channel]
        return frozenset(lane.namespace for lane in lanes) or frozenset({kind_named(channel).namespace})


def _number(points: ContactPoints) -> str:
    """The number that would be written to; empty for none."""
    return next((one.value for one in points.addresses if one.namespace == SMS.namespace), "")


def _sms_parts(channel: str, parts: Parts, addressee: _Addressee | None, signature: str) -> int:
    if channel != SMS.name:
        return 0
    return parts_to(addressee.number if addressee else "", parts.get("text", ""), signature)


def _rendered(
    template: CompiledTemplate, channel: str, language: str, variables: Mapping[str, Any]
) -> tuple[str, Parts]:
    try:
        chosen, parts = template.render_parts(channel, language, variables)
    except RenderError as error:
        raise InvalidArgument.at("variables", str(error), reason="NOT_RENDERED") from error
    return chosen, {name: _shown(name, text) for name, text in parts.items()}


def _shown(name: str, text: str) -> str:
    return (replace_marks_in_html if name == "html" else replace_marks)(text, _as_it_is)


def _as_it_is(kind: MarkKind, target: str, _label: str) -> str:
    return _SHOWN_UNSUBSCRIBE if kind is MarkKind.UNSUBSCRIBE else target
