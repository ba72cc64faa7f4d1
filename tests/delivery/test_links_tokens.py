"""Tokens: they say what we put in, and nobody else can make one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate.delivery.links.addresses import is_web_address
from tidegate.delivery.links.tokens import Purpose, Subscription, Tokens, link_code
from tidegate.runtime.ids import new_id

TOKENS = Tokens(b"k" * 32)
MESSAGE = new_id()
TARGET = "https://shop.example/sale?utm_campaign=double11&item=42#top"


def test_a_click_says_where_it_leads() -> None:
    click = TOKENS.read_click(TOKENS.click(MESSAGE, TARGET, "banner"))
    assert click is not None
    assert (click.message_id, click.target, click.label) == (MESSAGE, TARGET, "banner")
    assert click.code == link_code(TARGET)


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=2000),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50),
)
def test_any_target_comes_back(target: str, label: str) -> None:
    click = TOKENS.read_click(TOKENS.click(MESSAGE, target, label))
    assert click is not None
    assert (click.target, click.label) == (target, label)


@given(st.integers(0, 200), st.integers(0, 7))
def test_no_bit_can_be_changed(place: int, bit: int) -> None:
    token = TOKENS.click(MESSAGE, TARGET)
    signed = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    signed[place % len(signed)] ^= 1 << bit
    assert TOKENS.read_click(base64.urlsafe_b64encode(bytes(signed)).decode()) is None


@given(st.text(max_size=200))
def test_rubbish_is_not_ours(text: str) -> None:
    assert TOKENS.read_click(text) is None
    assert TOKENS.read_message(Purpose.OPEN, text) is None


@given(
    st.builds(
        Subscription,
        st.integers(1, 2**63 - 1),
        *[st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)] * 3,
    )
)
def test_an_unsubscribe_link_says_what_it_ends(of: Subscription) -> None:
    assert TOKENS.read_unsubscribe(TOKENS.unsubscribe(MESSAGE, of)) == (MESSAGE, of)
    assert TOKENS.read_unsubscribe(TOKENS.unsubscribe(MESSAGE)) == (MESSAGE, None), "as those that went out before"
    assert Tokens(b"other" * 8).read_unsubscribe(TOKENS.unsubscribe(MESSAGE, of)) is None


def test_a_token_is_good_for_one_purpose_and_one_key() -> None:
    opened = TOKENS.open(MESSAGE)
    assert TOKENS.read_message(Purpose.OPEN, opened) == MESSAGE
    assert TOKENS.read_message(Purpose.UNSUBSCRIBE, opened) is None
    assert TOKENS.read_click(opened) is None
    assert Tokens(b"other" * 8).read_message(Purpose.OPEN, opened) is None


def test_a_token_is_no_longer_than_it_must_be() -> None:
    assert len(TOKENS.open(MESSAGE)) == 39
    assert len(TOKENS.click(MESSAGE, TARGET)) < len(TARGET) * 4 / 3 + 50


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://a.example", True),
        ("http://a.example:8080/x?y#z", True),
        ("https://例子.example/路", True),
        ("ftp://a.example", False),
        ("//a.example", False),
        ("https://", False),
        ("javascript:alert(1)", False),
        ("https://a.example/\r\nSet-Cookie: x", False),
        ("https://a.example/ x", False),
        ("https://a.example/" + "x" * 2048, False),
        ("https://[broken", False),
    ],
)
def test_web_addresses(text: str, good: bool) -> None:
    assert is_web_address(text) is good
