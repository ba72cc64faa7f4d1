"""Templates ready to render, compiled once for each change of them and kept."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import jinja2
import sqlalchemy as sa

from tidegate.channels import Content
from tidegate.delivery.links.marks import mark_unsubscribe
from tidegate.delivery.templates import store
from tidegate.delivery.templates.language import UNSUBSCRIBE_URL, environment_of
from tidegate.delivery.templates.model import ProviderState, Template, TemplateContent, TemplateState
from tidegate.delivery.templates.parameters import filled
from tidegate.delivery.templates.values import rendered_form, variable_problems

_UNSUBSCRIBE = mark_unsubscribe()
_MOST_KEPT = 10_000


class RenderError(Exception):
    """A template can't be rendered with what it was given; the text says why, without what was given."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One content, its parts compiled."""

    language: str
    parts: Sequence[tuple[str, jinja2.Template]]


class CompiledTemplate:
    """A template of one revision; safe to share between threads."""

    def __init__(self, template: Template, zone: tzinfo) -> None:
        """``zone`` is the company's, in which instants are shown."""
        self.template = template
        self._zone = zone
        self._variables = {variable.name: variable for variable in template.variables}
        self._defaults = {
            variable.name: rendered_form(variable.default, zone)
            for variable in template.variables
            if variable.default is not None
        }
        self._contents: dict[str, dict[str, _Compiled]] = {}
        for content in template.contents:
            self._contents.setdefault(content.channel, {})[content.language.lower()] = _compile(content)
        self._providers = {one.account_id: one for one in template.provider_templates}
        self._name = f"{template.template_id}@{template.version}"

    def usable(self, channel: str, account_id: str = "") -> bool:
        """Whether it is active, has content for ``channel``, and wasn't refused by the account's provider."""
        provider = self._providers.get(account_id)
        return (
            self.template.state is TemplateState.ACTIVE
            and channel in self._contents
            and (provider is None or provider.state is not ProviderState.REJECTED)
        )

    def problems(self, channels: Sequence[str], variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with a message of this template: paths within the message, and what would be right.

        ``variables`` are in their stored form.
        """
        for index, channel in enumerate(channels):
            if channel not in self._contents:
                known = ", ".join(sorted(self._contents))
                yield (
                    f"channels[{index}]",
                    f"template {self.template.template_id} has no content for {channel}, but for {known}",
                )
        for name, problem in variable_problems(self._variables, variables):
            yield f"variables.{name}", problem

    def render(self, channel: str, language: str, variables: Mapping[str, Any], *, account_id: str = "") -> Content:
        """What is said, with marks where links are to be replaced. Raises RenderError.

        ``variables`` are in their stored form; ``language`` is what the customer reads.
        """
        _, parts = self.render_parts(channel, language, variables)
        provider = self._providers.get(account_id)
        try:
            filling = filled(provider, parts)
        except KeyError as error:
            raise RenderError(f"{self._name} has no part {error}, which a variable of {account_id} needs") from error
        return Content(
            template=self._name,
            subject=parts.get("subject", ""),
            text=parts.get("text", ""),
            html=parts.get("html", ""),
            link=parts.get("link", ""),
            provider_template=provider.provider_template_id if provider else "",
            variables=filling,
        )

    def render_parts(self, channel: str, language: str, variables: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """The language chosen and the parts by name, with marks. Raises RenderError."""
        content = self._choose(channel, language)
        try:
            given = {name: rendered_form(value, self._zone) for name, value in variables.items() if value is not None}
            values = {**self._defaults, **given, UNSUBSCRIBE_URL: _UNSUBSCRIBE}
            return content.language, {name: _rendered(part, values) for name, part in content.parts}
        except jinja2.UndefinedError as error:
            raise RenderError(f"{self._name}: {error.message}") from error
        except Exception as error:  # what a template does to its values is foreign code
            raise RenderError(f"{self._name}: {type(error).__name__} in a filter or a comparison") from error

    def _choose(self, channel: str, language: str) -> _Compiled:
        """The content in the language, else in its base language, the default one, or any."""
        contents = self._contents.get(channel)
        if not contents:
            raise RenderError(f"{self._name} has no content for {channel}")
        for wanted in (language, language.partition("-")[0], self.template.default_language, ""):
            if wanted.lower() in contents:
                return contents[wanted.lower()]
        return next(iter(contents.values()))


class Catalog:
    """Keeps compiled templates; one for each replica of the service."""

    def __init__(self, zone: tzinfo) -> None:
        """``zone`` is the company's."""
        self._zone = zone
        self._lock = threading.Lock()
        self._kept: dict[str, CompiledTemplate] = {}

    def get(self, connection: sa.Connection, template_ids: Collection[str]) -> Mapping[str, CompiledTemplate]:
        """Those of the templates that exist, as the transaction of ``connection`` sees them.

        One statement while nothing has changed.
        """
        revisions = store.revisions(connection, template_ids)
        found = {name: self._kept[name] for name, revision in revisions.items() if self._is_fresh(name, revision)}
        stale = revisions.keys() - found.keys()
        for template in store.load(connection, stale) if stale else ():
            found[template.template_id] = self._keep(self.compile(template))
        return found

    def compile(self, template: Template) -> CompiledTemplate:
        """A template that isn't saved."""
        return CompiledTemplate(template, self._zone)

    def _is_fresh(self, template_id: str, revision: int) -> bool:
        kept = self._kept.get(template_id)
        return kept is not None and kept.template.revision == revision

    def _keep(self, compiled: CompiledTemplate) -> CompiledTemplate:
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept = {}
            self._kept[compiled.template.template_id] = compiled
        return compiled


def _rendered(part: jinja2.Template, values: dict[str, Any]) -> str:
    """Like its render(), which copies the environment's globals each time: templates of ours have none."""
    return "".join(part.root_render_func(part.new_context(values, shared=True)))


def _compile(content: TemplateContent) -> _Compiled:
    parts = [(name, environment_of(name).from_string(source)) for name, source in content.parts.items()]
    return _Compiled(content.language, parts)
