"""Pure: who asks at the HTTP edge, behind proxies or not."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network
_HOUSEHOLD = 64


def client_of(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address that tries are counted by: of IPv6 the network of 64 bits, all of which one client may have.

    ``peer`` is who connected. ``forwarded`` are the X-Forwarded-For headers: anybody can send them, so that they
    count only behind a proxy in ``trusted``, and of what proxies say only the newest that is no such proxy itself.
    """
    client = peer
    hops = _hops(forwarded)
    while is_in(client, trusted) and (before := next(hops, "")):
        client = before
    return _household(client)


def is_in(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks."""
    if not networks:
        return False
    found = _parsed(address)
    return found is not None and any(found in network for network in networks)


def _hops(forwarded: Sequence[str]) -> Iterator[str]:
    """The addresses said, the newest first, up to what is none."""
    for said in reversed(",".join(forwarded).split(",")):
        address = _without_port(said.strip())
        if _parsed(address) is None:
            return
        yield address


def _without_port(said: str) -> str:
    if said.startswith("["):
        return said[1:].partition("]")[0]
    return said.partition(":")[0] if said.count(":") == 1 else said


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _household(address: str) -> str:
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, _HOUSEHOLD), strict=False))
    return str(found or address)
