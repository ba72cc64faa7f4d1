"""What the tests of the e-mail adapter share."""

import asyncio
from collections.abc import Sequence
from typing import Any

from tidegate.channels import Account, Content, OutboundMessage, Outcome
from tidegate_adapters.email import EmailChannel, Security, SmtpSettings
from tidegate_simulators.mail import MailSink


def account(sink: MailSink, **changes: Any) -> Account[SmtpSettings]:
    settings: dict[str, Any] = {
        "host": sink.host,
        "port": sink.port,
        "security": Security.NONE,
        "sender": "Example Shop <news@example.com>",
        "timeout": 1.0,
        "connections": 4,
    }
    return Account("relay", "email", SmtpSettings(**{**settings, **changes}))


def message(number: int = 0, **changes: Any) -> OutboundMessage:
    values: dict[str, Any] = {
        "message_id": f"m{number}",
        "address": f"c{number}@example.org",
        "content": Content(template="hello.v1", subject="Hello", text=f"Message {number}\n"),
    }
    return OutboundMessage(**{**values, **changes})


def send(to: Account[SmtpSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
    async def within() -> Sequence[Outcome]:
        channel = EmailChannel()
        try:
            return await channel.send(to, batch)
        finally:
            await channel.close()

    return asyncio.run(within())


def send_one(to: Account[SmtpSettings], **changes: Any) -> Outcome:
    (outcome,) = send(to, [message(**changes)])
    return outcome
