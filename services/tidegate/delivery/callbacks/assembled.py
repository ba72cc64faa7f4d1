"""All that takes what providers tell, put together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aiohttp import web

from tidegate.delivery.allowances.recording import Recording
from tidegate.delivery.callbacks.applying import Applying
from tidegate.delivery.callbacks.collecting import Collecting
from tidegate.delivery.callbacks.handling import Begin, Handling
from tidegate.delivery.callbacks.keeping import Keeper
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.receiving import Receiving
from tidegate.delivery.following_up import FollowingUp, Within
from tidegate.delivery.parts import Parts
from tidegate.delivery.templates.providers import ProviderTemplates
from tidegate.runtime.loops import Loop
from tidegate.runtime.service import STEADY

_COLLECT_SECONDS = 5.0
_ANSWERING = 4
"""So many threads in which adapters answer: they compute, and wait for nothing."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the service joins to the rest of it."""

    receiving: Receiving
    keeper: Keeper
    collecting: Collecting
    loops: Sequence[Loop]
    answers: ThreadPoolExecutor

    def routes(self) -> Sequence[web.RouteDef]:
        """For the edge."""
        return self.receiving.routes()

    def stop(self) -> None:
        """After the last request."""
        self.collecting.flush()
        self.keeper.flush()
        self.answers.shutdown(wait=False, cancel_futures=True)


def assembled(parts: Parts, recording: Recording, begin: Begin, within: Within) -> Assembled:
    """Puts it together; ``begin`` has an adapter's loop run a coroutine, ``within`` waits for it."""
    context = parts.context
    answered = context.metrics.counter(
        "tidegate_delivery_callbacks_total", "Calls of providers, by what became of them.", ("account_id", "what")
    )
    handled = context.metrics.counter(
        "tidegate_delivery_callbacks_handled_total", "Callbacks, by how their reading ended.", ("account_id", "how")
    )
    listeners = Listeners(context.database, parts.lines)
    keeper = Keeper(context.database, parts.vault, parts.paths, context.activity, slow=parts.slow)
    answers = ThreadPoolExecutor(_ANSWERING, thread_name_prefix="callback-answers")
    receiving = Receiving(
        context.clock,
        parts.paths,
        listeners,
        keeper,
        answers,
        count=lambda account_id, what: answered.labels(account_id, what).inc(),
    )
    applying = Applying(
        context.database,
        context.clock,
        receipts=parts.receipts,
        recording=recording,
        announcer=parts.announcer,
        contacts=parts.contacts,
        templates=ProviderTemplates(),
    )
    handling = Handling(
        context.database,
        context.clock,
        parts.vault,
        listeners,
        applying,
        begin,
        count=lambda account_id, how, number: handled.labels(account_id, how).inc(number),
    )
    reading = Loop("delivery.callbacks", handling.step, activity=context.activity, rest=parts.slow)
    keeper.kept = reading.wake
    every = _COLLECT_SECONDS if context.pace is STEADY else 0.0
    collecting = Collecting(context.database, context.clock, listeners, keeper, begin, every=every)
    following_up = FollowingUp(context.database, context.clock, listeners, parts.receipts, parts.vault, within)
    loops = [
        keeper.loop,
        reading,
        Loop("delivery.collect", collecting.step, activity=context.activity, rest=parts.slow),
        Loop("delivery.follow_up", following_up.step, activity=context.activity, rest=parts.slow),
    ]
    return Assembled(receiving, keeper, collecting, loops, answers)
