"""The one hook through which adapters are found.

A distribution names a module in the entry-point group `tidegate.channels`:

    [project.entry-points."tidegate.channels"]
    pigeon = "tidegate_pigeon"

and that module implements the hook:

    @hookimpl
    def tidegate_channels(settings): return [PigeonChannel()]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pluggy

from tidegate.channels.channel import Channel

GROUP: Final = "tidegate.channels"
"""The entry-point group that names adapters."""

PROJECT: Final = "tidegate"

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)
"""Marks an adapter's implementation of `tidegate_channels`."""


@hookspec
def tidegate_channels(settings: Mapping[str, object]) -> list[Channel[Any]]:  # type: ignore[empty-body]
    """Make the channels of an adapter. Called once, at start; a plain function, not `async def`.

    Args:
        settings: What the operator configured for this adapter under its entry point's name; {} if
            nothing. What belongs to one set of credentials is not here: it comes with each call.

    Returns:
        The channels, with names that no other adapter uses.
    """
