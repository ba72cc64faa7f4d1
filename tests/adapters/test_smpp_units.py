"""Parts of the channel `sms.smpp`: alphabets and parts, codes, what is delivered, and the connection."""

import asyncio
import json
import ssl
import struct
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.certificates import self_signed
from support.shared_data import SCOPES, shared_data
from support.smsc import Does, Smsc
from tidegate.channels import (
    Account,
    Answered,
    Content,
    OutboundMessage,
    Outcome,
    OutcomeKind,
    Receipt,
    ReceiptKind,
    Scope,
    Secret,
    SettingsError,
)
from tidegate.channels.sms import part_count
from tidegate_adapters.smpp import SmppChannel, SmppSettings, pdus, session, tidegate_channels
from tidegate_adapters.smpp.alphabets import GSM, UCS2, parts_of, text_of
from tidegate_adapters.smpp.codes import STATES, STATUSES
from tidegate_adapters.smpp.pdus import Number
from tidegate_adapters.smpp.reports import report_of
from tidegate_adapters.smpp.settings import ReceiptIds
from tidegate_adapters.sms.codes import Codes

K, S = OutcomeKind, Scope
NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
Scene = Callable[[SmppChannel, Account[SmppSettings]], Awaitable[Any]]


def settings(port: int = 1, **more: Any) -> SmppSettings:
    given = {"host": "127.0.0.1", "system_id": "tide", "password": Secret("secret"), "sender": "Tide", "timeout": 0.5}
    return SmppSettings(**{**given, "port": port, **more})


def message(number: int, text: str, address: str = "") -> OutboundMessage:
    return OutboundMessage(
        message_id=f"m-{number}", address=address or f"+861380000{number:04d}", content=Content(text=text)
    )


def play(smsc: Smsc, scene: Scene, **more: Any) -> Any:
    async def run() -> Any:
        channel = SmppChannel(clock=lambda: NOW)
        try:
            return await scene(channel, Account("a", "sms", settings(smsc.port, **more)))
        finally:
            await channel.close()

    return asyncio.run(run())


def send(smsc: Smsc, *messages: OutboundMessage, **more: Any) -> Sequence[Outcome]:
    outcomes: Sequence[Outcome] = play(smsc, lambda channel, account: channel.send(account, messages), **more)
    return outcomes


async def bound(channel: SmppChannel, account: Account[SmppSettings]) -> Sequence[session.Session]:
    async with channel._kept.use(account) as binds:
        return await binds.bound()


def delivery(text: bytes, *, kind: int = 0, coding: int = 0, source: str = "8613800000001", tlvs: bytes = b"") -> bytes:
    head = b"\0\x01\x01" + source.encode() + b"\0\0\0Tide\0"
    return head + bytes((kind, 0, 0, 0, 0, 0, 0, coding, 0, len(text))) + text + tlvs


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack("!HH", tag, len(value)) + value


@pytest.mark.parametrize(("table", "codes"), [("smpp", STATUSES), ("smpp_dlr", STATES)])
def test_codes_mean_what_the_table_says(table: str, codes: Codes) -> None:
    rows = json.loads(shared_data("provider_outcomes.json").read_text())[table]
    for code, (kind, scope) in rows.items():
        outcome = codes.outcome(code)
        assert (outcome.kind, outcome.scope) == (K(kind), SCOPES[scope]), code


def test_texts_go_in_as_many_parts_as_are_counted() -> None:
    for one in json.loads(shared_data("vectors/sms_segments.json").read_text())["twilio_oracle"]:
        if one["body"]:
            coding, parts = parts_of(one["body"], 7, gsm=True)
            assert len(parts) == one["twilio"]["segments"] == part_count(one["body"]), one["name"]
            assert coding == (GSM if one["twilio"]["encoding"] == "GSM-7" else UCS2), one["name"]
            bare = [part[6:] for part in parts] if len(parts) > 1 else parts
            assert "".join(text_of(part, coding) for part in bare) == one["body"]


@pytest.mark.parametrize(
    "text",
    ["Hello {you}", "a" * 200, "潮汐" * 100, "a" * 159 + "€", "🌊" * 50],
    ids=["one", "gsm", "ucs2", "euro", "waves"],
)
def test_another_library_reads_what_we_send(text: str) -> None:
    with Smsc() as smsc:
        (outcome,) = send(smsc, message(1, text))
        assert "".join(text for _, text in smsc.taken) == text
        parts = len(smsc.taken)
        others = tuple(f"id-{number}" for number in range(1, parts))
        assert outcome == Outcome.accepted(f"id-{parts}", code="0", parts=parts, part_ids=others)
        first = smsc.submitted[0]
        assert (first.source.number, first.source.ton, first.destination.ton) == ("Tide", 5, 1)
        assert first.registered_delivery == 1
        if parts > 1:
            heads = [one.get_segmentation_data() for one in smsc.submitted]
            assert heads == [(0, number, parts) for number in range(1, parts + 1)]


def test_signatures_are_put_before_texts_and_all_goes_as_ucs2_where_that_is_wanted() -> None:
    with Smsc() as smsc:
        send(smsc, message(1, "Hello"), message(2, "【X】Hello"), sign_name="潮汐", gsm=False)
        assert sorted(text for _, text in smsc.taken) == ["【X】Hello", "【潮汐】Hello"]


def test_a_message_of_which_some_parts_were_taken_is_uncertain() -> None:
    with Smsc() as smsc:
        smsc.does = lambda _: Does(status=88 if smsc.taken else 0)
        (outcome,) = send(smsc, message(1, "潮" * 100))
    assert (outcome.kind, outcome.provider_id, outcome.provider_code) == (K.UNCERTAIN, "id-1", "88")


def test_what_is_not_offered_at_all() -> None:
    with Smsc() as smsc:
        outcomes = send(smsc, message(1, ""), message(2, "x", "110"), message(3, "字" * 20_000))
        assert [one.kind for one in outcomes] == [K.CONTENT_REJECTED, K.INVALID_RECIPIENT, K.CONTENT_REJECTED]
        assert smsc.taken == []


DLR = b"id:%s sub:001 dlvrd:001 submit date:2611281100 done date:2611281101 stat:%s err:%s text:x"


def test_receipts_find_their_messages() -> None:
    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> list[Any]:
        (outcome,) = await channel.send(account, [message(1, "潮" * 100)])
        assert (outcome.provider_id, outcome.part_ids) == ("id-2", ("id-1",))
        smsc.deliver(delivery(DLR % (b"id-1", b"DELIVRD", b"000"), kind=4))
        smsc.deliver(delivery(DLR % (b"id-2", b"DELIVRD", b"000"), kind=4))
        smsc.deliver(delivery(DLR % (b"id-1", b"UNDELIV", b"0A1"), kind=4))
        state = tlv(0x1E, b"id-9\0") + tlv(0x427, b"\x08") + tlv(0x423, b"\xff\xfe\xfd")
        smsc.deliver(delivery(b"", kind=4, tlvs=state))
        smsc.deliver(delivery(DLR % (b"id-8", b"ENROUTE", b"000"), kind=4))
        smsc.deliver(delivery(DLR % (b"id-7", b"UNKNOWN", b"000"), kind=4))
        smsc.deliver(delivery(DLR % (b"id-2", b"ACCEPTD", b"000"), kind=4))
        smsc.deliver(b"\0\x01")
        return await collected(channel, account, 4)

    with Smsc() as smsc:
        part, delivered, bounced, rejected = play(smsc, scene)
        assert sorted(smsc.acknowledged) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert part == Receipt(kind=ReceiptKind.DELIVERED, time=NOW, provider_id="id-1")
    assert delivered == Receipt(kind=ReceiptKind.DELIVERED, time=NOW, provider_id="id-2")
    assert (bounced.provider_id, bounced.outcome.kind, bounced.outcome.detail) == (
        "id-1",
        K.INVALID_RECIPIENT,
        "err:0A1",
    )
    assert (rejected.provider_id, rejected.outcome.kind) == ("id-9", K.CONTENT_REJECTED)


@pytest.mark.parametrize(
    ("receipt_ids", "answered", "receipted"),
    [("as_is", "0A1f", "0A1f"), ("hex_to_decimal", "0A1f", "0000002591"), ("decimal_to_hex", "2591", "00000A1F"),
     ("hex_to_decimal", "x-1", "x-1")],
)  # fmt: skip
def test_receipts_may_write_ids_otherwise_than_answers_do(receipt_ids: str, answered: str, receipted: str) -> None:
    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> tuple[str, str]:
        (outcome,) = await channel.send(account, [message(1, "x")])
        smsc.deliver(delivery(DLR % (receipted.encode(), b"DELIVRD", b"000"), kind=4))
        (told,) = await collected(channel, account, 1)
        return outcome.provider_id, told.provider_id

    with Smsc() as smsc:
        smsc.does = lambda _: Does(message_id=answered)
        sent, told = play(smsc, scene, receipt_ids=ReceiptIds(receipt_ids))
    assert sent == told


def test_a_message_without_an_id_is_uncertain_and_goes_whole() -> None:
    with Smsc() as smsc:
        smsc.does = lambda _: Does(message_id="")
        (outcome,) = send(smsc, message(1, "潮" * 100))
        assert (outcome.kind, outcome.provider_id, len(smsc.taken)) == (K.UNCERTAIN, "", 2)
        smsc.does = lambda _: Does(message_id="" if len(smsc.taken) % 2 else "known")
        (outcome,) = send(smsc, message(2, "潮" * 100))
        assert (outcome.kind, outcome.provider_id, outcome.parts) == (K.ACCEPTED, "known", 2)


def test_an_answer_that_is_delivered_again_is_the_same_report() -> None:
    def told(body: bytes, **later: float) -> str:
        report = report_of(pdus.delivery(body), NOW + timedelta(**later), settings())
        assert isinstance(report, Answered)
        return report.report_id

    first = told(delivery(b"R"))
    assert told(delivery(b"R"), minutes=5) == first
    others = [delivery(b"Q"), delivery(b"R", source="8613800000002"), delivery(b"R", tlvs=tlv(0x204, b"\0\1"))]
    assert len({first, told(delivery(b"R"), days=1), *map(told, others)}) == 5


async def collected(channel: SmppChannel, account: Account[SmppSettings], count: int) -> list[Any]:
    """What was delivered, once the SMSC knows that we are there, and therefore all before it has come."""
    found: list[Any] = []
    while len(found) < count:
        found += await channel.collect(account)
        await channel.send(account, [message(9, "x")])
    return found + list(await channel.collect(account))


def test_customers_answers_are_read() -> None:
    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> list[Any]:
        await channel.test(account)
        smsc.deliver(delivery("退订".encode("utf-16-be"), coding=8))
        smsc.deliver(delivery(b"{\x1b\x65", coding=0, source="447700900001"))
        smsc.deliver(delivery(b"", tlvs=tlv(0x424, b"caf\xe9"), coding=3))
        smsc.deliver(delivery(b"\x05\x00\x03\x01\x02\x01stop", kind=0x40, coding=3))
        smsc.deliver(delivery(b"x", source="shop"))
        return await collected(channel, account, 4)

    with Smsc() as smsc:
        told = play(smsc, scene)
    assert all(isinstance(one, Answered) for one in told)
    assert [(one.address, one.text, one.is_refusal) for one in told] == [
        ("+8613800000001", "退订", True),
        ("+447700900001", "ä€", False),
        ("+8613800000001", "café", False),
        ("+8613800000001", "stop", True),
    ]


def test_deliveries_are_acknowledged_by_the_next_call_only() -> None:
    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> None:
        await channel.test(account)
        smsc.deliver(delivery(b"stop"))
        smsc.deliver(delivery(DLR % (b"id-8", b"ENROUTE", b"000"), kind=4))
        await channel.send(account, [message(1, "x")])
        assert len(await channel.collect(account)) == 1
        await channel.send(account, [message(2, "x")])
        assert smsc.acknowledged == [2], "what is not kept yet was acknowledged"
        assert await channel.collect(account) == []
        await channel.send(account, [message(3, "x")])
        assert smsc.acknowledged == [2, 1]

    with Smsc() as smsc:
        play(smsc, scene)


def test_deliveries_beyond_what_is_held_are_left_with_the_smsc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_MOST_UNACKNOWLEDGED", 3)

    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> None:
        await channel.test(account)
        for text in (b"one", b"two", b"three", b"four"):
            smsc.deliver(delivery(text))
        await channel.send(account, [message(1, "x")])
        assert len(await channel.collect(account)) == 3
        smsc.deliver(delivery(b"four"))
        await channel.send(account, [message(2, "x")])
        assert await channel.collect(account) == []
        smsc.deliver(delivery(b"four"))
        await channel.send(account, [message(3, "x")])
        assert [one.text for one in await channel.collect(account) if isinstance(one, Answered)] == ["four"]
        assert smsc.refused == [(4, 0x64), (5, 0x64)]

    with Smsc() as smsc:
        play(smsc, scene)


def test_numbers_of_pdus_go_round_and_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_HIGHEST_NUMBER", 3)

    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> list[OutcomeKind]:
        return [one.kind for number in range(8) for one in await channel.send(account, [message(number, "x")])]

    with Smsc() as smsc:
        assert play(smsc, scene) == [K.ACCEPTED] * 8
        assert [one.sequence_num for one in smsc.submitted] == [2, 3, 1, 2, 3, 1, 2, 3]


def test_the_password_goes_over_tls_to_whom_the_file_trusts(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "smsc.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Smsc(tls=context) as smsc:
        (trusted,) = send(smsc, message(1, "x"), tls=True, ca_file=str(certificate))
        (untrusted,) = send(smsc, message(2, "x"), tls=True)
        (missing,) = send(smsc, message(3, "x"), tls=True, ca_file=str(tmp_path / "none.pem"))
        assert [one.kind for one in (trusted, untrusted, missing)] == [K.ACCEPTED, K.RETRYABLE, K.RETRYABLE]
        assert len(smsc.taken) == 1


def test_the_password_goes_in_clear_to_this_host_or_where_that_is_allowed() -> None:
    for right in ({"host": "::1"}, {"host": "smsc.example", "tls": True}):
        settings(**right)
    settings(host="10.0.0.9", password_in_clear=True)
    with pytest.raises(SettingsError, match="tls"):
        settings(host="smsc.example")
    with pytest.raises(SettingsError, match="ca_file"):
        settings(ca_file="smsc.pem")


def test_the_smsc_is_asked_whether_it_is_there_and_left_when_it_is_not() -> None:
    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> bool:
        await channel.test(account)
        (first,) = await bound(channel, account)
        assert await asyncio.to_thread(smsc.enquired.wait, 5.0)
        smsc.answers_enquiries = False
        await asyncio.gather(*first._tasks, return_exceptions=True)
        (outcome,) = await channel.send(account, [message(1, "x")])
        return not first.is_open and outcome.kind is K.ACCEPTED

    with Smsc() as smsc:
        assert play(smsc, scene, idle_seconds=0.05, timeout=0.2)


def test_what_the_smsc_asks_is_answered_and_rubbish_ends_the_connection() -> None:
    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> list[bool]:
        await channel.test(account)
        states = []
        for data in (
            struct.pack("!IIII", 16, 0x15, 0, 5) + struct.pack("!IIII", 16, 0x103, 0, 6),
            struct.pack("!IIII", 16, 6, 0, 7),
            struct.pack("!IIII", 3, 6, 0, 8),
        ):
            (session,) = await bound(channel, account)
            smsc.send(data)
            (outcome,) = await channel.send(account, [message(1, "x")])
            states.append(outcome.kind is K.ACCEPTED or not session.is_open)
            await channel.test(account)
        return states

    with Smsc() as smsc:
        assert play(smsc, scene) == [True, True, True]


def test_a_process_binds_as_often_as_it_is_told_and_let_in() -> None:
    async def scene(channel: SmppChannel, account: Account[SmppSettings]) -> list[Any]:
        outcomes = await channel.send(account, [message(number, "x") for number in range(6)])
        assert [one.kind for one in outcomes] == [K.ACCEPTED] * 6
        assert sorted(smsc.shares.values()) == [2, 2, 2]
        for _ in range(3):
            await channel.send(account, [message(7, "x")])
        assert sorted(smsc.shares.values()) == [3, 3, 3]
        smsc.deliver(delivery(b"stop"))  # to each of those that are bound
        return await collected(channel, account, 3)

    with Smsc() as smsc:
        assert len(play(smsc, scene, binds=3)) == 3
    with Smsc(most_binds=2) as smsc:
        (outcome,) = send(smsc, message(1, "x"), binds=3)
        assert outcome.kind is K.ACCEPTED
        assert smsc.binds == 3, "two that were let in, and one that was not"


def test_numbers_and_settings() -> None:
    assert Number.of("+8613800138000") == Number("8613800138000", 1, 1)
    assert Number.of("10690000") == Number("10690000", 0, 1)
    assert Number.of("Tide") == Number("Tide", 5, 0)
    for wrong in ({"sender": "潮汐"}, {"password": Secret("nine-long")}, {"marketing_closes": 8}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            settings(**wrong)
    assert tidegate_channels({})[0].manifest.name == "sms.smpp"
    with pytest.raises(ValueError, match="no settings of its own"):
        tidegate_channels({"x": 1})
