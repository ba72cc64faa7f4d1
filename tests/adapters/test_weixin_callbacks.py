"""Callbacks of WeChat and WeCom: signatures and encryption as published, and nothing else is believed."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from support import letters
from support.shared_data import shared_data
from tidegate.channels import Callback, Secret
from tidegate_adapters.weixin.callbacks import BELIEVED_FOR, NotTheirs, Seal, time_of
from tidegate_adapters.weixin.crypt import Unreadable, decrypt, is_signed, signature
from tidegate_adapters.weixin.documents import documents_of, read_document, text_of

NOW = datetime(2026, 11, 28, 1, tzinfo=UTC)
APPID = "wx0123456789abcdef"
SEAL = Seal(token=Secret(letters.TOKEN), encoding_aes_key=Secret(letters.KEY), receive_id=APPID)
PLAIN = replace(SEAL, is_plain_allowed=True)


def published() -> list[dict[str, Any]]:
    vectors = json.loads(shared_data("vectors/signature_vectors.json").read_text())
    cases: list[dict[str, Any]] = vectors["wechat_msgcrypt"]["cases"]
    return cases


def test_published_examples_are_read_bit_for_bit() -> None:
    cases = published()
    assert len(cases) >= 5
    for case in cases:
        key, receiver, plaintext = case["encoding_aes_key"], case["receive_id"], case["plaintext"].encode()
        assert decrypt(case["encrypt"], key, receiver) == plaintext, case["name"]
        random = case["random16"].encode()
        assert letters.seal(plaintext, receiver, key=key, random=random) == case["encrypt"], case["name"]
        if "msg_signature" in case:
            signed = case["token"], case["timestamp"], case["nonce"], case["encrypt"]
            assert signature(*signed) == case["msg_signature"], case["name"]
            assert not is_signed(case["msg_signature"], *signed[:3])


@pytest.mark.parametrize("encrypted", ["", "AAAA", "not base64!", "é", "A" * 64, "A" * 65])
def test_what_was_not_encrypted_with_the_key_is_unreadable(encrypted: str) -> None:
    with pytest.raises(Unreadable):
        decrypt(encrypted, letters.KEY, APPID)


def test_what_is_for_another_app_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="another receiver"):
        decrypt(letters.seal(b"text", "wxanother"), letters.KEY, APPID)


def test_a_length_that_lies_is_unreadable() -> None:
    raw = base64.b64decode(letters.KEY + "=")
    encryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    plain = b"0" * 16 + (1000).to_bytes(4, "big") + b"x" * 11 + b"\x01"
    encrypted = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    with pytest.raises(Unreadable, match="shorter than it says"):
        decrypt(encrypted, letters.KEY, APPID)


@pytest.mark.parametrize("as_json", [False, True])
def test_an_encrypted_callback_is_opened(as_json: bool) -> None:
    document = {"FromUserName": "o1", "CreateTime": 1610969440, "List": [{"A": "1"}, {"A": "2"}]}
    text = json.dumps(document).encode() if as_json else letters.xml(document)
    opened = SEAL.open(letters.safe(text, APPID, NOW, as_json=as_json))
    assert text_of(opened, "CreateTime") == "1610969440"
    assert documents_of(opened["List"]) == [{"A": "1"}, {"A": "2"}]


def test_only_the_providers_callbacks_are_opened() -> None:
    good = letters.safe(b"<xml><A>1</A></xml>", APPID, NOW)
    changed = {**good.query, "nonce": "2"}
    forged: dict[str, Callback] = {
        "msg_signature is not": replace(good, query=changed),
        "too old": replace(good, time=NOW + BELIEVED_FOR + timedelta(seconds=1)),
        "clock is wrong": replace(good, time=NOW - BELIEVED_FOR - timedelta(seconds=1)),
        "have to be encrypted": letters.plain(b"<xml><A>1</A></xml>", NOW),
        "another receiver": letters.safe(b"<xml><A>1</A></xml>", "wxanother", NOW),
        "no XML": letters.safe(b"<xml><A>", APPID, NOW),
        "neither XML": letters.safe(b"A=1", APPID, NOW),
        "is no JSON": letters.safe(b"{A=1", APPID, NOW),
    }
    for why, callback in forged.items():
        with pytest.raises(NotTheirs, match=why):
            SEAL.open(callback)
    assert SEAL.open(replace(good, time=NOW + BELIEVED_FOR)) == {"A": "1"}


def test_a_timestamp_that_is_no_time_is_not_believed() -> None:
    for timestamp in ("", "soon", "9" * 30):
        signed = letters.sha1(letters.TOKEN, timestamp, "1")
        query = {"signature": signed, "timestamp": timestamp, "nonce": "1", "echostr": "7"}
        with pytest.raises(NotTheirs, match="too old"):
            SEAL.echo(Callback(method="GET", query=query, time=NOW))


def test_plain_callbacks_are_read_where_the_operator_chose_so() -> None:
    assert PLAIN.open(letters.plain(b"<xml><A> 1 </A></xml>", NOW)) == {"A": "1"}
    with pytest.raises(NotTheirs, match="signature is not"):
        PLAIN.open(letters.plain(b"<xml></xml>", NOW, token="another"))
    assert PLAIN.open(letters.safe(b'{"A": "1"}', APPID, NOW)) == {"A": "1"}, "encrypted ones are read all the same"


def test_a_new_address_says_back_what_it_is_told() -> None:
    assert SEAL.echo(letters.echo(NOW, "77")) == "77"
    encrypted = letters.safe(b"88", APPID, NOW)
    sealed = read_document(encrypted.body)["Encrypt"]
    assert SEAL.echo(replace(encrypted, method="GET", query={**encrypted.query, "echostr": sealed})) == "88"
    with pytest.raises(NotTheirs):
        SEAL.echo(replace(letters.echo(NOW), query={"echostr": "77"}))


def test_an_account_without_token_or_key_opens_nothing() -> None:
    callback = letters.safe(b"<xml></xml>", APPID, NOW)
    with pytest.raises(NotTheirs, match="callback_token"):
        replace(SEAL, token=Secret("")).open(callback)
    with pytest.raises(NotTheirs, match="encoding_aes_key"):
        replace(PLAIN, encoding_aes_key=Secret("")).open(callback)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><xml><A>&a;</A></xml>', "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>', "document type"),
        (b"<xml><A>&a;</A></xml>", "no XML"),
        (b"<a>" * 17 + b"</a>" * 17, "deep"),
        (b"<xml>" + b" " * (1 << 20) + b"</xml>", "megabyte"),
        (b'{"a":' * 100_000, "no JSON"),
        (b"[]", "neither"),
        (b"", "neither"),
    ],
)
def test_dangerous_bodies_are_refused(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_document(body)


def test_documents_are_read_as_one_thing() -> None:
    body = "<xml><A><![CDATA[<微>&]]></A><L><B>1</B></L><L><B>2</B></L><L><B>3</B></L><E/></xml>".encode()
    assert read_document(body) == {"A": "<微>&", "L": [{"B": "1"}, {"B": "2"}, {"B": "3"}], "E": ""}
    assert documents_of({"B": "1"}) == [{"B": "1"}]
    assert documents_of("1") == documents_of(None) == []
    assert text_of({"A": True, "B": 5, "C": {}}, "A", "C", "B") == "5"
    assert text_of({}, "A") == ""


def test_a_time_that_is_none_is_that_of_arrival() -> None:
    assert time_of("1610969440", NOW) == datetime(2021, 1, 18, 11, 30, 40, tzinfo=UTC)
    assert time_of("", NOW) == time_of("9" * 40, NOW) == NOW
