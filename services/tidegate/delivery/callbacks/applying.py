"""Applies what providers told: one transaction for all reports of a batch, which also ends their callbacks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
import structlog

from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import changes_pb2
from tidegate.api.identity.v1 import events_pb2
from tidegate.channels import Answered, Granted, Happened, Receipt, Report, WindowOpened
from tidegate.delivery.allowances.model import Interaction
from tidegate.delivery.allowances.recording import Recording
from tidegate.delivery.announce import Announcer
from tidegate.delivery.callbacks import meaning, store
from tidegate.delivery.callbacks.model import CallbackState
from tidegate.delivery.callbacks.sharing import lines_of
from tidegate.delivery.contacts import Contacts
from tidegate.delivery.dispatch.lines import Line
from tidegate.delivery.policy import suppressions
from tidegate.delivery.policy.model import SuppressionCause
from tidegate.delivery.receipts import Receipts
from tidegate.delivery.store.receipts import Receipt as Kept
from tidegate.delivery.templates.providers import ProviderTemplates
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database

LOG = structlog.get_logger(__name__)
MARKETING = "marketing"
"""The purpose from which an answer that refuses withdraws consent."""
SOURCE = "answer"
_ERASED = "ERASED"


class Reading(NamedTuple):
    """What stands in a callback that came to an account; ``beside`` are others of the same addresses."""

    callback_id: str
    line: Line
    reports: Sequence[Report]
    beside: Sequence[Line] = ()

    @property
    def addressed(self) -> Iterator[tuple[Line, Report]]:
        """Each report with the accounts that it is of."""
        return ((line, one) for one in self.reports for line in lines_of(self.line, one, self.beside))

    @property
    def needs_identity(self) -> bool:
        """Whether identity has to be asked or told."""
        return any(not isinstance(one, Receipt) for one in self.reports)


class Known(NamedTuple):
    """What identity answered: the customers of addresses (namespace, value), and the callbacks that it refuses."""

    customers: Mapping[tuple[str, str], int]
    refused: Collection[str] = ()


NOBODY = Known({})
_Addressed = WindowOpened | Granted | Answered


class Effects(NamedTuple):
    """All that a batch is to do."""

    receipts: Sequence[Kept]
    interactions: Sequence[Interaction]
    refusals: Sequence[tuple[Line, Answered]]


@dataclass(frozen=True, slots=True)
class Applying:
    """Applies reports."""

    database: Database
    clock: Clock
    receipts: Receipts
    recording: Recording
    announcer: Announcer
    contacts: Contacts
    templates: ProviderTemplates

    def ask(self, readings: Sequence[Reading]) -> Known:
        """Tells identity what happened, and asks whose addresses they are. Raises grpc.RpcError when it is away.

        Told again, identity counts nothing twice.
        """
        refused = self._tell(readings)
        addresses = sorted({_address(line, one) for _, line, one in _all(readings) if isinstance(one, _Addressed)})
        asked = [common_pb2.Identifier(namespace=namespace, value=value) for namespace, value in addresses]
        found = self.contacts.resolve(asked) if asked else []
        customers = {
            address: one for address, one in zip(addresses, found, strict=True) if isinstance(one, int) and one
        }
        return Known(customers, refused)

    def apply(self, readings: Sequence[Reading], known: Known, *, token: str) -> list[tuple[str, CallbackState]]:
        """Applies those that nobody else has taken since; returns how each of them ended."""
        now = micros(self.clock.now())
        effects = self._effects(readings, known, now)
        of_callback = {one.callback_id: each for one, each in zip(readings, effects, strict=True)}
        return self.database.run(lambda connection: self._apply(connection, of_callback, known, token, now))

    def _apply(
        self, connection: sa.Connection, effects: Mapping[str, Effects], known: Known, token: str, now: int
    ) -> list[tuple[str, CallbackState]]:
        ours = store.still_ours(connection, effects, token=token)
        wanted = [one for key, one in effects.items() if key in ours]
        receipts = [one for each in wanted for one in each.receipts]
        if receipts:
            self.receipts.record_within(connection, receipts)
        interactions = [one for each in wanted for one in each.interactions]
        if interactions:
            self.recording.keep(connection, interactions)
        self._refuse(connection, [one for each in wanted for one in each.refusals], known, now)
        ended: list[tuple[str, CallbackState]] = []
        done, failed = ours - set(known.refused), ours & set(known.refused)
        for ids, state in ((done, CallbackState.DONE), (failed, CallbackState.FAILED)):
            store.end(connection, ids, state, now)
            ended += [(one, state) for one in sorted(ids)]
        return ended

    def _effects(self, readings: Sequence[Reading], known: Known, now: int) -> list[Effects]:
        said = [
            [
                kept
                for line, one in reading.addressed
                if isinstance(one, Receipt)
                for kept in meaning.receipts(line.account.account_id, line.channel.manifest, one, now)
            ]
            for reading in readings
        ]
        keyed = iter(self.receipts.keyed([one for each in said for one in each]))
        ours = self._templates(readings)
        return [
            Effects(
                [next(keyed) for _ in each],
                list(self._interactions(reading, known, ours, now)),
                [(reading.line, one) for one in reading.reports if isinstance(one, Answered) and one.is_refusal],
            )
            for reading, each in zip(readings, said, strict=True)
        ]

    def _interactions(
        self, reading: Reading, known: Known, ours: Mapping[str, Mapping[str, list[str]]], now: int
    ) -> Iterator[Interaction]:
        for line, one in reading.addressed:
            if not isinstance(one, _Addressed):
                continue
            account_id, address = line.account.account_id, _address(line, one)
            template_ids = ours.get(account_id, {})
            if isinstance(one, Granted) and one.provider_template not in template_ids:
                LOG.warning(
                    "callback.template_unknown",
                    account_id=account_id,
                    provider_template=one.provider_template,
                    remedy="SetProviderTemplate",
                )
            for interaction in meaning.interactions(account_id, one, template_ids, now):
                whose = known.customers.get(address, 0)
                yield interaction._replace(address_key=self.contacts.key(address), customer_id=whose)

    def _templates(self, readings: Sequence[Reading]) -> Mapping[str, Mapping[str, list[str]]]:
        """Our templates by account and by their code at its provider."""
        granted = {line.account.account_id for _, line, one in _all(readings) if isinstance(one, Granted)}
        if not granted:
            return {}
        with self.database.read() as connection:
            return self.templates.of(connection, granted)

    def _refuse(
        self, connection: sa.Connection, refusals: Sequence[tuple[Line, Answered]], known: Known, now: int
    ) -> None:
        """Who answers that they want no more is sent no more marketing; an address that is nobody's, nothing."""
        for line, answer in refusals:
            namespace, value = _address(line, answer)
            customer_id, channel = known.customers.get((namespace, value), 0), line.account.channel
            vault, cause = self.announcer.vault, SuppressionCause.UNSUBSCRIBE
            if not customer_id:
                suppressions.suppress_address(connection, vault, namespace, value, channel, cause, now, holder_id=0)
                continue
            brand = line.account.brands[0] if len(line.account.brands) == 1 else ""
            suppressions.suppress_customer(connection, vault, customer_id, channel, MARKETING, brand, cause, now)
            withdrawn = changes_pb2.ConsentWithdrawn(purpose=MARKETING, channel=channel, brand=brand, source=SOURCE)
            change = changes_pb2.Change(consent_withdrawn=withdrawn)
            self.announcer.changes(connection, [(change, customer_id, now)])

    def _tell(self, readings: Sequence[Reading]) -> set[str]:
        """Tells identity the events; returns the callbacks of those that it will never take."""
        told = [
            (
                callback_id,
                line.account.account_id,
                meaning.event(line.account.account_id, line.account.channel, line.lane.namespace, one),
            )
            for callback_id, line, one in _all(readings)
            if isinstance(one, Answered | Happened)
        ]
        refused = set[str]()
        results = self.contacts.happened([one for _, _, one in told])
        for (callback_id, account_id, one), result in zip(told, results, strict=True):
            if _is_refused(result):
                LOG.error(
                    "callback.event_refused",
                    account_id=account_id,
                    callback_id=callback_id,
                    event=one.name,
                    reason=result.error.reason,
                    fields=[each.field for each in result.error.field_violations],
                )
                refused.add(callback_id)
        return refused


def _is_refused(result: events_pb2.EventResult) -> bool:
    """Whether the event can't be taken as it stands; one of a person who was erased is dropped."""
    return result.HasField("error") and result.error.reason != _ERASED


def _all(readings: Sequence[Reading]) -> Iterator[tuple[str, Line, Report]]:
    return ((one.callback_id, line, report) for one in readings for line, report in one.addressed)


def _address(line: Line, report: _Addressed) -> tuple[str, str]:
    return line.lane.namespace, report.address
