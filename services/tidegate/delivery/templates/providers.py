"""Which of our templates a provider's template stands for."""

import threading
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from tidegate.delivery.templates import store
from tidegate.delivery.templates.model import Template

Ours = Mapping[str, list[str]]
"""The ids of our templates by the provider's."""


class ProviderTemplates:
    """Knows them as long as no template changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[tuple[int, int], dict[str, dict[str, list[str]]]] = (-1, -1), {}

    def of(self, connection: sa.Connection, account_ids: Collection[str]) -> Mapping[str, Ours]:
        """Those of accounts, as SetProviderTemplate says them."""
        known = self.all(connection)
        return {account_id: known[account_id] for account_id in account_ids if account_id in known}

    def all(self, connection: sa.Connection) -> Mapping[str, Ours]:
        """Those of all accounts."""
        with self._lock:
            standing = store.standing(connection)
            if standing != self._known[0]:
                self._known = standing, _by_account(store.page(connection, after="", limit=standing[0], state=None))
            return self._known[1]


def _by_account(templates: Collection[Template]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for template in templates:
        for one in template.provider_templates:
            if one.provider_template_id:
                ours = found.setdefault(one.account_id, {})
                ours.setdefault(one.provider_template_id, []).append(template.template_id)
    return found
