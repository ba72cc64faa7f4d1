"""TLS as every adapter wants it."""

from __future__ import annotations

import asyncio
import ssl


async def tls_context(ca_file: str) -> ssl.SSLContext:
    """Trusts the system's certificates, and those in a file; "" = none. Made in a thread, as it reads files.

    Raises:
        OSError: The file can't be read, or holds no certificates.
    """
    return await asyncio.to_thread(_make, ca_file)


def _make(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context
