"""A company whose vendors tell what became of its messages, and who allows more, while its delivery is killed.

All is sent before; then each round has its own receipts, answers and taps. A vendor tells again what was not answered.
"""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.delivery.service import build
from tidegate.delivery.store.tables import CALLBACKS
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import FileClock
from tidegate.runtime.db import Database
from tidegate_simulators.weixin import Push

from support.delivery.adapter import Told
from support.delivery.clouds import KEY, MINI, MINI_OPENID, SECRETS, TOKEN, Clouds, box, simulated
from support.delivery.shop import Shop
from support.delivery.worker import Orders
from support.ports import unused_port
from support.sealed import opened
from support.server import serving

ROUND = timedelta(minutes=1)
FATES = {"DELIVERED": "delivered", "MOBILE_NOT_ON_SERVICE": "bounced", "MK:0001": "bounced"}
"""What the vendor says, and what becomes of the message: the second is no number of anybody, the third is off."""
_EACH = ("DELIVERED", "DELIVERED", "MOBILE_NOT_ON_SERVICE", "MK:0001")
_TEMPLATE, _SALE = "T-sale", "sale"
_PATIENCE = 20.0
_BY_ITSELF = 6.0
"""Seconds in which a worker dies that comes as far as it is to."""


@dataclass
class Vendors:
    """What the vendors tell, round by round. ``fates`` are the states that the messages are to end in.

    ``dead`` are the customers whose numbers are nobody's, ``refusing`` those who answer that they want no more, by
    round; ``taps`` are those of each openid, as they were told last.
    """

    clouds: Clouds
    clock: FileClock
    orders: Orders
    database: Database
    fates: dict[str, str] = field(default_factory=dict)
    dead: list[int] = field(default_factory=list)
    refusing: list[tuple[int, str]] = field(default_factory=list)
    tappers: dict[str, int] = field(default_factory=dict)
    taps: dict[str, list[Push]] = field(default_factory=dict)
    round: int = 0

    def prepare(self, rounds: int) -> None:
        """Sends the messages of all rounds; the vendor knows in each round what became of its own."""
        for openid in ("ann", "bob", "eve"):
            self.tappers[openid] = self.clouds.lead((MINI_OPENID, openid))
        for number in range(rounds):
            self.clouds.aliyun.account.result_after = (number + 1) * ROUND.total_seconds()
            messages, results = [], dict[str, str]()
            for index, result in enumerate(_EACH):
                phone = f"+86138{number:04d}{index:04d}"
                customer_id = self.clouds.lead(("phone", phone))
                self.clouds.aliyun.account.results[phone] = result
                results[phone] = result
                name = Value(string_value=f"客{number}{index}")
                values = {"name": name, "target": Value(string_value="https://s.example")}
                messages.append(self.clouds.shop.message(customer_id, "sms", template_id=_SALE, variables=values))
                if index == 0:
                    self.refusing.append((customer_id, phone))
                elif result == "MOBILE_NOT_ON_SERVICE":
                    self.dead.append(customer_id)
            ids = self.clouds.shop.send(*messages)
            self.clouds.shop.final(*ids)
            self.fates |= dict(zip(ids, (FATES[one] for one in results.values()), strict=True))

    def dies(self, point: int) -> bool:
        """A round in which a worker dies at a commit of callbacks; at any moment, with 0. Whether it died by itself.

        What the one before has left is applied first.
        """
        worker = replace(self.orders, crash_at=point, crash_of="callbacks").start()
        ready = Path(self.orders.folder) / f"ready-{worker.pid}"
        self._await(lambda: worker.exitcode is not None or (ready.exists() and not self.waiting()))
        assert worker.exitcode is None, "the worker has failed: workers.log says why"
        self.orders.armed(worker.pid or 0).touch()
        timer = threading.Timer(random.uniform(0.0, 0.3), worker.kill)
        if not point:
            timer.start()
        self.tell(worker)
        worker.join(_BY_ITSELF)
        died = worker.exitcode == -signal.SIGKILL
        timer.cancel()
        worker.kill()
        worker.join(_PATIENCE)
        return died

    def tell(self, worker: ForkServerProcess) -> None:
        """One round more: what is new, and what was not answered before.

        In two rounds of four the answer of a customer is the first callback, and applied before the others come.
        """
        self.clock.advance(ROUND)
        _, phone = self.refusing[self.round]
        self.clouds.aliyun.reply(phone, "R")
        if self.round % 4 < 2:
            self._tell_answers()
            self._await(lambda: worker.exitcode is not None or not self.waiting())
        for openid in self.tappers:
            push = self.clouds.mini.decides(openid, accept=[_TEMPLATE])
            assert push is not None
            self.taps.setdefault(openid, []).append(push)
        self.round += 1
        self.tell_again()

    def _tell_answers(self) -> None:
        receipts = self.clouds.aliyun.receipts
        url, receipts.url = receipts.url, ""
        self.clouds.aliyun.push()
        receipts.url = url

    def tell_again(self) -> None:
        """What is due, and the taps of which nobody has taken word."""
        self.clouds.aliyun.push()
        assert self.clouds.mini.callbacks is not None
        for taps in self.taps.values():
            for number, push in enumerate(taps):
                if not push.wait(_PATIENCE).taken:
                    taps[number] = self.clouds.mini.callbacks.tell_again(push)
        for taps in self.taps.values():
            for push in taps:
                push.wait(_PATIENCE)

    @property
    def is_told(self) -> bool:
        """Whether everything was answered."""
        aliyun = self.clouds.aliyun
        assert not aliyun.receipts.dropped
        assert not aliyun.answers.dropped
        untold = aliyun.receipts.waiting + aliyun.answers.waiting
        return not untold and all(push.taken for taps in self.taps.values() for push in taps)

    def waiting(self) -> int:
        """How many callbacks are stored and not applied."""
        waiting = sa.select(sa.func.count()).select_from(CALLBACKS).where(CALLBACKS.c.state == "waiting")
        with self.database.read() as connection:
            return connection.scalars(waiting).one()

    @staticmethod
    def _await(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "it does not come"
            time.sleep(0.01)


@contextmanager
def vendors_of(folder: Path, database_url: str, *, start: datetime, rounds: int) -> Iterator[Vendors]:
    """The company with all messages sent, and nothing told yet; delivery is not served."""
    clock, port = FileClock.create(folder / "clock", start), unused_port()
    given: dict[str, Any] = {"clock": clock, "database_url": database_url, "secrets": SECRETS}
    with ExitStack() as stack:
        company = stack.enter_context(simulated(clock))
        suite = serving(folder, builders={"identity": build_identity}, **given)
        identity = stack.enter_context(suite).process.addresses["identity"]
        orders = Orders(
            folder=str(folder),
            database_url=database_url,
            identity=identity,
            journal="",
            clock=str(folder / "clock"),
            lease_seconds=1.0,
            adapters=box,
            own={"http_port": port},
            secrets=SECRETS,
        )
        with delivery(folder, orders, clock) as served:
            database = stack.enter_context(opened(served.process.settings, "delivery"))
            shop = Shop(served, clock, Told(), channels=("email",))
            vendors = Vendors(company(shop), clock, orders, database)
            clouds = vendors.clouds
            clouds.sms_account("sms-a", clouds.aliyun)
            url = clouds.wechat_account("mini", "wechat.subscription", MINI)
            pusher = clouds.mini.call_back(url, token=TOKEN, encoding_aes_key=KEY, json=True)
            clouds.mini.account.add_template(_TEMPLATE, ["thing1"])
            parts = {"name": "{{ name }}", "code": "{{ target | track_code('sale') }}"}
            said = {"sms": parts, "wechat.subscription": {"thing1.value": "{{ name }}", "link": "pages/sale"}}
            clouds.template(_SALE, said, name=6, target=200)
            clouds.approved(_SALE, sms_a="SMS_LEAD", mini=_TEMPLATE)
            pusher.repeats = 0  # a vendor that repeats at once finds nobody
            vendors.prepare(rounds)
        yield vendors


@contextmanager
def delivery(folder: Path, orders: Orders, clock: FileClock) -> Iterator[Any]:
    """Delivery in this process, as the orders say."""
    with serving(
        folder,
        clock=clock,
        database_url=orders.database_url,
        builders={"delivery": partial(build, registry=box(clock))},
        identity={"address": orders.identity},
        delivery=dict(orders.own),
        secrets=SECRETS,
    ) as suite:
        yield suite
