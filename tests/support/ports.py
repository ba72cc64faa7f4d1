"""Ports of this machine."""

import socket


def unused_port() -> int:
    """A port on loopback at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
