"""An adapter that accepts everything and does nothing: what is left is Tidegate's own work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.channels import Account, Channel, Manifest, OutboundMessage, Outcome, hookimpl


@dataclass(frozen=True, slots=True)
class NullSettings:
    """There is nothing to set."""


class NullChannel(Channel[NullSettings]):
    """Takes every message of every kind."""

    manifest = Manifest(name="null", kinds=(), title="Accepts everything", max_batch=1000)
    settings_type = NullSettings

    async def send(self, account: Account[NullSettings], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        return [Outcome.accepted(message.message_id) for message in batch]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[NullChannel]:
    """The one channel."""
    assert not settings
    return [NullChannel()]
