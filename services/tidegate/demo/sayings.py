"""What the campaign says, and what providers know it by: their codes of templates, texts, and fields."""

from collections.abc import Mapping
from dataclasses import dataclass

SIGN = "Tide Optics"
"""The signature under which short messages go out."""
REFUSAL = "拒收请回复R"
"""How marketing by SMS has to end in China."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One template of the campaign: its headline, what only short messages add, and its number at providers.

    ``accounts`` are those whose provider has to know it, since the campaign says it there.
    """

    template_id: str
    headline: str
    number: int
    accounts: tuple[str, ...] = ("sms",)
    addition: str = ""

    @property
    def codes(self) -> Mapping[str, str]:
        """What providers know it by, by account."""
        codes = {"sms": self.sms_code, "wechat.subscription": self.wechat_id}
        return {account: codes[account] for account in self.accounts}

    @property
    def sms_code(self) -> str:
        """The template's code at the SMS service."""
        return f"SMS_{310_000_000 + self.number}"

    @property
    def wechat_id(self) -> str:
        """The template's id at the mini-program."""
        return f"{self.template_id}-{self.number:0>32}"

    def short(self, offer: str) -> str:
        """The short message, with ``offer`` as a provider or our own templates write a variable."""
        return f"{self.headline}: {offer}. {self.addition}{REFUSAL}"


FLASH = Saying(
    "flash", "Tonight only", 3, addition="In all our shops and in the mini-program, as long as there are any. "
)
"""What other platforms say."""
SAYINGS = (
    Saying("early-bird", "Early birds", 1, ("sms", "wechat.subscription")),
    Saying("wave", "This week", 2),
    FLASH,
    Saying("double-eleven", "Double 11", 4, ("wechat.subscription",)),
    Saying("last-chance", "Last chance", 5),
)
SUBSCRIBED = tuple(saying for saying in SAYINGS if "wechat.subscription" in saying.accounts)
"""What users of the mini-program are asked whether they want to be told."""
