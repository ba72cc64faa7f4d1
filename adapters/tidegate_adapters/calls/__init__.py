"""Calls of providers over HTTP, and what they need: for every adapter of ours.

An adapter keeps one `Http` for each account, which `Kept` makes and closes, and says what answers mean:

    def __init__(self):
        self._kept = Kept[PigeonSettings, Http](Http)    # the settings name connections and time-outs: see Limits

    async def send(self, account, batch):
        async with self._kept.use(account) as http:
            return await offer_each(http.places, batch, partial(self._offer, account.settings, http))

    async def _offer(self, settings, http, message):
        return meaning(await http.post(settings.url, headers, body))

    async def close(self):
        await self._kept.close()

`offer_each` (and `offer_groups`, for calls of several messages) offers as many at one time as there are places, begins
nothing late, and turns failures into outcomes; a group whose offer raises `InHalves` is offered anew in two. Whoever
calls without them takes a place by `places.held()`, and catches `NoAnswer`, whose `outcome` says what it means for a
message:

    NoAnswer            no answer came: whether the provider took what was posted is not known
    └── NotSent         the call was surely not made: nothing was said of any message
        └── NoToken     no access token is to be had

An answer, whatever it says, is an `Answer`; `Answer.unreadable` is what it means where it is not the provider's own.
Where calls need an access token, keep `Tokens` beside the `Http`, `ready=tokens.get`, and `tokens.drop(token)` when one
is refused. A provider that speaks something else than HTTP/1.1 still has `Kept`, `Places`, `Tokens` and `offer_each`:
what it keeps has a `close()`, and its failures are these.
"""

from tidegate_adapters.calls.answers import Answer
from tidegate_adapters.calls.batches import Spans, offer_each, offer_groups
from tidegate_adapters.calls.failures import InHalves, NoAnswer, NotSent
from tidegate_adapters.calls.http import Http, Limits
from tidegate_adapters.calls.kept import Kept
from tidegate_adapters.calls.places import Places
from tidegate_adapters.calls.tokens import NoToken, Token, Tokens

__all__ = [
    "Answer",
    "Http",
    "InHalves",
    "Kept",
    "Limits",
    "NoAnswer",
    "NoToken",
    "NotSent",
    "Places",
    "Spans",
    "Token",
    "Tokens",
    "offer_each",
    "offer_groups",
]
