"""What the three channels share: the account's token and connections, calls, and callbacks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from tidegate.channels import Account, Callback, OutboundMessage, Outcome, Reply, Report

from tidegate_adapters.calls import NoAnswer, NoToken, Token, offer_each
from tidegate_adapters.wechat.codes import MESSAGE_CODES, STALE_TOKEN_CODES, TOKEN_CODES, TOKEN_REFUSED
from tidegate_adapters.wechat.events import occurrence_of, reports_of
from tidegate_adapters.wechat.settings import WechatSettings
from tidegate_adapters.weixin.api import Answered, Api, read_answer, read_token, without_token
from tidegate_adapters.weixin.callbacks import answered
from tidegate_adapters.weixin.channel import ApiChannel, Clock
from tidegate_adapters.weixin.codes import UNKNOWN, told
from tidegate_adapters.weixin.documents import Document
from tidegate_adapters.weixin.web import Web, as_json

SettingsT = TypeVar("SettingsT", bound=WechatSettings)


class WechatChannel(ApiChannel[SettingsT]):
    """A channel whose messages go out one by one, each in a call with the account's access token.

    Attributes:
        path: The call that sends.
    """

    path: str

    @abstractmethod
    def compose(self, settings: SettingsT, message: OutboundMessage) -> bytes | Outcome:
        """What to post for a message, or why it can't be."""

    async def send(self, account: Account[SettingsT], batch: Sequence[OutboundMessage]) -> Sequence[Outcome]:
        async with self.kept.use(account) as api:
            offer = partial(self._offer, account.settings, api)
            return await offer_each(api.web.places, batch, offer, api.tokens.get)

    def answer(self, account: Account[SettingsT], callback: Callback) -> Reply:
        def known_by(document: Document) -> str:
            occurrence = occurrence_of(account.settings.appid, document, callback.time)
            return occurrence.id if reports_of(occurrence) else ""

        return answered(account.settings.seal, callback, known_by)

    async def read(self, account: Account[SettingsT], callback: Callback) -> Sequence[Report]:
        document = account.settings.seal.open(callback)
        return reports_of(occurrence_of(account.settings.appid, document, callback.time))

    def open(self, settings: SettingsT) -> Api:
        return Api(Web(settings), partial(_fetch_token, settings, self.now), STALE_TOKEN_CODES)

    async def _offer(self, settings: SettingsT, api: Api, message: OutboundMessage) -> Outcome:
        body = self.compose(settings, message)
        if isinstance(body, Outcome):
            return body
        return self._outcome(message, await api.call(self.path, body))

    def _outcome(self, message: OutboundMessage, given: Answered) -> Outcome:
        meaning = MESSAGE_CODES.get(given.code, UNKNOWN)
        return meaning.outcome(
            self.now(),
            code=str(given.code),
            detail=told(given.words, message.address),
            provider_id=_message_id(given),
        )


def _message_id(given: Answered) -> str:
    """The provider's id, where it tells one: it does so for template messages, and unsaid for subscriptions."""
    found = given.answer.get("msgid")
    is_told = given.code == 0 and isinstance(found, int | str) and not isinstance(found, bool)
    return str(found) if is_told else ""


async def _fetch_token(settings: WechatSettings, now: Clock, web: Web) -> Token:
    """Ask for the token that all who ask share (`stable_token` in its normal mode). Raises NoToken."""
    asked = {
        "grant_type": "client_credential",
        "appid": settings.appid,
        "secret": settings.app_secret.reveal(),
        "force_refresh": False,
    }
    try:
        answer = await web.post_json("/cgi-bin/stable_token", {}, as_json(asked))
        if token := read_token(answer):
            return token
        given = read_answer(answer)
    except NoAnswer as error:
        raise without_token(error) from error
    meaning = TOKEN_CODES.get(given.code, TOKEN_REFUSED)
    words = told(given.words, settings.app_secret.reveal())
    raise NoToken(meaning.outcome(now(), code=str(given.code), detail=words))
