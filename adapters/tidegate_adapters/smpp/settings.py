"""Settings of an account of the channel `sms.smpp`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.calls.hosts import is_loopback
from tidegate_adapters.sms.marketing import CLOSES, OPENS, SUFFIX, Marketing
from tidegate_adapters.sms.texts import REFUSALS


class ReceiptIds(StrEnum):
    """How receipts write the ids that the SMSC gives in its answers."""

    AS_IS = "as_is"
    """The same way."""
    HEX_TO_DECIMAL = "hex_to_decimal"
    """Answers in hexadecimal digits, receipts in decimal ones."""
    DECIMAL_TO_HEX = "decimal_to_hex"
    """Answers in decimal digits, receipts in hexadecimal ones."""

    def of_response(self, text: str) -> str:
        """The id in an answer, as it is kept: in decimal digits, unless all are alike."""
        return text if self is ReceiptIds.AS_IS else _decimal(text, 16 if self is ReceiptIds.HEX_TO_DECIMAL else 10)

    def of_receipt(self, text: str) -> str:
        """The id in a receipt, likewise."""
        return text if self is ReceiptIds.AS_IS else _decimal(text, 10 if self is ReceiptIds.HEX_TO_DECIMAL else 16)


def _decimal(text: str, base: int) -> str:
    """A number in decimal digits; what is none stays as it is."""
    if not (text.isascii() and text.isalnum()):
        return text
    try:
        return str(int(text, base))
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class SmppSettings:
    """An SMSC, and who we are to it. Lengths are those of SMPP 3.4."""

    host: str = setting("Host name of the SMSC", minimum=1)
    system_id: str = setting("Name by which we bind", minimum=1, maximum=15)
    password: Secret = secret("Password by which we bind, at most 8 characters")
    sender: str = setting("From whom messages are: a number, a short code, or up to 11 letters", minimum=1, maximum=20)
    port: int = setting("Port of the SMSC", default=2775, minimum=1, maximum=65535)
    tls: bool = setting("Whether the connection is TLS from its first byte", default=False)
    ca_file: str = setting("File of certificates to trust besides the system's, with tls", default="")
    password_in_clear: bool = setting(
        "Whether the password may go without tls to another host, as through a tunnel or a line of one's own",
        default=False,
    )
    system_type: str = setting("Type by which we bind, where the SMSC asks for one", default="", maximum=12)
    sign_name: str = setting("Signature that is put before texts, in 【】; empty = none", default="", maximum=64)
    gsm: bool = setting("Whether the SMSC's default alphabet is GSM 03.38; else all goes as UCS-2", default=True)
    receipt_ids: ReceiptIds = setting(
        "How receipts write the ids of the SMSC's answers: alike, or one in hex, the other in decimal",
        default=ReceiptIds.AS_IS,
    )
    binds: int = setting(
        "Connections that each process binds, as far as the SMSC lets them in", default=1, minimum=1, maximum=16
    )
    window: int = setting("Most messages that wait for an answer on each", default=50, minimum=1, maximum=1000)
    idle_seconds: float = setting("Seconds between questions whether the SMSC is there", default=30.0, minimum=0.05)
    marketing_suffix: str = setting(
        "How the text of marketing to mainland numbers must end; empty = not looked at", default=SUFFIX
    )
    marketing_opens: int = setting(
        "From which hour marketing to mainland numbers goes out, in China's time", default=OPENS, minimum=0, maximum=23
    )
    marketing_closes: int = setting("Until which hour it goes out", default=CLOSES, minimum=1, maximum=24)
    refusal_words: tuple[str, ...] = setting("Whole answers that refuse further messages", default=REFUSALS)
    connect_timeout: float = setting("Seconds for a connection and the bind", default=10.0, minimum=0.05, maximum=30.0)
    timeout: float = setting("Seconds for an answer", default=15.0, minimum=0.05, maximum=60.0)

    def __post_init__(self) -> None:
        problems = [Problem(name, "must be ASCII") for name in _ASCII if not getattr(self, name).isascii()]
        word = self.password.reveal()
        if not word.isascii() or len(word) > _LONGEST_PASSWORD:
            problems.append(Problem("password", f"must be ASCII of at most {_LONGEST_PASSWORD} characters"))
        if not (self.tls or self.password_in_clear or is_loopback(self.host)):
            problems.append(
                Problem("tls", "the password needs it, unless the SMSC is on this host, or password_in_clear")
            )
        if self.ca_file and not self.tls:
            problems.append(Problem("ca_file", "is for tls"))
        if self.marketing_opens >= self.marketing_closes:
            problems.append(Problem("marketing_closes", "must be later than marketing_opens"))
        if problems:
            raise SettingsError(problems)

    @property
    def marketing(self) -> Marketing:
        """What is demanded of marketing."""
        return Marketing(self.marketing_suffix, self.marketing_opens, self.marketing_closes)


_ASCII = ("system_id", "sender", "system_type")
_LONGEST_PASSWORD = 8
