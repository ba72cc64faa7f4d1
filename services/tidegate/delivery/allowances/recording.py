"""RecordInteractions: keeps what customers did, each once, and what that allows or ends."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from tidegate.api.common.v1 import common_pb2
from tidegate.channels import SettingsError, UnknownChannel
from tidegate.delivery.allowances import store
from tidegate.delivery.allowances.model import GrantKey, Interaction, InteractionKind
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.dispatch.lines import Lines
from tidegate.delivery.gatekeeper import Lane
from tidegate.delivery.instants import DAY
from tidegate.delivery.model import Account
from tidegate.delivery.store import accounts, granting
from tidegate.delivery.templates.compiled import Catalog
from tidegate.runtime.db import Database
from tidegate.runtime.errors import FailedPrecondition, InvalidArgument, NotFound, TidegateError

Reported = tuple[Interaction, common_pb2.Identifier]
"""An interaction as it was reported, of nobody and no address yet, and who did it."""


class Recording:
    """Records what customers did on platforms."""

    def __init__(
        self, database: Database, *, contacts: Contacts, catalog: Catalog, lines: Lines, kept_days: int
    ) -> None:
        """Interactions are kept for ``kept_days``: later nobody could tell whether one was recorded before."""
        self._database = database
        self._contacts = contacts
        self._catalog = catalog
        self._lines = lines
        self._kept_days = kept_days

    def record(self, reported: Mapping[int, Reported]) -> dict[int, tuple[Interaction, bool] | TidegateError]:
        """For each: with its customer, and whether it had been recorded before; or why it was refused.

        Raises grpc.RpcError when identity is away.
        """
        refused = self._refused(reported)
        found = [index for index in reported if index not in refused]
        known = self._contacts.resolve([reported[index][1] for index in found]) if found else []
        told = {
            index: self._told(reported[index], answer if isinstance(answer, int) else 0)
            for index, answer in zip(found, known, strict=True)
        }
        fresh = self._database.run(lambda connection: self.keep(connection, list(told.values()))) if told else set()
        answers: dict[int, tuple[Interaction, bool] | TidegateError] = {**refused}
        for index, one in told.items():
            key = (one.account_id, one.interaction_id)
            answers[index] = one, key not in fresh
            fresh.discard(key)
        return answers

    def _told(self, reported: Reported, customer_id: int) -> Interaction:
        interaction, identifier = reported
        key = self._contacts.key((identifier.namespace, identifier.value))
        return interaction._replace(address_key=key, customer_id=customer_id)

    def _refused(self, reported: Mapping[int, Reported]) -> dict[int, TidegateError]:
        """Of accounts and templates that are not there, and of identifiers that the account can't reach."""
        with self._database.read() as connection:
            wanted = {one.account_id for one, _ in reported.values()}
            templates = self._catalog.get(connection, {one.template_id for one, _ in reported.values()} - {""})
            made = {one.account_id: one for one in accounts.find(connection) if one.account_id in wanted}
        lanes = {account_id: lane_of(self._lines, account) for account_id, account in made.items()}
        refused: dict[int, TidegateError] = {}
        for index, (one, identifier) in reported.items():
            lane = lanes.get(one.account_id)
            if lane is None:
                refused[index] = NotFound("account", one.account_id)
            elif isinstance(lane, TidegateError):
                refused[index] = lane
            elif one.record_time - one.time > self._kept_days * DAY:
                path = f"interactions[{index}].time"
                refused[index] = InvalidArgument.at(path, f"must be within the last {self._kept_days} days")
            elif one.template_id and one.template_id not in templates:
                refused[index] = NotFound("template", one.template_id)
            elif identifier.namespace != lane.namespace:
                path = f"interactions[{index}].identifier.namespace"
                refused[index] = InvalidArgument.at(path, f"must be {lane.namespace}, in which {one.account_id} sends")
        return refused

    def keep(self, connection: sa.Connection, interactions: Sequence[Interaction]) -> set[tuple[str, str]]:
        """Keeps interactions of accounts that are there; returns which had not been recorded before.

        Those of templates that are not entered yet are kept for later.
        """
        fresh = store.keep(connection, interactions)
        first: dict[tuple[str, str], Interaction] = {}
        for one in interactions:
            first.setdefault((one.account_id, one.interaction_id), one)
        self._apply(connection, [one for key, one in first.items() if key in fresh])
        return fresh

    def _apply(self, connection: sa.Connection, fresh: Sequence[Interaction]) -> None:
        openings = [one for one in fresh if one.kind is InteractionKind.WINDOW_OPENING]
        if openings:
            openings.sort(key=lambda one: one.time)
            store.open_windows(connection, {one.opening: (one.customer_id, one.time) for one in openings})
        grants = [one for one in fresh if one.kind is not InteractionKind.WINDOW_OPENING and not one.provider_template]
        if grants:
            store.ensure_grants(connection, {one.grant: one.customer_id for one in grants})
            _count(connection, grants)


def lane_of(lines: Lines, account: Account) -> Lane | TidegateError:
    """How the account sends, paused or not; or why it can't."""
    try:
        return lines.line(account).lane
    except (UnknownChannel, SettingsError) as error:
        return FailedPrecondition(str(error), reason="ACCOUNT_UNUSABLE")


def _count(connection: sa.Connection, grants: Sequence[Interaction]) -> None:
    """Refusals first: a refusal counts what was granted after it from all that is kept, these ones included."""
    refusals: dict[GrantKey, int] = {}
    granted: dict[GrantKey, list[tuple[int, int]]] = {}
    for one in grants:
        if one.kind is InteractionKind.REFUSAL:
            refusals[one.grant] = max(refusals.get(one.grant, 0), one.time)
        else:
            granted.setdefault(one.grant, []).append((one.time, one.credits))
    store.lock_grants(connection, {*refusals, *granted})
    recounted = granting.refuse(connection, refusals) if refusals else frozenset()
    granting.add(connection, {key: several for key, several in granted.items() if key not in recounted})
