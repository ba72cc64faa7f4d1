"""The one place that decides how what tells who a person is lies in delivery's database.

Sealed (see runtime/cipher.py) are what messages say and the address that their callers named, one text for each; the
address that a call went to and what its provider said of it; suppressed addresses and what was noted of them; where
kept links lead; and what providers told, until it is applied. Each is bound to what it is of, and what is empty is not
sealed. Addresses are looked up by keys, which do not give them away and never change. The keys that seal change (see
runtime/resealing.py): whoever stores more that is sealed adds the column to SEALED in store/sealed.py.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from tidegate.delivery.addresses import AddressKeys
from tidegate.delivery.links.model import TrackedLink
from tidegate.runtime.config import Settings
from tidegate.runtime.keyring import Keyring
from tidegate.runtime.secret import Secrets, digest

CONTENT = "content"
CALL = "call"
SUPPRESSION = "suppression"
LINK = "link"
CALLBACK = "callback"
ADDRESSES = "delivery.lookup"
"""The purpose of the secret that addresses' keys are made with."""
_PURPOSE = "delivery.sealing"


class CallWords(NamedTuple):
    """The address that a call went to, and what its provider said; empty where it is not known."""

    address: str
    detail: str


def open_keyring(settings: Settings, secrets: Secrets) -> Keyring:
    """The keys that seal delivery's data. Raises KeysError when the keys file can't be read."""
    return Keyring(settings.keys_path, original=secrets.key(_PURPOSE), purpose=_PURPOSE)


class Vault:
    """Keys and seals with keys of this installation. What opens raises DataLoss where it can't."""

    def __init__(self, addresses: AddressKeys, told: bytes, keyring: Keyring) -> None:
        """``told`` is the key that identity has too, to know addresses again; ``keyring`` has those that seal."""
        self.address_key = addresses.key
        self.keyring = keyring
        self._told = told

    @classmethod
    def of(cls, settings: Settings, secrets: Secrets) -> "Vault":
        """The vault of an installation. Raises KeysError when the keys file can't be read."""
        keyring = open_keyring(settings, secrets)
        return cls(AddressKeys(secrets.key(ADDRESSES)), secrets.key("delivery.addresses"), keyring)

    def told(self, *parts: str) -> bytes:
        """The digest by which identity knows what ``parts`` are."""
        return digest(self._told, *parts)

    def seal_contents(self, contents: Iterable[tuple[str, Mapping[str, object], tuple[str, str] | None]]) -> list[str]:
        """What messages say: of each the id, the variables, and the address (namespace, value) that was named."""
        texts = [(_content(variables, named), f"{CONTENT}.{message_id}") for message_id, variables, named in contents]
        return self._seal_filled(texts)

    def variables(self, message_id: str, sealed: str) -> Mapping[str, Any]:
        """What a message's template is to be filled with."""
        if not sealed:
            return {}
        document = _read_document(self.keyring.unseal(sealed, f"{CONTENT}.{message_id}"))
        return document if type(document) is dict else document[0]

    def content(self, message_id: str, sealed: str) -> tuple[Mapping[str, Any], tuple[str, str] | None]:
        """What a message says, and the address that its caller named."""
        if not sealed:
            return {}, None
        document = _read_document(self.keyring.unseal(sealed, f"{CONTENT}.{message_id}"))
        if isinstance(document, dict):
            return document, None
        variables, namespace, value = document
        return variables, (namespace, value)

    def seal_calls(self, calls: Iterable[tuple[str, str, str]]) -> list[str]:
        """What calls went to, and what came back in words: of each the message's id, the address, and the detail."""
        texts = [
            (f"{address}\n{detail}" if detail else address, f"{CALL}.{message_id}")
            for message_id, address, detail in calls
        ]
        return self._seal_filled(texts)

    def call(self, message_id: str, sealed: str) -> CallWords:
        """What a call for a message went to, and what came back in words."""
        opened = self.keyring.unseal(sealed, f"{CALL}.{message_id}") if sealed else ""
        address, _, detail = opened.partition("\n")
        return CallWords(address, detail)

    def seal_links(self, links: Iterable[TrackedLink]) -> list[TrackedLink]:
        """Links as they are kept: nobody sees where they lead."""
        all_links = list(links)
        targets = self.keyring.seal_all([(one.target_url, f"{LINK}.{one.code}") for one in all_links])
        return [replace(one, target_url=target) for one, target in zip(all_links, targets, strict=True)]

    def link(self, kept: TrackedLink) -> TrackedLink:
        """The link with where it leads."""
        return replace(kept, target_url=self.target(kept.code, kept.target_url))

    def target(self, code: str, sealed: str) -> str:
        """Where the kept link of a code leads."""
        return self.keyring.unseal(sealed, f"{LINK}.{code}")

    def seal_texts(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        """Texts, each with what it is bound to, as they are stored."""
        return self._seal_filled(texts)

    def text(self, sealed: str, about: str) -> str:
        """The text that was sealed, or stored before there were keys."""
        return self.keyring.unseal(sealed, about)

    def _seal_filled(self, texts: Sequence[tuple[str, str]]) -> list[str]:
        if all(text for text, _ in texts):
            return self.keyring.seal_all(texts)
        sealed = iter(self.keyring.seal_all([one for one in texts if one[0]]))
        return [next(sealed) if text else "" for text, _ in texts]


def _content(variables: Mapping[str, object], named: tuple[str, str] | None) -> str:
    if named is not None:
        return _document([variables, *named])
    return _document(variables) if variables else ""


_document = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_read_document = json.JSONDecoder().decode
