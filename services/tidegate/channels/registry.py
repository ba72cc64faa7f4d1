"""Finds the installed adapters and keeps their channels; a broken one is reported, the others work."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, Final

import pluggy

from tidegate.channels import spec
from tidegate.channels.channel import AnyChannel, Channel
from tidegate.channels.codes import NO_CODES, TABLE, Codes, read_codes
from tidegate.channels.manifest import Manifest
from tidegate.channels.settings import describe_settings

_OWN: Final = "tidegate"
_NO_SETTINGS: Final[Mapping[str, Mapping[str, object]]] = MappingProxyType({})


class AdapterError(Exception):
    """An adapter that cannot be used; the text says why and what its author can do."""


class UnknownChannel(LookupError):
    """No usable adapter brings a channel of that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(f"there is no channel {name!r}; installed are {', '.join(sorted(known)) or 'none'}")


@dataclass(frozen=True, slots=True)
class Adapter:
    """One entry point and what came of it.

    Attributes:
        name: The entry point's name.
        distribution: The installed distribution that brings it, "" if unknown.
        version: That distribution's version.
        channels: Its channels; empty if it is broken.
        error: Why none of its channels can be used; "" = they can.
        codes: What the operator says that its providers' codes mean.
    """

    name: str
    distribution: str
    version: str
    channels: tuple[AnyChannel, ...] = ()
    error: str = ""
    codes: Codes = NO_CODES


class Registry:
    """The channels of all usable adapters, by name.

    Attributes:
        adapters: Every adapter found, ours first, then by distribution and name; the broken ones too.
        channels: The usable channels by their manifest's name.
    """

    def __init__(self, adapters: Iterable[Adapter]) -> None:
        self.channels: dict[str, AnyChannel] = {}
        self.adapters = tuple(self._take(adapter) for adapter in adapters)

    @classmethod
    def load(cls, settings: Mapping[str, Mapping[str, object]] = _NO_SETTINGS) -> Registry:
        """Load the entry points of the group `tidegate.channels`.

        Args:
            settings: What is configured for each adapter, by its entry point's name.
        """
        return cls._of(_installed(tuple(sys.path)), settings)

    @classmethod
    def from_entry_points(
        cls, found: Iterable[EntryPoint], settings: Mapping[str, Mapping[str, object]] = _NO_SETTINGS
    ) -> Registry:
        """Load these entry points, one at a time, so that a broken one harms no other."""
        return cls._of(_ranked(found), settings)

    @classmethod
    def _of(cls, sources: Iterable[_Source], settings: Mapping[str, Mapping[str, object]]) -> Registry:
        return cls(_load(source, settings.get(source.point.name, {})) for source in sources)

    def channel(self, name: str) -> AnyChannel:
        """The channel of that name.

        Raises:
            UnknownChannel: No usable adapter brings it.
        """
        try:
            return self.channels[name]
        except KeyError:
            raise UnknownChannel(name, self.channels) from None

    def adapter(self, name: str) -> Adapter:
        """The adapter that brings the channel of that name.

        Raises:
            UnknownChannel: No usable adapter brings it.
        """
        channel = self.channel(name)
        return next(adapter for adapter in self.adapters if channel in adapter.channels)

    def serving(self, kind: str) -> list[AnyChannel]:
        """The channels that serve a kind, in the order of the adapters."""
        return [channel for channel in self.channels.values() if channel.manifest.serves(kind)]

    def _take(self, adapter: Adapter) -> Adapter:
        taken = [name for name in _names(adapter) if name in self.channels]
        if taken:
            error = f"channel {', '.join(taken)} is brought by another adapter already; rename it"
            return replace(adapter, channels=(), error=error)
        self.channels.update(zip(_names(adapter), adapter.channels, strict=True))
        return adapter


def _names(adapter: Adapter) -> list[str]:
    return [channel.manifest.name for channel in adapter.channels]


@dataclass(frozen=True, slots=True)
class _Source:
    """An entry point and the distribution that brings it, whose facts are read from files each time they are asked."""

    point: EntryPoint
    distribution: str
    version: str

    @classmethod
    def of(cls, point: EntryPoint) -> _Source:
        facts = point.dist.metadata if point.dist else {"Name": "", "Version": ""}
        return cls(point, facts["Name"], facts["Version"])


@cache
def _installed(_path: tuple[str, ...]) -> tuple[_Source, ...]:
    """The adapters on the path; looking for them opens a file of every distribution there is."""
    return _ranked(entry_points(group=spec.GROUP))


def _ranked(found: Iterable[EntryPoint]) -> tuple[_Source, ...]:
    """Ours come first, so that nobody takes the name of a channel in the box."""
    sources = (_Source.of(point) for point in found)
    return tuple(sorted(sources, key=lambda each: (each.distribution != _OWN, each.distribution, each.point.name)))


def _load(source: _Source, settings: Mapping[str, object]) -> Adapter:
    """The table `codes` is ours to read; the rest of the settings is the adapter's."""
    own = {name: value for name, value in settings.items() if name != TABLE}
    try:
        codes: Codes = _guard("its settings are wrong", lambda: read_codes(settings.get(TABLE, {})))
        channels = _make(source.point, own)
    except AdapterError as error:
        return Adapter(source.point.name, source.distribution, source.version, error=str(error))
    return Adapter(source.point.name, source.distribution, source.version, channels=channels, codes=codes)


def _make(point: EntryPoint, settings: Mapping[str, object]) -> tuple[AnyChannel, ...]:
    manager = pluggy.PluginManager(spec.PROJECT)
    manager.add_hookspecs(spec)
    _guard("cannot be imported", lambda: manager.register(point.load(), name=point.name))
    _guard("implements a hook that does not exist", manager.check_pending)
    _check_implementation(manager)
    made: list[object] = _guard("its hook failed", lambda: manager.hook.tidegate_channels(settings=settings))
    return _checked(made[0] if made else None)


def _guard(what: str, step: Callable[[], Any]) -> Any:
    """Run a step of foreign code, which may fail in any way at all."""
    try:
        return step()
    except (Exception, SystemExit) as error:
        raise AdapterError(f"{what}: {type(error).__name__}: {error}") from error


def _check_implementation(manager: pluggy.PluginManager) -> None:
    implementations = manager.hook.tidegate_channels.get_hookimpls()
    if not implementations:
        raise AdapterError("has no tidegate_channels marked with @tidegate.channels.hookimpl")
    function = implementations[0].function
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise AdapterError("its tidegate_channels is `async def`; make it a plain function")


def _checked(made: object) -> tuple[AnyChannel, ...]:
    if not isinstance(made, list | tuple) or not made:
        raise AdapterError(f"its tidegate_channels must return a list of channels, not {made!r}")
    names = [_check_channel(channel) for channel in made]
    if len(set(names)) != len(names):
        raise AdapterError(f"it brings two channels of one name: {', '.join(sorted(names))}")
    return tuple(made)


def _check_channel(channel: object) -> str:
    if not isinstance(channel, Channel):
        raise AdapterError(f"{channel!r} is not a tidegate.channels.Channel")
    manifest = getattr(channel, "manifest", None)
    if not isinstance(manifest, Manifest):
        raise AdapterError(f"{type(channel).__name__}.manifest is not a tidegate.channels.Manifest")
    if not inspect.iscoroutinefunction(channel.send):
        raise AdapterError(f"{type(channel).__name__}.send must be `async def`")
    _guard(f"the settings of {manifest.name} are wrong", lambda: describe_settings(channel.settings_type))
    return manifest.name
