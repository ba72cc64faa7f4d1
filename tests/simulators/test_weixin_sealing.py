"""Sealing and signing agree with the vendor's published examples, bit for bit."""

import json

import pytest
from support.shared_data import shared_data
from tidegate_simulators.weixin import Sealing, SealingError

KEY = "a" * 43


def test_the_published_examples() -> None:
    cases = json.loads(shared_data("vectors/signature_vectors.json").read_text())["wechat_msgcrypt"]["cases"]
    assert len(cases) >= 5
    for case in cases:
        sealing = Sealing(case["token"], case["encoding_aes_key"], case["receive_id"])
        assert sealing.seal(case["plaintext"], random=case["random16"].encode()) == case["encrypt"], case["name"]
        assert sealing.open(case["encrypt"]) == case["plaintext"]
        if "msg_signature" in case:
            signed = sealing.sign(case["timestamp"], case["nonce"], case["encrypt"])
            assert signed == case["msg_signature"]
            assert sealing.open_signed(case["encrypt"], signed, case["timestamp"], case["nonce"]) == case["plaintext"]


@pytest.mark.parametrize("length", [0, 1, 11, 12, 31, 32, 500])
def test_what_is_sealed_opens_for_its_receiver_alone(length: int) -> None:
    sealed = Sealing("t", KEY, "wx1").seal("x" * length)
    assert Sealing("t", KEY, "wx1").open(sealed) == "x" * length
    with pytest.raises(SealingError, match="another receiver"):
        Sealing("t", KEY, "wx2").open(sealed)


@pytest.mark.parametrize("sealed", ["", "!", "YWJj", "A" * 44, "A" * 64])
def test_what_is_not_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(SealingError):
        Sealing("t", KEY, "wx1").open(sealed)


def test_a_wrong_signature_and_a_wrong_key_are_refused() -> None:
    sealing = Sealing("t", KEY, "wx1")
    sealed = sealing.seal("x")
    with pytest.raises(SealingError, match="signature"):
        sealing.open_signed(sealed, sealing.sign("1", "2", sealed), "1", "3")
    with pytest.raises(SealingError):
        Sealing("t", "b" * 43, "wx1").open(sealed)
    with pytest.raises(ValueError, match="43"):
        Sealing("t", "short", "wx1")
