"""Keeps calls to addresses of the internet: what a name leads to is looked at before anything connects to it.

Whoever may set an account's URL could otherwise have Tidegate call what only Tidegate's own network may reach: services
on loopback, neighbours, the cloud's metadata. The connection goes to the very addresses that were looked at.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

Address = IPv4Address | IPv6Address

_INSIDE: Final = tuple(
    map(
        ip_network,
        (
            "168.63.129.16/32",  # a cloud's own services, at a public address
            "192.0.0.0/24",  # protocol assignments; a cloud's metadata
        ),
    )
)
_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given to anybody of the internet."""

_TRANSLATED: Final = (IPv6Network("64:ff9b::/96"),)
"""Behind it the last 32 bits are an IPv4 address (RFC 6052)."""


class Forbidden(OSError):
    """A name leads to an address that must not be called."""


class Guard:
    """Says which addresses may be called: those of the internet, and the networks that the operator names."""

    def __init__(self, networks: Sequence[str]) -> None:
        """Raises ValueError when one is no network."""
        self._allowed = [ip_network(network) for network in networks]

    def allows(self, text: str) -> bool:
        """Whether an address may be called."""
        address = ip_address(text.partition("%")[0])
        if any(address in network for network in self._allowed):
            return True
        return all(_is_public(one) or any(one in network for network in self._allowed) for one in _meant(address))


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
    inside = any(address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not address.is_reserved and not inside


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses those that lead to any address that must not be called."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            Forbidden: One of them must not be called.
            OSError: There is none.
        """
        found = await self._resolver.resolve(host, port, family)
        if not all(self._guard.allows(one["host"]) for one in found):
            raise Forbidden("its name leads to a private address")
        return found

    async def close(self) -> None:
        await self._resolver.close()
