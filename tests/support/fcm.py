"""Firebase Cloud Messaging and Google's tokens, simulated: checks assertions, tokens, and where a message goes."""

import json
import time
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tidegate_simulators.web import Script, Served, answer

PROJECT, EMAIL, KEY_ID = "shop-1", "sender@shop-1.iam.example.com", "key-1"
KEY, OTHER_KEY = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
STATUS = {"UNREGISTERED": 404, "SENDER_ID_MISMATCH": 403, "QUOTA_EXCEEDED": 429, "UNAVAILABLE": 503, "INTERNAL": 500}


class Fcm:
    """Listens on loopback from `start` to `stop`."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.given = 0
        self.script = Script()
        self._served = Served(self._handle)
        self.start, self.stop = self._served.start, self._served.stop

    @property
    def url(self) -> str:
        return self._served.url

    def service_account(self, key: RSAPrivateKey = KEY, **changes: object) -> str:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        said = {"project_id": PROJECT, "client_email": EMAIL, "private_key_id": KEY_ID, "private_key": pem}
        return json.dumps({"type": "service_account", **said, "token_uri": f"{self.url}/token", **changes})

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        if request.path == "/token":
            return self._token(body.decode())
        if request.path != f"/v1/projects/{PROJECT}/messages:send":
            return web.Response(status=404)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return web.json_response({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, status=401)
        message = json.loads(body)["message"]
        if not all(isinstance(value, str) for value in message["data"].values()):
            return _refusal("INVALID_ARGUMENT")
        entry = self.script.next("send") or self.script.next("send", message["token"])
        return await answer(request, entry, take=lambda: self._take(message), refuse=_refusal)

    def _take(self, message: dict[str, Any]) -> web.StreamResponse:
        self.messages.append(message)
        return web.json_response({"name": f"projects/{PROJECT}/messages/0:{len(self.messages)}"})

    def _token(self, form: str) -> web.StreamResponse:
        (assertion,) = parse_qs(form)["assertion"]
        signed, _, signature = assertion.rpartition(".")
        try:
            KEY.public_key().verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return web.json_response({"error": "invalid_grant"}, status=400)
        header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        assert (header["alg"], header["kid"], claims["iss"], claims["aud"]) == (
            "RS256",
            KEY_ID,
            EMAIL,
            f"{self.url}/token",
        )
        assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
        assert abs(claims["iat"] - time.time()) < 60
        assert claims["exp"] - claims["iat"] == 3600
        self.given += 1
        token = f"token-{self.given}"
        self.tokens.add(token)
        return web.json_response({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


def _refusal(code: str) -> web.StreamResponse:
    status = STATUS.get(code, 400)
    detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
    error = {"code": status, "message": "refused", "status": "SOME_STATUS", "details": [detail]}
    return web.json_response({"error": error}, status=status)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
