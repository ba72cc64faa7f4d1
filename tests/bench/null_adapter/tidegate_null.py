"""An adapter that accepts everything and does nothing: what is left is Tidegate's own work."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidegate.channels import Account, Channel, Manifest, OutboundMessage, Outcome, hookimpl


@dataclass(frozen=True, slots=True)
class NullSettings:
    """``journal`` is a file that is told when the adapter is called for which message; empty for none."""

    journal: str = ""


class NullChannel(Channel[NullSettings]):
    """Takes every message of every kind."""

    manifest = Manifest(name="null", kinds=(), title="Accepts everything", max_batch=1000)
    settings_type = NullSettings

    async def send(self, account: Account[NullSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        if account.settings.journal:
            _note(account.settings.journal, batch)
        return [Outcome.accepted(message.message_id) for message in batch]


def _note(journal: str, batch: Sequence[OutboundMessage]) -> None:
    now = time.time_ns()
    with Path(journal).open("a") as file:
        file.write("".join(f"{message.message_id} {now}\n" for message in batch))


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[NullChannel]:
    """The one channel."""
    assert not settings
    return [NullChannel()]
