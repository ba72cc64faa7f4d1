"""What the tests of `push.apns` share: accounts, messages, and a server that says what it is told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from hyperframe.frame import Frame, SettingsFrame
from tidegate.channels import Account, Content, OutboundMessage, Outcome, Secret
from tidegate_adapters.apns import ApnsChannel, ApnsSettings
from tidegate_simulators.apns import ApnsSimulator
from tidegate_simulators.apns.simulator import KEY_ID, TEAM_ID, TOPIC
from tidegate_simulators.apns.tokens import SigningKey

KEY = SigningKey.make(KEY_ID, TEAM_ID)


def device(number: int) -> str:
    """A device token, a different one for each number."""
    return f"{number + 1:064x}"


def message(number: int = 0, *, expire_time: datetime | None = None, **parts: Any) -> OutboundMessage:
    """A message to a device; the parts are Content's."""
    content = Content(**({"text": "hello"} | parts))
    return OutboundMessage(message_id=f"m{number}", address=device(number), content=content, expire_time=expire_time)


def settings(**given: Any) -> ApnsSettings:
    """Settings of an account with the key KEY."""
    usual: dict[str, Any] = {"key": Secret(KEY.p8), "key_id": KEY_ID, "team_id": TEAM_ID, "topic": TOPIC}
    return ApnsSettings(**(usual | given))


def account(apple: ApnsSimulator, **given: Any) -> Account[ApnsSettings]:
    """An account that sends through the simulator."""
    facts = {name: value for name, value in apple.settings.items() if name != "environment"}
    facts["key"] = Secret(str(facts["key"]))
    return Account("app", "push", ApnsSettings(**(facts | given)))


def send(channel: ApnsChannel, to: Account[ApnsSettings], *batches: Sequence[OutboundMessage]) -> list[Outcome]:
    """What becomes of batches that are sent one after the other."""

    async def play() -> list[Outcome]:
        try:
            return [outcome for batch in batches for outcome in await channel.send(to, batch)]
        finally:
            await channel.close()

    return asyncio.run(play())


Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(conversation: Conversation) -> AsyncIterator[str]:
    """Where a server listens that has this conversation with each client, and then hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def say(writer: asyncio.StreamWriter, *frames: Frame) -> None:
    """Write frames."""
    writer.write(b"".join(frame.serialize() for frame in frames))


def greeting(**values: int) -> SettingsFrame:
    """The frame by which a server begins."""
    return SettingsFrame(0, settings={getattr(SettingsFrame, name): value for name, value in values.items()})
