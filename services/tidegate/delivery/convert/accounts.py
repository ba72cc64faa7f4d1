"""Accounts as the contract has them, and back; secrets stand in them by name alone."""

from collections.abc import Collection, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct

from tidegate.api.delivery.v1 import channels_pb2
from tidegate.delivery.accounts import etag_of
from tidegate.delivery.announce import numbers
from tidegate.delivery.breaker import Breaker, BreakerState
from tidegate.delivery.instants import duration, span, timestamp
from tidegate.delivery.model import Account, AccountState
from tidegate.delivery.nul import refuse_nul
from tidegate.delivery.store.costs import Cost
from tidegate.runtime.errors import InvalidArgument

_ACCOUNT_STATES: Mapping[str, channels_pb2.AccountState] = numbers(
    channels_pb2.AccountState, "ACCOUNT_STATE", AccountState
)


_BREAKER_STATES: Mapping[str, channels_pb2.BreakerState] = numbers(
    channels_pb2.BreakerState, "BREAKER_STATE", BreakerState
)
Standings = Mapping[str, tuple[Breaker, BreakerState]]
_UNTOUCHED = Breaker(), BreakerState.CLOSED


def account(one: Account, standings: Standings, callback_url: str) -> channels_pb2.Account:
    """An account as it is shown, its breaker by its id; secrets stand in it by name alone."""
    settings = json_format.ParseDict(dict(one.settings), Struct())
    return channels_pb2.Account(
        account_id=one.account_id,
        channel=one.channel,
        adapter=one.adapter,
        display_name=one.display_name,
        settings=settings,
        rate=channels_pb2.AccountRate(messages_per_second=one.per_second, burst=one.burst),
        brands=one.brands,
        call_timeout=duration(one.call_timeout) if one.call_timeout else None,
        max_in_flight=one.max_in_flight,
        settle_after=duration(one.settle_after) if one.settle_after else None,
        price_micros_per_part=one.price_micros,
        currency=one.currency,
        state=_ACCOUNT_STATES[one.state],
        state_reason=one.state_reason,
        etag=etag_of(one),
        create_time=timestamp(one.create_time),
        update_time=timestamp(one.update_time),
        breaker=_breaker(*standings.get(one.account_id, _UNTOUCHED)),
        callback_url=callback_url,
    )


def _breaker(breaker: Breaker, state: BreakerState) -> channels_pb2.AccountBreaker:
    since = timestamp(breaker.since) if breaker.since else None
    return channels_pb2.AccountBreaker(state=_BREAKER_STATES[state], since_time=since, failures=breaker.failures)


def read_account(given: channels_pb2.Account) -> Account:
    """An account as a caller describes it. Raises InvalidArgument."""
    refuse_nul(given, "account")
    return Account(account_id=given.account_id, **_account_values(given))


def _account_values(given: channels_pb2.Account) -> dict[str, Any]:
    return {
        "channel": given.channel,
        "adapter": given.adapter,
        "display_name": given.display_name,
        "settings": json_format.MessageToDict(given.settings),
        "per_second": given.rate.messages_per_second,
        "burst": given.rate.burst,
        "brands": tuple(given.brands),
        "call_timeout": span(given.call_timeout),
        "max_in_flight": given.max_in_flight,
        "settle_after": span(given.settle_after),
        "price_micros": given.price_micros_per_part,
        "currency": given.currency,
    }


_ACCOUNT_FIELDS: Mapping[str, Collection[str]] = {
    "display_name": ("display_name",),
    "settings": ("settings",),
    "rate": ("per_second", "burst"),
    "brands": ("brands",),
    "call_timeout": ("call_timeout",),
    "max_in_flight": ("max_in_flight",),
    "settle_after": ("settle_after",),
    "price_micros_per_part": ("price_micros",),
    "currency": ("currency",),
}


def account_changes(given: channels_pb2.Account, mask: FieldMask) -> dict[str, Any]:
    """What an update is to change. Raises InvalidArgument for fields that can't be."""
    refuse_nul(given, "account")
    unknown = [path for path in mask.paths if path not in _ACCOUNT_FIELDS]
    if unknown:
        known = ", ".join(_ACCOUNT_FIELDS)
        raise InvalidArgument.at("update_mask", f"{unknown[0]} can't be changed; {known} can")
    values = _account_values(given)
    paths = list(mask.paths) or list(_ACCOUNT_FIELDS)
    return {name: values[name] for path in paths for name in _ACCOUNT_FIELDS[path]}


def cost(one: Cost) -> channels_pb2.AccountCost:
    """What an account has cost on a day."""
    return channels_pb2.AccountCost(
        account_id=one.account_id,
        day=one.day,
        currency=one.currency,
        cost_micros=one.cost_micros,
        message_count=one.messages,
        part_count=one.parts,
    )
