"""Keeps calls to addresses of the internet: what a name leads to is looked at before anything connects to it.

Whoever may set an account's URL could otherwise have Tidegate call what only Tidegate's own network may reach: services
on loopback, neighbours, the cloud's metadata. The connection goes to the very addresses that were looked at. Networks
beside the internet are named by the operator, never by an account; where clouds have their metadata nothing is called.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from tidegate.channels import Outcome

from tidegate_adapters.calls.http import Barred

Address = IPv4Address | IPv6Address

_NEVER: Final = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",  # link-local, with the metadata of most clouds
            "fe80::/10",
            "168.63.129.16/32",  # clouds' own services and metadata elsewhere
            "fd00:ec2::254/128",
            "100.100.100.200/32",
            "192.0.0.192/32",
        ),
    )
)
"""Called by nobody's leave."""

_INSIDE: Final = ip_network("192.0.0.0/24")
"""Protocol assignments."""

_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given to anybody of the internet."""

_TRANSLATED: Final = (IPv6Network("64:ff9b::/96"),)
"""Behind it the last 32 bits are an IPv4 address (RFC 6052)."""


FORBIDDEN: Final = Outcome.auth_error(
    "the url leads to an address that is not called; the operator names networks of one's own, and where http is"
    " spoken, in private_networks of [channels.webhook]"
)
"""What it means for a message."""


class Unresolved(OSError):
    """No name server told in time where a name leads."""


class Guard:
    """Says which addresses may be called: those of the internet, and the networks that the operator names."""

    def __init__(self, networks: Sequence[str], *, only_these: bool = False) -> None:
        """Raises ValueError when one is no network.

        Args:
            networks: Those beside the internet that may be called.
            only_these: Nothing else may be, not even on the internet, as for calls without TLS.
        """
        self._allowed = [_network(network) for network in networks]
        self._only_these = only_these

    def allows(self, text: str) -> bool:
        """Whether an address may be called."""
        if is_never_called(text):
            return False
        address = ip_address(text.partition("%")[0])
        if self._is_named(address):
            return True
        return all(self._is_named(one) or (_is_public(one) and not self._only_these) for one in _meant(address))

    def _is_named(self, address: Address) -> bool:
        return any(address in network for network in self._allowed)


def is_address(host: str) -> bool:
    """Whether a host is written as an address, which no resolver sees."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_never_called(text: str) -> bool:
    """Whether an address is link-local or a cloud's own, which no network that is named covers."""
    address = ip_address(text.partition("%")[0])
    return any(one in network for one in (address, *_meant(address)) for network in _NEVER)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"private_networks: {text!r} is no network; write it as 10.20.0.0/16") from None


def _meant(address: Address) -> Sequence[Address]:
    """The address, and the IPv4 address that it stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    inner = [address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _TRANSLATED):
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *filter(None, inner)]


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return address.is_global and any(address in network for network in (_UNICAST, *_TRANSLATED))
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in _INSIDE


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses those that lead to any address that must not be called."""

    def __init__(self, guard: Guard, seconds: float) -> None:
        """`seconds` is how long a name may take."""
        self._guard = guard
        self._seconds = seconds
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            Barred: One of them must not be called.
            Unresolved: None was told in time.
            OSError: There is none.
        """
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._resolver.resolve(host, port, family)
        except TimeoutError:
            raise Unresolved("no address in time") from None
        if not all(self._guard.allows(one["host"]) for one in found):
            raise Barred(FORBIDDEN)
        return found

    async def close(self) -> None:
        await self._resolver.close()
