"""What calls cost: as the provider says, else the account's price for each part.

What may have been taken is charged like what was; what was surely not taken costs what the provider says, else nothing.
"""

from datetime import datetime, tzinfo

from tidegate.channels import SMS, Outcome, OutcomeKind
from tidegate.channels.sms import parts_to
from tidegate.delivery.instants import SECOND
from tidegate.delivery.model import NO_CHARGE, Account, Charge


def charge_of(outcome: Outcome, account: Account, text: str, address: str, *, called: int, zone: tzinfo) -> Charge:
    """The charge for one message with its ``text``; ``zone`` is the company's, whose day of the call it falls on."""
    price, said = account.price_micros, outcome.cost_micros
    if not price and said is None and outcome.parts is None:
        return NO_CHARGE
    if said is None and outcome.kind not in (OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN):
        return NO_CHARGE
    parts = outcome.parts or _parts(account.channel, text, address)
    return Charge(price * parts if said is None else said, parts, account.currency, day_of(called, zone))


def day_of(instant: int, zone: tzinfo) -> str:
    """The day of an instant in a zone, as YYYY-MM-DD."""
    return datetime.fromtimestamp(instant / SECOND, tz=zone).date().isoformat()


def _parts(channel: str, text: str, address: str) -> int:
    """As many as a preview says, but for the signature, which is its provider's; other messages are charged whole."""
    return parts_to(address, text) if channel == SMS.name else 1
