"""Making and changing templates, and looking at what they give."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from tidegate.delivery.links.marks import MarkKind, replace_marks, replace_marks_in_html
from tidegate.delivery.templates import store
from tidegate.delivery.templates.compiled import Catalog, CompiledTemplate, RenderError
from tidegate.delivery.templates.model import ProviderTemplate, Template, TemplateState
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound

_SHOWN_UNSUBSCRIBE = "https://example.com/unsubscribe"
Parts = Mapping[str, str]


class Keeping:
    """The operations on templates."""

    def __init__(self, database: Database, clock: Clock, catalog: Catalog) -> None:
        self._database = database
        self._clock = clock
        self._catalog = catalog

    def create(self, template: Template) -> Template:
        """Makes a template. Raises AlreadyExists."""
        now = micros(self._clock.now())
        new = replace(template, create_time=now, update_time=now)
        if not self._database.run(lambda connection: store.create(connection, new)):
            raise AlreadyExists("template", new.template_id)
        return new

    def update(self, template_id: str, etag: str, change: Callable[[Template], Template]) -> Template:
        """Puts what ``change`` makes of it in its place; other contents are another version."""

        def changed(before: Template) -> Template:
            if etag and etag != before.etag:
                raise Aborted("template", template_id)
            _refuse_archived(before)
            after = change(before)
            same = (after.contents, after.variables) == (before.contents, before.variables)
            return after if same else replace(after, version=before.version + 1)

        return self._change(template_id, changed)

    def set_state(self, template_id: str, state: TemplateState) -> Template:
        """Moves it to another state; archived is final."""

        def changed(before: Template) -> Template:
            if state is not before.state:
                _refuse_archived(before)
            return replace(before, state=state)

        return self._change(template_id, changed)

    def set_provider(self, template_id: str, provider: ProviderTemplate) -> Template:
        """Notes what a provider says of it, in the place of what the account's provider said before."""

        def changed(before: Template) -> Template:
            dated = replace(provider, update_time=micros(self._clock.now()))
            others = [one for one in before.provider_templates if one.account_id != provider.account_id]
            return replace(before, provider_templates=(*others, dated))

        return self._change(template_id, changed)

    def get(self, template_id: str) -> Template:
        """The template. Raises NotFound."""
        return self._compiled(template_id).template

    def page(self, *, after: str, limit: int, state: TemplateState | None) -> Sequence[Template]:
        """Up to ``limit`` templates behind an id."""
        with self._database.read() as connection:
            return store.page(connection, after=after, limit=limit, state=state)

    def preview(
        self,
        template: CompiledTemplate,
        channels: Sequence[str],
        language: str,
        variables: Mapping[str, Any],
    ) -> list[tuple[str, str, Parts]]:
        """Channel, language chosen and parts, for each of ``channels`` (none: all that have content).

        Links stand as they are. Raises InvalidArgument when a variable is missing or wrong.
        """
        kept = template.template
        filled = {
            **{one.name: one.sample for one in kept.variables if one.sample and one.default is None},
            **variables,
        }
        wanted = channels or sorted({content.channel for content in kept.contents})
        problems = list(template.problems(wanted, filled))
        if problems:
            raise InvalidArgument.at(*problems[0])
        return [(channel, *_rendered(template, channel, language, filled)) for channel in wanted]

    def saved(self, template_id: str) -> CompiledTemplate:
        """A saved template, to be previewed. Raises NotFound."""
        return self._compiled(template_id)

    def unsaved(self, template: Template) -> CompiledTemplate:
        """A template that isn't saved, to be previewed."""
        return self._catalog.compile(template)

    def _compiled(self, template_id: str) -> CompiledTemplate:
        with self._database.read() as connection:
            found = self._catalog.get(connection, [template_id])
        if template_id not in found:
            raise NotFound("template", template_id)
        return found[template_id]

    def _change(self, template_id: str, change: Callable[[Template], Template]) -> Template:
        def work(connection: sa.Connection) -> Template:
            before = store.lock(connection, template_id)
            if before is None:
                raise NotFound("template", template_id)
            now = micros(self._clock.now())
            after = replace(change(before), revision=before.revision + 1, update_time=now)
            store.replace(connection, after)
            return after

        return self._database.run(work)


def _refuse_archived(template: Template) -> None:
    if template.state is TemplateState.ARCHIVED:
        raise FailedPrecondition(
            f"template {template.template_id} is archived; make a new one",
            reason="TEMPLATE_ARCHIVED",
            state=template.state.name,
        )


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
