"""DKIM, held by a verifier that is not ours, and the addresses that tell their message."""

import base64
import json
import re
import uuid
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from support.mail import account, message, send_one
from support.shared_data import shared_data
from tidegate.channels import Content, OutcomeKind, Secret, SettingsError
from tidegate_adapters.email import SmtpSettings
from tidegate_adapters.email.compose import Composer
from tidegate_adapters.email.return_paths import Returned, ReturnPaths, Way
from tidegate_simulators.mail import MailSink

KEYS: dict[str, RSAPrivateKey | Ed25519PrivateKey] = {
    "rsa": generate_private_key(65537, 2048),
    "ed25519": Ed25519PrivateKey.generate(),
}
RETURN_KEY = Secret("a key of our own for tests")


def pem(key: RSAPrivateKey | Ed25519PrivateKey) -> Secret:
    return Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def in_dns(kind: str) -> Callable[..., bytes]:
    """The record of the key, at the name that selector and domain make."""
    key = KEYS[kind].public_key()
    if kind == "rsa":
        public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        public = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    record = b"v=DKIM1; k=" + kind.encode() + b"; p=" + base64.b64encode(public)
    return lambda name, timeout=5: record if name == b"s1._domainkey.example.com." else b""


def signing(kind: str, **changes: Any) -> SmtpSettings:
    key = pem(KEYS[kind])
    return SmtpSettings("127.0.0.1", "双十一小店 <news@example.com>", dkim_selector="s1", dkim_key=key, **changes)


def verified(mail: bytes, kind: str) -> bool:
    return bool(dkim.verify(mail.replace(b"\r\n..", b"\r\n."), dnsfunc=in_dns(kind)))


@pytest.mark.parametrize("kind", KEYS)
def test_a_verifier_takes_the_signature_and_no_changed_mail(kind: str) -> None:
    settings = signing(
        kind, reply_to="help@example.com", return_key=RETURN_KEY, unsubscribe_address="unsub@example.com"
    )
    content = Content(
        subject="双十一：第一波优惠，只给老朋友" * 9, text="Two  spaces \n\n.dot\n\n\n", html="<p>买一送一</p>"
    )
    sent = message(content=content, unsubscribe_url="https://go.example.com/u/abc")
    mail = Composer(settings).compose(sent).mail
    assert verified(mail, kind)
    assert f"a={kind}-sha256; c=relaxed/relaxed; d=example.com; s=s1;".encode() in mail
    covered = re.search(rb" h=([a-z:-]+);", mail)
    assert covered is not None
    assert covered[1].decode().split(":") == [
        "from", "reply-to", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post",
        "mime-version", "content-type", "from",
    ]  # fmt: skip
    for changed in (
        mail.replace(b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Clicks"),
        mail.replace(b"go.example.com", b"no.example.com"),
        mail.replace(b"help@example.com", b"hell@example.com"),
        mail.replace(b"\r\nTo: ", b"\r\nFrom: Somebody <else@example.net>\r\nTo: "),
        mail.replace(b"=_tidegate_alternative_--\r\n", b"=_tidegate_alternative_--\r\nmore\r\n"),
    ):
        assert changed != mail
        assert not verified(changed, kind)


@given(
    subject=st.text(st.characters(codec="utf-8"), max_size=60),
    text=st.text(st.sampled_from("a \t.\n\r=€"), min_size=1, max_size=60),
)
def test_any_mail_is_signed_so_that_it_verifies(subject: str, text: str) -> None:
    mail = Composer(signing("ed25519")).compose(message(content=Content(subject=subject, text=text))).mail
    assert verified(mail, "ed25519")


def test_what_relays_may_do_to_white_space_breaks_nothing(sink: MailSink) -> None:
    """Through a real conversation; then headers are folded anew and lines get white space at their ends."""
    content = Content(subject="One, two and three", text="Line one\nLine two\n")
    settings = signing("rsa")
    outcome = send_one(
        account(sink, dkim_selector="s1", dkim_key=settings.dkim_key, sender=settings.sender), content=content
    )
    assert outcome.kind is OutcomeKind.ACCEPTED
    arrived = sink.mails[0].text
    assert verified(arrived, "rsa")
    folded = arrived.replace(b"One, two and", b"One,\r\n\ttwo and").replace(b"Line one\r\n", b"Line one \t\r\n")
    assert folded != arrived
    assert verified(folded + b"\r\n\r\n", "rsa")


def test_a_domain_of_its_own_signs_where_it_is_named() -> None:
    mail = Composer(signing("ed25519", dkim_domain="example.com", message_id_domain="m.example.com")).compose(message())
    assert b" d=example.com;" in mail.mail
    assert verified(mail.mail, "ed25519")


def test_the_vectors_of_one_click() -> None:
    vectors = json.loads(Path(shared_data("vectors/signature_vectors.json")).read_text())["rfc8058_one_click"]
    wanted = vectors[0]["headers"]
    url = vectors[0]["post"]["url"]
    settings = signing("ed25519", return_key=RETURN_KEY, unsubscribe_address="unsub@example.com")
    mail = Composer(settings).compose(message(unsubscribe_url=url)).mail.decode()
    assert f"List-Unsubscribe-Post: {wanted['List-Unsubscribe-Post']}\r\n" in mail
    unfolded = wanted["List-Unsubscribe"].replace("\r\n", "")
    ours = re.search(r"List-Unsubscribe: (.*)\r\n", mail)
    assert ours is not None
    assert re.sub(r"mailto:[^>]*", "mailto:", ours[1]) == re.sub(r"mailto:[^>]*", "mailto:", unfolded)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"dkim_selector": "s1"}, "dkim_key"),
        ({"dkim_key": pem(KEYS["ed25519"])}, "dkim_key"),
        ({"dkim_selector": "s1", "dkim_key": Secret("-----BEGIN PRIVATE KEY-----")}, "dkim_key"),
        ({"dkim_selector": "s 1", "dkim_key": pem(KEYS["ed25519"])}, "dkim_selector"),
        ({"dkim_selector": "s1", "dkim_key": pem(KEYS["ed25519"]), "dkim_domain": "a; b"}, "dkim_domain"),
        ({"unsubscribe_address": "unsub@example.com"}, "unsubscribe_address"),
        ({"return_key": RETURN_KEY}, "return_key"),
        ({"return_key": Secret("short"), "bounce_address": "bounce@example.com"}, "return_key"),
        ({"return_key": RETURN_KEY, "bounce_address": "bounces-of-news@example.com"}, "bounce_address"),
        ({"return_key": RETURN_KEY, "unsubscribe_address": "nowhere"}, "unsubscribe_address"),
    ],
)
def test_settings_that_would_not_do_are_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(SettingsError) as refused:
        SmtpSettings("127.0.0.1", "news@example.com", **changes)
    assert [problem.field for problem in refused.value.problems] == [field]


# Addresses that tell their message.

PATHS = ReturnPaths("a key of our own", bounces="bounce@b.example.com", unsubscriptions="unsub@b.example.com")


def test_bounces_return_to_an_address_of_their_message(sink: MailSink) -> None:
    message_id = str(uuid.uuid4())
    with_key = account(sink, return_key=RETURN_KEY, bounce_address="bounce@b.example.com")
    assert send_one(with_key, message_id=message_id).kind is OutcomeKind.ACCEPTED
    sender = sink.mails[0].sender
    assert re.fullmatch(rf"bounce\+{message_id}-[0-9a-f]{{14}}@b\.example\.com", sender)
    assert len(sender.partition("@")[0]) <= 64
    paths = with_key.settings.return_paths
    assert paths is not None
    assert paths.find(sender) == Returned(Way.BOUNCE, message_id)
    send_one(account(sink, bounce_address="bounce@b.example.com"), message_id=message_id)
    assert sink.mails[1].sender == "bounce@b.example.com"


@given(message_id=st.from_regex(r"[A-Za-z0-9.-]{1,36}", fullmatch=True), way=st.sampled_from(Way))
def test_an_address_tells_its_message_and_way_whatever_its_case(message_id: str, way: Way) -> None:
    address = PATHS.address(way, message_id)
    assert parseaddr(address)[1] == address
    assert PATHS.find(f"for <{address}>; ") == Returned(way, message_id)
    upper = PATHS.find(address.upper())
    assert upper == Returned(way, message_id.upper())


def test_nobody_else_makes_an_address() -> None:
    address = PATHS.address(Way.BOUNCE, "0193-a")
    other = ReturnPaths("another key", bounces="bounce@b.example.com", unsubscriptions="unsub@b.example.com")
    assert other.find(address) is None
    assert PATHS.find(address.replace("0193-a", "0193-b")) is None
    assert PATHS.find(address.replace("bounce+", "unsub+")) is None
    assert PATHS.find(address.replace("@b.", "@c.")) is None
    assert PATHS.find(f"{other.address(Way.BOUNCE, '0193-a')}, {address}") == Returned(Way.BOUNCE, "0193-a")


def test_an_id_that_fits_into_no_address_leaves_it_as_it_is() -> None:
    assert PATHS.address(Way.BOUNCE, "a b") == "bounce@b.example.com"
    assert PATHS.address(Way.UNSUBSCRIBE, "x" * 37) == "unsub@b.example.com"
