"""Counts what customers granted of providers' templates before these were entered here."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tidegate.delivery.allowances import store
from tidegate.delivery.allowances.recording import Recording
from tidegate.delivery.callbacks import meaning
from tidegate.delivery.templates.providers import Ours, ProviderTemplates
from tidegate.runtime.db import Database

_MOST = 500


@dataclass(frozen=True, slots=True)
class Entering:
    """Looks for what has waited for a template."""

    database: Database
    recording: Recording
    templates: ProviderTemplates

    def step(self) -> bool:
        """Counts a batch; False when none has waited for a template that is entered."""
        with self.database.read() as connection:
            if not store.any_awaits(connection):
                return False
            ours = self.templates.all(connection)
        return bool(ours) and self.database.run(lambda connection: self._enter(connection, ours))

    def _enter(self, connection: sa.Connection, ours: Mapping[str, Ours]) -> bool:
        known = {(account_id, name) for account_id, named in ours.items() for name in named}
        waited = store.take_entered(connection, known, limit=_MOST)
        told = [
            meaning.entered(one, template_id)
            for one in waited
            for template_id in ours[one.account_id][one.provider_template]
        ]
        if told:
            self.recording.keep(connection, told)
        return bool(waited)
