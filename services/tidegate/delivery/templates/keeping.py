"""Making and changing templates."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from tidegate.delivery.announce import Announcer
from tidegate.delivery.store import rejections
from tidegate.delivery.templates import store
from tidegate.delivery.templates.announcing import changed as announce_changed
from tidegate.delivery.templates.carriers import Carriers
from tidegate.delivery.templates.model import ProviderTemplate, Template, TemplateState
from tidegate.delivery.templates.pausing import given_back
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Aborted, AlreadyExists, FailedPrecondition, NotFound


class Keeping:
    """The operations on templates."""

    def __init__(self, database: Database, clock: Clock, *, carriers: Carriers, announcer: Announcer) -> None:
        self._announcer = announcer
        self._database = database
        self._clock = clock
        self._carriers = carriers

    def create(self, template: Template) -> Template:
        """Makes a template. Raises AlreadyExists, and InvalidArgument for what a channel can't carry."""
        now = micros(self._clock.now())
        new = replace(template, create_time=now, update_time=now)

        def work(connection: sa.Connection) -> bool:
            self._carriers.check(connection, new)
            made = store.create(connection, new)
            if made:
                announce_changed(connection, self._announcer, new)
            return made

        if not self._database.run(work):
            raise AlreadyExists("template", new.template_id)
        return new

    def update(self, template_id: str, etag: str, change: Callable[[Template], Template]) -> Template:
        """Puts what ``change`` makes of it in its place; other contents are another version."""

        def changed(connection: sa.Connection, before: Template) -> Template:
            if etag and etag != before.etag:
                raise Aborted("template", template_id)
            _refuse_archived(before)
            after = change(before)
            same = (after.contents, after.variables) == (before.contents, before.variables)
            if same:
                return after
            self._carriers.check(connection, after)
            rejections.forget(connection, template_id)
            return replace(given_back(after), version=before.version + 1)

        return self._change(template_id, changed)

    def set_state(self, template_id: str, state: TemplateState) -> Template:
        """Moves it to another state; archived is final. Active is offered to all providers again."""

        def changed(connection: sa.Connection, before: Template) -> Template:
            if state is not before.state:
                _refuse_archived(before)
            if state is not TemplateState.ACTIVE:
                return replace(before, state=state, state_reason="")
            rejections.forget(connection, template_id)
            return replace(given_back(before), state=state, state_reason="")

        return self._change(template_id, changed)

    def set_provider(self, template_id: str, provider: ProviderTemplate) -> Template:
        """Notes what a provider says of it, in the place of what the account's provider said before.

        Raises InvalidArgument where the contents do not fill the variables of the provider's template.
        """

        def changed(connection: sa.Connection, before: Template) -> Template:
            self._carriers.check_provider(connection, before, provider)
            rejections.forget(connection, template_id, provider.account_id)
            dated = replace(provider, update_time=micros(self._clock.now()))
            others = [one for one in before.provider_templates if one.account_id != provider.account_id]
            return replace(before, provider_templates=(*others, dated))

        return self._change(template_id, changed)

    def get(self, template_id: str, version: int = 0) -> Template:
        """The template as it is, or with the contents and variables of a version. Raises NotFound."""
        with self._database.read() as connection:
            found = store.load(connection, [template_id])
            old = store.version(connection, template_id, version) if found and version else None
        if not found:
            raise NotFound("template", template_id)
        if not version:
            return found[0]
        if old is None:
            raise NotFound("template version", f"{template_id}@{version}")
        return replace(found[0], version=version, contents=old.contents, variables=old.variables)

    def page(self, *, after: str, limit: int, state: TemplateState | None) -> Sequence[Template]:
        """Up to ``limit`` templates behind an id."""
        with self._database.read() as connection:
            return store.page(connection, after=after, limit=limit, state=state)

    def _change(self, template_id: str, change: Callable[[sa.Connection, Template], Template]) -> Template:
        def work(connection: sa.Connection) -> Template:
            before = store.lock(connection, template_id)
            if before is None:
                raise NotFound("template", template_id)
            now = micros(self._clock.now())
            after = replace(change(connection, before), revision=before.revision + 1, update_time=now)
            store.replace(connection, after)
            announce_changed(connection, self._announcer, after)
            return after

        return self._database.run(work)


def _refuse_archived(template: Template) -> None:
    if template.state is TemplateState.ARCHIVED:
        raise FailedPrecondition(
            f"template {template.template_id} is archived; make a new one",
            reason="TEMPLATE_ARCHIVED",
            state=template.state.name,
        )
