"""The channel `webhook` keeps the channel contract, against a gateway that checks with the standard's own library."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from support.ports import unused_port
from tidegate.channels import Answered, AnyChannel, Callback, Outcome, OutcomeKind, Receipt, ReceiptKind
from tidegate.channels.testing import ChannelContract, Fault, Sample
from tidegate_adapters.webhook import WebhookChannel
from tidegate_simulators.web import Entry
from tidegate_simulators.web import Fault as Wrong
from tidegate_simulators.webhook import SECRET, WebhookEndpoint, signed

OTHER = "whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgbWFueSBieXRlcw=="
FAULTS = {
    Fault.CLOSED_BEFORE_TAKING: Entry(Wrong.CLOSE_BEFORE_TAKING),
    Fault.CLOSED_AFTER_TAKING: Entry(Wrong.CLOSE_AFTER_TAKING),
    Fault.SILENT_AFTER_TAKING: Entry(Wrong.SILENT_AFTER_TAKING),
    Fault.SLOW: Entry(Wrong.SLOW),
    Fault.THROTTLING: Entry(Wrong.REFUSE, "http:429"),
    Fault.UNKNOWN_RECIPIENT: Entry(Wrong.REFUSE, "invalid_recipient", address="device-1"),
    Fault.REFUSED_CONTENT: Entry(Wrong.REFUSE, "content_rejected"),
    Fault.UNKNOWN_REFUSAL: Entry(Wrong.REFUSE, "http:418"),
}


class TestWebhookContract(ChannelContract):
    secrets = {"gateway": SECRET, "old": OTHER}  # noqa: RUF012 - as the contract declares it
    believed_for = timedelta(minutes=5)

    def setup_method(self) -> None:
        self.gateway = WebhookEndpoint()
        self.gateway.start()
        self.port, self.secret = "", "gateway"

    def teardown_method(self) -> None:
        self.gateway.stop()

    def make_channel(self) -> AnyChannel:
        return WebhookChannel(private_networks=["127.0.0.0/8"])

    def settings(self) -> Mapping[str, object]:
        url = f"http://127.0.0.1:{self.port}/" if self.port else self.gateway.settings["url"]
        return {**self.gateway.settings, "url": url, "secret": self.secret, "timeout": 1.0}

    def address(self, number: int) -> str:
        return f"device-{number}"

    def received(self) -> Sequence[str]:
        return [str(message["message_id"]) for message in self.gateway.messages]

    @contextmanager
    def provoke(self, fault: Fault) -> Iterator[None]:
        if fault is Fault.UNREACHABLE:
            self.port = str(unused_port())
        elif fault is Fault.BAD_CREDENTIALS:
            self.secret = "old"
        else:
            self.gateway.script.add(FAULTS[fault])
        yield
        self.port, self.secret = "", "gateway"
        self.gateway.script.clear()

    def samples(self, time: datetime) -> Sequence[Sample]:
        bounce = {"message_id": "m2", "outcome": "invalid_recipient", "code": "gone", "detail": "no such device"}
        answer = {"address": "device-7", "text": "stop it", "refuses": True}
        dead = Outcome(OutcomeKind.INVALID_RECIPIENT, provider_code="gone", detail="no such device")
        later = time - timedelta(seconds=9)
        return [
            self.told(
                "message.delivered",
                {"id": "gateway-1", "time": later.isoformat()},
                time,
                [Receipt(kind=ReceiptKind.DELIVERED, time=later, provider_id="gateway-1")],
            ),
            self.told(
                "message.bounced",
                bounce,
                time,
                [Receipt(kind=ReceiptKind.BOUNCED, time=time, message_id="m2", outcome=dead)],
            ),
            self.told(
                "message.answered",
                answer,
                time,
                [
                    Answered(
                        report_id="evt-message.answered",
                        address="device-7",
                        text="stop it",
                        is_refusal=True,
                        time=time,
                    )
                ],
            ),
            self.told("battery.low", {"message_id": "m3"}, time, []),
            self.told("message.opened", {"time": "yesterday"}, time, []),
        ]

    def told(
        self, kind: str, data: Mapping[str, object], time: datetime, reports: Sequence[Receipt | Answered]
    ) -> Sample:
        event = {"type": kind, "timestamp": time.isoformat(), "data": data}
        headers, body = signed(SECRET, event, time, f"evt-{kind}")
        return Sample(callback=Callback(method="POST", headers=headers, body=body, time=time), reports=reports, body="")

    def forged(self, time: datetime) -> Sequence[Callback]:
        good = self.samples(time)[0].callback
        headers, _ = signed(OTHER, {"type": "message.delivered", "data": {}}, time)
        changed = [{**good.headers, "webhook-id": "evt-2"}, {**good.headers, "webhook-signature": "v1,"}]
        return [
            replace(good, headers=headers),
            replace(good, body=good.body.replace(b"gateway-1", b"gateway-2")),
            replace(good, headers={}),
            *(replace(good, headers=one) for one in changed),
        ]
