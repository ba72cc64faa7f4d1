"""Normal forms of identifiers, and which values name nobody.

A phone becomes E.164 (phonenumbers; a number must be valid for its region), an address gets its domain in
lower case (RFC 5321 leaves the local part to its host). Values such as `null` or `000` are refused in every
namespace, others by the namespace's own lists. Both libraries take their time over forms that are rare; the
common ones, a Chinese mobile number and a plain address, are told by their own rules in a tenth of it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from tidegate.identity.model import DAY, NUL, Namespace, NormalForm, ScopeRule, Strength

LONGEST_VALUE = 512
LONGEST_SCOPE = 64
_NOBODY = frozenset(
    ("null", "none", "nil", "nan", "undefined", "unknown", "n/a", "na", "-", "anonymous", "test", "(null)")
)
_SCOPE = re.compile(r"[A-Za-z0-9._@-]+")
_ELEVEN_DIGITS = re.compile(r"(\+86[ -]?)?([0-9]{3})[ -]?([0-9]{4})[ -]?([0-9]{4})")
_CHINA = "CN"
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""The regions whose phone numbers are known, by ISO 3166-1."""
_PERSONAL = frozenset(
    (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,  # where numbers don't tell, as in the United States
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
    )
)
_PLAIN_ADDRESS = re.compile(r"([a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")
_SHORT_ADDRESS = 64  # no limit of an address's parts, or of their other forms, is reached
_DOMAINS = 10_000
_A_FEW, _MANY = 20, 100
"""More of a kind than one person has in years: what brings more together is shared by many, such as a shop's phone."""

BUILT_IN: Mapping[str, Namespace] = {
    namespace.namespace_id: namespace
    for namespace in (
        Namespace(
            namespace_id="member_id",
            display_name="Member id",
            priority=900,
            max_per_customer=1,
            strength=Strength.STRONG,
        ),
        Namespace(
            namespace_id="wechat.unionid",
            display_name="WeChat unionid, per open platform",
            scope_rule=ScopeRule.OPTIONAL,
            priority=800,
            max_per_customer=1,
            strength=Strength.STRONG,
        ),
        Namespace(
            namespace_id="wecom.external_userid",
            display_name="WeCom external_userid, per corp",
            scope_rule=ScopeRule.REQUIRED,
            priority=700,
            max_per_customer=1,
            strength=Strength.STRONG,
            address=True,
        ),
        Namespace(
            namespace_id="wechat.openid",
            display_name="WeChat openid, per app",
            scope_rule=ScopeRule.REQUIRED,
            priority=600,
            max_per_customer=_A_FEW,
            strength=Strength.STRONG,
            address=True,
        ),
        Namespace(
            namespace_id="phone",
            display_name="Phone",
            priority=500,
            max_per_customer=_A_FEW,
            normal_form=NormalForm.PHONE,
            default_region="CN",
            address=True,
        ),
        Namespace(
            namespace_id="email",
            display_name="E-mail",
            priority=400,
            max_per_customer=_A_FEW,
            normal_form=NormalForm.EMAIL,
            address=True,
        ),
        Namespace(
            namespace_id="wecom.pending_id",
            display_name="WeCom pending_id of somebody who is no contact yet, per corp",
            scope_rule=ScopeRule.REQUIRED,
            priority=300,
            max_per_customer=_A_FEW,
            lifetime=90 * DAY,
        ),
        Namespace(namespace_id="device", display_name="Device", priority=200, max_per_customer=_MANY, address=True),
        Namespace(
            namespace_id="apns.token",
            display_name="Apple's device token, per app",
            scope_rule=ScopeRule.REQUIRED,
            priority=200,
            max_per_customer=_MANY,
            normal_form=NormalForm.LOWER_CASE,
            address=True,
        ),
        Namespace(namespace_id="cookie", display_name="Cookie", priority=100, max_per_customer=10 * _MANY),
        Namespace(
            namespace_id="wecom.userid",
            display_name="WeCom user id of staff, per corp",
            scope_rule=ScopeRule.REQUIRED,
            address=True,
            entity_only=True,
        ),
        Namespace(
            namespace_id="wecom.chat_id",
            display_name="WeCom customer group, per corp",
            scope_rule=ScopeRule.REQUIRED,
            address=True,
            entity_only=True,
        ),
        Namespace(
            namespace_id="wecom.robot",
            display_name="Key of a WeCom group's robot",
            address=True,
            entity_only=True,
        ),
    )
}
"""The namespaces that every installation has."""


class UnusableIdentifier(ValueError):
    """The identifier names nobody; the text says what would be right, ``field`` which part is at fault."""

    def __init__(self, text: str, *, field: str = "value") -> None:
        super().__init__(text)
        self.field = field


def split_scope(full: str) -> tuple[str, str]:
    """`wechat.openid:wx1` → (`wechat.openid`, `wx1`); without a scope the second part is empty."""
    namespace_id, _, scope = full.partition(":")
    return namespace_id, scope


def check_scope(namespace: Namespace, full: str) -> None:
    """Refuses a scope where there must be none, and its absence where there must be one."""
    scope = split_scope(full)[1]
    if namespace.scope_rule is ScopeRule.REQUIRED and not scope:
        raise UnusableIdentifier(f"needs a scope: `{namespace.namespace_id}:<scope>`", field="namespace")
    if namespace.scope_rule is ScopeRule.NONE and ":" in full:
        raise UnusableIdentifier(f"takes no scope: use `{namespace.namespace_id}`", field="namespace")
    if ":" in full and (len(scope) > LONGEST_SCOPE or not _SCOPE.fullmatch(scope)):
        raise UnusableIdentifier(
            f"a scope has 1 to {LONGEST_SCOPE} letters, digits, `.`, `_`, `@`, or `-`", field="namespace"
        )


def normal_value(namespace: Namespace, raw: str) -> str:
    """The normal form of ``raw``. Raises UnusableIdentifier when it names nobody."""
    if len(raw) > LONGEST_VALUE:
        raise UnusableIdentifier(f"has {len(raw)} characters; the limit is {LONGEST_VALUE}")
    text = (raw if raw.isascii() else unicodedata.normalize("NFC", raw)).strip()
    if not text:
        raise UnusableIdentifier("is empty")
    if NUL in text:
        raise UnusableIdentifier("must not contain the character NUL")
    if _names_nobody(text):
        raise UnusableIdentifier("is a placeholder that names nobody; leave the identifier out")
    value = _FORMS[namespace.normal_form](text, namespace)
    if _blocked(namespace, value):
        raise UnusableIdentifier("is blocked in this namespace; leave the identifier out")
    return value


def _names_nobody(text: str) -> bool:
    return text.casefold() in _NOBODY or (text[-1] == "0" and not text.removeprefix("+").strip("0"))


def _blocked(namespace: Namespace, value: str) -> bool:
    if not (namespace.blocked_values or namespace.blocked_patterns):
        return False
    folded = value.casefold()
    return any(folded == blocked.casefold() for blocked in namespace.blocked_values) or any(
        re.fullmatch(pattern, value) for pattern in namespace.blocked_patterns
    )


def _text(text: str, _namespace: Namespace) -> str:
    return text


def _lower_case(text: str, _namespace: Namespace) -> str:
    return text.lower()


def _phone(text: str, namespace: Namespace) -> str:
    region = namespace.default_region or _CHINA
    return _chinese_mobile(text, region) or _any_phone(text, region)


def _chinese_mobile(text: str, region: str) -> str | None:
    """The normal form of a Chinese mobile number; None for everything else."""
    found = _ELEVEN_DIGITS.fullmatch(text)
    if found is None or not (found[1] or region == _CHINA):
        return None
    national = f"{found[2]}{found[3]}{found[4]}"
    return f"+86{national}" if _chinese_mobiles().fullmatch(national) else None


@cache
def _chinese_mobiles() -> re.Pattern[str]:
    """What the library holds the national part of a Chinese mobile number against."""
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region(_CHINA)
    return re.compile(metadata.mobile.national_number_pattern)


def _any_phone(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise UnusableIdentifier(f"is no phone number; give E.164, or a number of region {region}") from error
    if not phonenumbers.is_valid_number(number):
        raise UnusableIdentifier(f"is no valid phone number; give E.164, or a number of region {region}")
    if number.extension or phonenumbers.number_type(number) not in _PERSONAL:
        raise UnusableIdentifier("is a landline or a service number, which many people share; give a mobile number")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _email(text: str, _namespace: Namespace) -> str:
    plain = _PLAIN_ADDRESS.fullmatch(text) if len(text) <= _SHORT_ADDRESS else None
    try:
        return _address(text) if plain is None else f"{plain[1]}@{_domain(plain[2])}"
    except EmailNotValidError as error:
        raise UnusableIdentifier("is no e-mail address") from error


def _address(text: str) -> str:
    return str(validate_email(text, check_deliverability=False).normalized)


@lru_cache(_DOMAINS)
def _domain(text: str) -> str:
    """The normal form of a domain: there are few of them."""
    return _address(f"somebody@{text}").partition("@")[2]


def _digits(text: str, _namespace: Namespace) -> str:
    digits = re.sub(r"[\s-]", "", text)
    if not (digits.isascii() and digits.isdigit()):
        raise UnusableIdentifier("must consist of digits")
    if not digits.strip("0"):
        raise UnusableIdentifier("is a placeholder that names nobody; leave the identifier out")
    return digits


_FORMS: Mapping[NormalForm, Callable[[str, Namespace], str]] = {
    NormalForm.TEXT: _text,
    NormalForm.LOWER_CASE: _lower_case,
    NormalForm.PHONE: _phone,
    NormalForm.EMAIL: _email,
    NormalForm.DIGITS: _digits,
}
