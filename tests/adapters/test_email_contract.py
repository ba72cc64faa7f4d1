"""The channel `email` keeps the channel contract, over real sockets against the mail sink."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime

from support.ports import unused_port
from support.returned_mails import NAMES, mail
from tidegate.channels import AnyChannel, Callback, Outcome, OutcomeKind, Receipt, ReceiptKind, Scope
from tidegate.channels.testing import ChannelContract, Fault, Sample
from tidegate_adapters.email import EmailChannel
from tidegate_adapters.email.return_paths import ReturnPaths, Way
from tidegate_simulators.mail import MailSink, Moment, Step

RETURN_KEY = "a key of our own for tests"
PATHS = ReturnPaths(RETURN_KEY, bounces="bounce@b.example.com", unsubscriptions="unsub@b.example.com")
MESSAGE = "0193c0de-7abc-7def-8123-456789abcdef"
FULL = Outcome(OutcomeKind.RETRYABLE, Scope.RECIPIENT, "", "550 5.2.2", "it came back with a text, without a status")
STEPS = {
    Fault.CLOSED_BEFORE_TAKING: (Moment.DATA, Step(close=True)),
    Fault.CLOSED_AFTER_TAKING: (Moment.KEPT, Step(close=True)),
    Fault.SILENT_AFTER_TAKING: (Moment.KEPT, Step(delay=5.0)),
    Fault.SLOW: (Moment.END, Step(delay=0.25)),
    Fault.THROTTLING: (Moment.RCPT, Step("451 4.7.0 too many messages from you")),
    Fault.UNKNOWN_RECIPIENT: (Moment.RCPT, Step("550 5.1.1 <customer-1@example.org>: unknown user")),
    Fault.REFUSED_CONTENT: (Moment.END, Step("550 5.6.0 this looks like an advertisement")),
    Fault.UNKNOWN_REFUSAL: (Moment.RCPT, Step("557 5.9.9 the stars are not right")),
}


class TestEmailContract(ChannelContract):
    secrets = {"relay": "correct-horse", "old": "wrong-horse", "returns": RETURN_KEY}  # noqa: RUF012 - as the contract declares it
    simulator_loggers = ("mail.log",)

    def setup_method(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.sink = MailSink(credentials=("tidegate", "correct-horse"))
        self.sink.start()
        self.port = self.sink.port
        self.password = "relay"

    def teardown_method(self) -> None:
        self.sink.stop()
        logging.getLogger("mail.log").setLevel(logging.NOTSET)

    def make_channel(self) -> AnyChannel:
        return EmailChannel()

    def settings(self) -> Mapping[str, object]:
        return {
            "host": self.sink.host,
            "port": self.port,
            "security": "none",
            "sender": "Example Shop <news@example.com>",
            "username": "tidegate",
            "password": self.password,
            "timeout": 1.5,
            "bounce_address": "bounce@b.example.com",
            "unsubscribe_address": "unsub@b.example.com",
            "return_key": "returns",
        }

    def samples(self, time: datetime) -> Sequence[Sample]:
        said = (
            ("unsubscribe", ReceiptKind.UNSUBSCRIBED, None),
            ("arf_abuse", ReceiptKind.COMPLAINED, None),
            ("postfix_delivered", ReceiptKind.DELIVERED, None),
            ("exim", ReceiptKind.BOUNCED, FULL),
        )
        vacation = Sample(callback=self.posted("vacation", PATHS, time))
        return [
            vacation,
            *(
                Sample(
                    callback=self.posted(name, PATHS, time),
                    reports=[Receipt(kind=kind, time=time, message_id=MESSAGE, outcome=outcome)],
                )
                for name, kind, outcome in said
            ),
        ]

    def forged(self, time: datetime) -> Sequence[Callback]:
        others = ReturnPaths("a key of theirs", bounces="bounce@b.example.com", unsubscriptions="unsub@b.example.com")
        return [self.posted(name, others, time) for name in NAMES]

    def posted(self, name: str, paths: ReturnPaths, time: datetime) -> Callback:
        body = mail(
            name,
            bounce=paths.address(Way.BOUNCE, MESSAGE),
            unsubscribe=paths.address(Way.UNSUBSCRIBE, MESSAGE),
            id=MESSAGE,
        )
        dated = re.sub(rb"(?m)^((?:Arrival-)?Date:) .*\r$", b"\\1 %s\r" % format_datetime(time).encode(), body)
        headers = {"content-type": "message/rfc822; charset=binary"}
        return Callback(method="POST", headers=headers, body=dated, time=time)

    def address(self, number: int) -> str:
        return f"customer-{number}@example.org"

    def received(self) -> Sequence[str]:
        return [mail.message_id.partition("@")[0] for mail in self.sink.mails]

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        before = self.port, self.password
        if fault is Fault.UNREACHABLE:
            self.port = unused_port()
        elif fault is Fault.BAD_CREDENTIALS:
            self.password = "old"
        else:
            moment, step = STEPS[fault]
            only = self.address(1) if fault is Fault.UNKNOWN_RECIPIENT else ""
            self.sink.at(moment, step, address=only)
        yield
        self.port, self.password = before
        self.sink.script.clear()
