"""Normal forms: phones against vectors, the other forms and what is refused by tables."""

import json

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.budget import budget
from support.shared_data import shared_data
from tidegate.identity.keys import KeyMaker, UnknownNamespace, ordered
from tidegate.identity.model import Namespace, NormalForm, ScopeRule
from tidegate.identity.normalise import BUILT_IN, UnusableIdentifier, normal_value
from tidegate.identity.vault import Vault
from tidegate.runtime.keyring import Keyring

KEYRING = Keyring(None, original=b"s" * 32, purpose="test")
KEYS = KeyMaker(BUILT_IN, Vault(b"k" * 32, KEYRING).lookup)


def test_phones_become_e164_as_the_vectors_say() -> None:
    cases = json.loads(shared_data("vectors/phone_vectors.json").read_text())["cases"]
    wrong = []
    for case in cases:
        rules = Namespace(namespace_id="p", normal_form=NormalForm.PHONE, default_region=case["region"])
        try:
            value: str | None = normal_value(rules, case["raw"])
        except UnusableIdentifier:
            value = None
        is_one_persons = case.get("valid") and case["type"] in ("MOBILE", "FIXED_LINE_OR_MOBILE", "PERSONAL_NUMBER")
        if value != (case["e164"] if is_one_persons else None):
            wrong.append((case["raw"], case["region"], value))
    assert len(cases) == 280
    assert wrong == []


@settings(max_examples=budget(40, 500))
@given(st.from_regex(r"(\+86[ -]?|\+1|0|-| )?1[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}", fullmatch=True))
def test_chinese_mobile_numbers_are_what_the_library_makes_of_them(raw: str) -> None:
    for region in ("CN", "US", "IT"):
        rules = Namespace(namespace_id="p", normal_form=NormalForm.PHONE, default_region=region)
        assert normal_or_none(rules, raw) == e164_or_none(raw, region)


def e164_or_none(raw: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    kinds = phonenumbers.PhoneNumberType
    personal = (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE, kinds.PERSONAL_NUMBER)
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in personal:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@given(
    st.from_regex(r"[A-Za-z0-9_+.-]{1,12}@([A-Za-z0-9-]{0,5}[.]){0,3}(com|COM|test|xn--fiqs8s|c1|-a)", fullmatch=True)
)
@example("Postmaster@example.com")
@example("a@xn--fsqu00a.xn--fiqs8s")
@example(f"{'a' * 65}@example.com")
def test_plain_addresses_are_what_the_library_makes_of_them(raw: str) -> None:
    try:
        expected: str | None = validate_email(raw, check_deliverability=False).normalized
    except EmailNotValidError:
        expected = None
    assert normal_or_none(Namespace(namespace_id="e", normal_form=NormalForm.EMAIL), raw) == expected


def normal_or_none(rules: Namespace, raw: str) -> str | None:
    try:
        return normal_value(rules, raw)
    except UnusableIdentifier:
        return None


@pytest.mark.parametrize(
    ("form", "raw", "normal"),
    [
        (NormalForm.TEXT, "  Ab C ", "Ab C"),
        (NormalForm.TEXT, "e\u0301", "é"),
        (NormalForm.LOWER_CASE, "AbC", "abc"),
        (NormalForm.EMAIL, "Li.Lei@Example.COM", "Li.Lei@example.com"),
        (NormalForm.EMAIL, "李@例子.中国", "李@例子.中国"),
        (NormalForm.DIGITS, " 698-80 48", "6988048"),
    ],
)
def test_forms(form: NormalForm, raw: str, normal: str) -> None:
    assert normal_value(Namespace(namespace_id="n", normal_form=form), raw) == normal


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        (NormalForm.TEXT, ""),
        (NormalForm.TEXT, "   "),
        (NormalForm.TEXT, "NULL"),
        (NormalForm.TEXT, "0000000"),
        (NormalForm.TEXT, "x" * 513),
        (NormalForm.PHONE, "+8600000000000"),
        (NormalForm.PHONE, "hello"),
        (NormalForm.PHONE, "400-800-8888"),
        (NormalForm.PHONE, "010-62345678"),
        (NormalForm.PHONE, "138 0013 8000 ext. 12"),
        (NormalForm.TEXT, "a\0b"),
        (NormalForm.EMAIL, "li.lei"),
        (NormalForm.DIGITS, "69a"),
        (NormalForm.DIGITS, "00-00"),
    ],
)
def test_values_that_name_nobody_are_refused(form: NormalForm, raw: str) -> None:
    with pytest.raises(UnusableIdentifier):
        normal_value(Namespace(namespace_id="n", normal_form=form), raw)


def test_a_namespace_blocks_values_and_patterns_of_its_own() -> None:
    rules = Namespace(
        namespace_id="phone",
        normal_form=NormalForm.PHONE,
        blocked_values=("+8613800138000",),
        blocked_patterns=(r"\+86139\d*",),
    )
    assert normal_value(rules, "13700138000") == "+8613700138000"
    for blocked in ("138 0013 8000", "13900138000"):
        with pytest.raises(UnusableIdentifier, match="blocked"):
            normal_value(rules, blocked)


@pytest.mark.parametrize(
    ("namespace", "usable"),
    [
        ("wechat.openid:wx12", True),
        ("wechat.openid", False),
        ("wechat.openid:", False),
        ("wechat.openid:a b", False),
        ("wechat.openid:" + "x" * 65, False),
        ("wechat.unionid", True),
        ("wechat.unionid:open1", True),
        ("member_id", True),
        ("member_id:x", False),
    ],
)
def test_scopes(namespace: str, usable: bool) -> None:
    if usable:
        assert KEYS.key(namespace, "v").namespace == namespace
        return
    with pytest.raises(UnusableIdentifier) as raised:
        KEYS.key(namespace, "v")
    assert raised.value.field == "namespace"


def test_scopes_are_namespaces_of_their_own() -> None:
    assert KEYS.key("wechat.openid:a", "o").lookup != KEYS.key("wechat.openid:b", "o").lookup
    assert ScopeRule.REQUIRED is BUILT_IN["wechat.openid"].scope_rule


def test_an_unknown_namespace_is_named() -> None:
    with pytest.raises(UnknownNamespace, match="`fax`"):
        KEYS.key("fax", "1")


def test_keys_come_once_and_by_falling_priority() -> None:
    keys = [KEYS.key(*pair) for pair in (("cookie", "c"), ("phone", "13800138000"), ("member_id", "m"))]
    again = KEYS.key("phone", "+86 138 0013 8000")
    assert [key.namespace for key in ordered([*keys, again])] == ["member_id", "phone", "cookie"]


def test_lookups_depend_on_the_key_of_the_installation() -> None:
    assert Vault(b"a" * 32, KEYRING).lookup("phone", "1") != Vault(b"b" * 32, KEYRING).lookup("phone", "1")
