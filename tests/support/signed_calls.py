"""Calls to the simulated SMS clouds, signed, and then changed where a test wants one to be wrong."""

import hashlib
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from tidegate_simulators.aliyun import signing as acs3
from tidegate_simulators.tencent import signing as tc3

Told = tuple[int, dict[str, Any]]
"""HTTP status and body of an answer."""


def call_tencent(
    url: str,
    settings: Mapping[str, Any],
    body: bytes,
    *,
    now: datetime,
    signs: Mapping[str, str] | None = None,
    changes: Mapping[str, str | None] | None = None,
    scope: str = "sms",
) -> Told:
    """A call of SendSms, unless the headers say otherwise.

    Args:
        url: Where to.
        settings: The account's.
        body: The body.
        now: When it is signed.
        signs: Other headers, before it is signed.
        changes: Headers that are other, or none, on the way.
        scope: The service that it is signed for.
    """
    timestamp = int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "host": url.split("/")[2],
        "x-tc-action": "SendSms",
        "x-tc-version": "2021-01-11",
        "x-tc-region": settings["region"],
        "x-tc-timestamp": str(timestamp),
        **(signs or {}),
    }
    names = ["content-type", "host"]
    text = tc3.canonical(tc3.Request(headers=headers, body=body), names)
    signature = tc3.signature(settings["secret_key"], timestamp=timestamp, service=scope, text=text)
    credential = f"{settings['secret_id']}/{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d}/{scope}/tc3_request"
    line = f"TC3-HMAC-SHA256 Credential={credential}, SignedHeaders={';'.join(names)}, Signature={signature}"
    status, told = _post(url, body, {**headers, "authorization": line} | dict(changes or {}))
    return status, told["Response"]


def call_aliyun(
    url: str,
    settings: Mapping[str, Any],
    params: Mapping[str, str],
    *,
    now: datetime,
    signs: Mapping[str, str] | None = None,
    changes: Mapping[str, str | None] | None = None,
) -> Told:
    """A call of SendSms, unless the headers say otherwise; the rest is as for Tencent."""
    query, path = urlencode(sorted(params.items())), "/" + url.partition("://")[2].partition("/")[2]
    headers = {
        "host": url.split("/")[2],
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        **(signs or {}),
    }
    names = sorted(headers)
    request = acs3.Request(method="POST", path=path, query=query, headers=headers)
    text = acs3.canonical(request, names, headers["x-acs-content-sha256"])
    signature = acs3.signature(settings["access_key_secret"], text)
    key, listed = settings["access_key_id"], ";".join(names)
    line = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={listed},Signature={signature}"
    return _post(f"{url}?{query}", None, {**headers, "authorization": line} | dict(changes or {}))


def _post(url: str, body: bytes | None, headers: Mapping[str, str | None]) -> Told:
    kept = {name: value for name, value in headers.items() if value is not None}
    request = urllib.request.Request(url, body, kept, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
