"""What WeCom's channels share: the app's token and connections, and callbacks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from tidegate.channels import Account, Callback, Outcome, Reply, Report

from tidegate_adapters.calls import NoAnswer, NoToken, Token
from tidegate_adapters.wecom.codes import MESSAGE_CODES, STALE_TOKEN_CODES, TOKEN_CODES, TOKEN_REFUSED
from tidegate_adapters.wecom.events import known_by, report_of
from tidegate_adapters.wecom.settings import WecomSettings
from tidegate_adapters.weixin.api import Answered, Api, read_answer, read_token, without_token
from tidegate_adapters.weixin.callbacks import answered
from tidegate_adapters.weixin.channel import ApiChannel, Clock
from tidegate_adapters.weixin.codes import UNKNOWN, told
from tidegate_adapters.weixin.documents import Document
from tidegate_adapters.weixin.web import Web

SettingsT = TypeVar("SettingsT", bound=WecomSettings)


class WecomChannel(ApiChannel[SettingsT]):
    """A channel that calls as one of a company's apps."""

    def answer(self, account: Account[SettingsT], callback: Callback) -> Reply:
        def key(document: Document) -> str:
            told_of = report_of(account.settings.corpid, document, callback.time)
            return known_by(document) if told_of else ""

        return answered(account.settings.seal, callback, key)

    async def read(self, account: Account[SettingsT], callback: Callback) -> Sequence[Report]:
        document = account.settings.seal.open(callback)
        report = report_of(account.settings.corpid, document, callback.time)
        return [report] if report else []

    def open(self, settings: SettingsT) -> Api:
        return Api(Web(settings), partial(_fetch_token, settings, self.now), STALE_TOKEN_CODES)

    def outcome(self, given: Answered, *private: str, provider_id: str = "") -> Outcome:
        """What an answer means for a message, of that id if it was taken; `private` is not told."""
        meaning = MESSAGE_CODES.get(given.code, UNKNOWN)
        words = told(given.words, *private)
        return meaning.outcome(
            self.now(), code=str(given.code), detail=words, provider_id="" if given.code else provider_id
        )


def text_at(given: Answered, name: str) -> str:
    """A text of an answer; "" where there is none."""
    found = given.answer.get(name)
    return found if isinstance(found, str) else ""


def texts_at(given: Answered, name: str) -> list[str]:
    """The texts of an answer's list."""
    found = given.answer.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def grouped(saying: Sequence[object], most: int) -> list[list[int]]:
    """The places of messages that say the same, at most so many together; None says nothing, and is in no group."""
    groups: dict[object, list[int]] = {}
    full: list[list[int]] = []
    for index, said in enumerate(saying):
        if said is None:
            continue
        groups.setdefault(said, []).append(index)
        if len(groups[said]) == most:
            full.append(groups.pop(said))
    return [*full, *groups.values()]


def refused(problems: Sequence[str]) -> dict[int, Outcome]:
    """What becomes of messages with a problem, by their places; "" is none."""
    return {place: Outcome.content_rejected(problem) for place, problem in enumerate(problems) if problem}


async def _fetch_token(settings: WecomSettings, now: Clock, web: Web) -> Token:
    """Ask for the app's token, the same for all who ask while it holds. Raises NoToken."""
    parameters = {"corpid": settings.corpid, "corpsecret": settings.corp_secret.reveal()}
    try:
        answer = await web.get_json("/cgi-bin/gettoken", parameters)
        if token := read_token(answer):
            return token
        given = read_answer(answer)
    except NoAnswer as error:
        raise without_token(error) from error
    meaning = TOKEN_CODES.get(given.code, TOKEN_REFUSED)
    words = told(given.words, settings.corp_secret.reveal())
    raise NoToken(meaning.outcome(now(), code=str(given.code), detail=words))
