"""The channel `console`: shows messages, or writes them to a file, in place of any provider."""

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_adapters.console.channel import ConsoleChannel, ConsoleSettings

__all__ = ["ConsoleChannel", "ConsoleSettings", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[ConsoleChannel]:
    """One channel for every kind; all its settings belong to accounts."""
    if settings:
        raise ValueError(f"the console adapter has no settings of its own, only accounts have: {sorted(settings)}")
    return [ConsoleChannel()]
