"""An adapter for Tidegate: messages as JSON to an HTTP service."""

from collections.abc import Mapping

from tidegate.channels import hookimpl

from tidegate_example.channel import PostboxChannel, PostboxSettings

__all__ = ["PostboxChannel", "PostboxSettings", "tidegate_channels"]


@hookimpl
def tidegate_channels(settings: Mapping[str, object]) -> list[PostboxChannel]:
    """The channels of this adapter; `settings` is the operator's table `[channels.postbox]`."""
    if settings:
        raise ValueError(f"postbox has no settings of its own, only its accounts have: {sorted(settings)}")
    return [PostboxChannel()]
