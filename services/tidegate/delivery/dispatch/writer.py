"""Makes what an adapter sends: renders templates at the moment of sending, and marks what is to be tracked."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from tidegate.channels import Manifest, OutboundMessage, Outcome, Scope
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.dispatch.queue import Waiting
from tidegate.delivery.links.decorate import Crowded, Decorator, Rendered
from tidegate.delivery.links.room import WAYS_OUT
from tidegate.delivery.model import COUNTED
from tidegate.delivery.templates.compiled import Catalog, CompiledTemplate, RenderError
from tidegate.delivery.templates.fitting import unfit
from tidegate.delivery.vault import Vault
from tidegate.runtime.clock import from_micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import DataLoss

LOG = structlog.get_logger(__name__)
Written = OutboundMessage | Outcome
_CLOSED = "what the message says can't be opened; put the key, or the row, back"
_CROWDED = Outcome.rate_limited(f"no short code is free; {WAYS_OUT}", scope=Scope.MESSAGE)


class Writer:
    """Renders the messages of one line."""

    def __init__(self, database: Database, vault: Vault, catalog: Catalog, decorator: Decorator) -> None:
        self._database = database
        self._vault = vault
        self._catalog = catalog
        self._decorator = decorator

    def write(self, line: Line, group: Sequence[Waiting]) -> dict[str, Written]:
        """What to send, by message; an Outcome where a message can't be rendered."""
        with self._database.read() as connection:
            names = {one.granted.message.template_id for one in group}
            templates = self._catalog.get(connection, names)
        rendered: list[Rendered] = []
        written: dict[str, Written] = {}
        for waiting in group:
            message = waiting.granted.message
            try:
                variables = self._vault.variables(message.message_id, waiting.content)
                rendered.append(_render(line, waiting, templates, variables))
            except RenderError as error:
                LOG.warning("template.not_rendered", template_id=message.template_id, error=str(error))
                written[message.message_id] = Outcome.content_rejected(str(error)[:500], scope=Scope.TEMPLATE)
            except DataLoss as error:
                LOG.exception("message.not_opened", message_id=message.message_id, reason=error.reason)
                written[message.message_id] = Outcome.retryable(f"{error.reason}: {_CLOSED}")
        written.update(self._address(line.channel.manifest, group, rendered))
        return written

    def _address(
        self, manifest: Manifest, group: Sequence[Waiting], rendered: Sequence[Rendered]
    ) -> dict[str, Written]:
        if not rendered:
            return {}
        waiting = {one.granted.message.message_id: one for one in group}
        decorated = self._decorator.decorate(rendered)
        return {
            before.message_id: _written(manifest, waiting[before.message_id], one)
            for before, one in zip(rendered, decorated, strict=True)
        }


def _render(
    line: Line, waiting: Waiting, templates: Mapping[str, CompiledTemplate], variables: Mapping[str, Any]
) -> Rendered:
    message = waiting.granted.message
    template = templates[message.template_id]
    content = template.render(
        message.channel,
        message.language or waiting.granted.locale,
        variables,
        account_id=line.account.account_id,
    )
    return Rendered(
        message.message_id,
        message.customer_id,
        message.channel,
        message.campaign_id,
        marketing=message.message_class in COUNTED,
        content=content,
        purpose=message.purpose,
        brand=message.brand,
    )


def _written(manifest: Manifest, waiting: Waiting, rendered: Rendered | Crowded) -> Written:
    """What to send; an Outcome where there is no code for it, or the provider would not take its variables."""
    if isinstance(rendered, Crowded):
        return _CROWDED
    problem = unfit(manifest, rendered.content.variables) if rendered.content.variables else ""
    return Outcome.content_rejected(problem) if problem else _outbound(waiting, rendered)


def _outbound(waiting: Waiting, rendered: Rendered) -> OutboundMessage:
    granted = waiting.granted
    return OutboundMessage(
        message_id=granted.message.message_id,
        address=granted.address.value,
        content=rendered.content,
        idempotency_key=granted.message.message_id,
        attempt=granted.message.attempts + 1,
        unsubscribe_url=rendered.unsubscribe_url,
        expire_time=from_micros(granted.message.expire_time),
    )
