"""What providers demand of marketing to mainland numbers: the hours in which it goes out, and how it ends.

Only what one click ends is marketing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tidegate.channels import OutboundMessage, Outcome, Scope
from tidegate.channels.allowances import PLATFORM_ZONE

from tidegate_adapters.sms.numbers import is_domestic

SUFFIX: Final = "拒收请回复R"
"""How it must end (November 2026)."""

OPENS: Final = 8
CLOSES: Final = 22
"""From which hour until which it goes out, in China's time (November 2026)."""

_AROUND: Final = " \t\r\n。.!！,，;；"


@dataclass(frozen=True, slots=True)
class Marketing:
    """The rules of an account.

    Attributes:
        suffix: How the text must end; "" = it is not looked at.
        opens: From which hour it goes out, in China's time.
        closes: Until which hour; from 0 until 24 = at any time.
    """

    suffix: str = SUFFIX
    opens: int = OPENS
    closes: int = CLOSES

    def refusal(self, message: OutboundMessage, now: datetime) -> Outcome | None:
        """Why a message is not offered now; None when nothing speaks against it."""
        if not message.unsubscribe_url or not is_domestic(message.address):
            return None
        if self._lacks_suffix(message.content.text):
            return Outcome.content_rejected(
                f"marketing to mainland numbers must end with {self.suffix}; change the template",
                scope=Scope.TEMPLATE,
            )
        wait = self.wait(now)
        return Outcome.rate_limited(_CLOSED, retry_after=wait, scope=Scope.MESSAGE) if wait else None

    def wait(self, now: datetime) -> timedelta:
        """How long until it goes out; none while it does."""
        local = now.astimezone(PLATFORM_ZONE)
        if self.opens <= local.hour < self.closes:
            return timedelta()
        opens = local.replace(hour=self.opens, minute=0, second=0, microsecond=0)
        return (opens if opens > local else opens + timedelta(days=1)) - local

    def _lacks_suffix(self, text: str) -> bool:
        """Whether a text surely does not end as it must: one that is not seen may say it at the provider."""
        return bool(self.suffix) and bool(text) and not plain(text).endswith(plain(self.suffix))


_CLOSED: Final = "marketing to mainland numbers goes out by day only (marketing_opens, marketing_closes)"


def plain(text: str) -> str:
    """A text without what does not matter: width and case of letters, spaces and marks around it."""
    return unicodedata.normalize("NFKC", text).strip(_AROUND).casefold()
