"""The accounts through which the shop sends: one for each channel, with what they cost."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from google.protobuf.struct_pb2 import Struct

from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.demo.outside import Meeting
from tidegate.demo.providers import ACCESS_KEY
from tidegate.demo.sayings import SIGN
from tidegate.demo.shop import APPID, CORPID

CURRENCY = "CNY"
CALLED_BACK = {"aliyun": "sms", "wechat": "wechat.subscription"}
"""The accounts to which providers tell receipts and events, by provider."""
_SMS_PRICE, _MAIL_PRICE = 45_000, 2_000
_CALLBACKS = {"callback_token": "token", "encoding_aes_key": "aes-key"}


def accounts(people: Meeting, folder: Path) -> Iterator[Account]:
    """One for each channel, named after it: e-mail goes over SMTP to the people, push into a file in ``folder``.

    The others go to simulated providers; secrets stand there by their names.
    """
    relay: dict[str, str | int] = {
        "host": people.host,
        "port": people.port,
        "security": "none",
        "hello": "shop.example",
    }
    yield _account("email", "email", relay | {"sender": "Shop <news@shop.example>"}, price=_MAIL_PRICE)
    aliyun = {"endpoint": people.urls["aliyun"], "access_key_id": ACCESS_KEY, "access_key_secret": "aliyun"}
    yield _account("sms", "sms.aliyun", aliyun | {"sign_name": SIGN}, price=_SMS_PRICE)
    program = {"base_url": people.urls["wechat"], "appid": APPID, "app_secret": "wechat"}
    yield _account("wechat.subscription", "wechat.subscription", program | _CALLBACKS)
    yield _account("wecom", "wecom", {"base_url": people.urls["wecom"], "corpid": CORPID, "corp_secret": "wecom"})
    yield _account("push", "console", {"file": str(pushed(folder))})


def pushed(folder: Path) -> Path:
    """Where the console adapter writes what is pushed to devices."""
    return folder / "push.jsonl"


def _account(channel: str, adapter: str, settings: Mapping[str, str | int], *, price: int = 0) -> Account:
    given = Struct()
    given.update(settings)
    return Account(
        account_id=channel,
        channel=channel,
        adapter=adapter,
        settings=given,
        price_micros_per_part=price,
        currency=CURRENCY if price else "",
    )
