"""All that takes what providers tell, put together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aiohttp import web

from tidegate.delivery.allowances.recording import Recording
from tidegate.delivery.callbacks.apart import Apart, Work
from tidegate.delivery.callbacks.applying import Applying
from tidegate.delivery.callbacks.collecting import Collecting
from tidegate.delivery.callbacks.entering import Entering
from tidegate.delivery.callbacks.handling import Handling
from tidegate.delivery.callbacks.keeping import Keeper
from tidegate.delivery.callbacks.listeners import Listeners
from tidegate.delivery.callbacks.reading import Begin
from tidegate.delivery.callbacks.receiving import Receiving
from tidegate.delivery.following_up import FollowingUp, Within
from tidegate.delivery.parts import Parts
from tidegate.delivery.templates.providers import ProviderTemplates
from tidegate.runtime.loops import Loop
from tidegate.runtime.service import STEADY

_COLLECT_SECONDS = 5.0
_END_SECONDS = 5.0
_ANSWERING = 4
"""So many threads in which adapters answer: they compute, and wait for nothing."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the service joins to the rest of it."""

    receiving: Receiving
    keeper: Keeper
    handling: Handling
    entering: Loop
    collecting: Collecting
    apart: Sequence[Apart]
    answers: ThreadPoolExecutor

    def routes(self) -> Sequence[web.RouteDef]:
        """For the edge."""
        return self.receiving.routes()

    @property
    def loops(self) -> Sequence[Loop]:
        """What keeps, reads, and asks providers."""
        return self.keeper.loop, self.handling.loop, self.entering, *(one.loop for one in self.apart)

    def stop(self) -> None:
        """After the last request, and the last passes of the loops."""
        for one in self.apart:
            one.stop(timeout=_END_SECONDS)
        self.handling.stop()
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
    templates = ProviderTemplates()
    applying = Applying(
        context.database,
        context.clock,
        receipts=parts.receipts,
        recording=recording,
        announcer=parts.announcer,
        contacts=parts.contacts,
        templates=templates,
    )
    handling = Handling(
        context.database,
        context.clock,
        parts.vault,
        listeners,
        applying,
        begin,
        count=lambda account_id, how, number: handled.labels(account_id, how).inc(number),
        activity=context.activity,
        rest=parts.slow,
    )
    keeper.kept = handling.loop.wake
    every = _COLLECT_SECONDS if context.pace is STEADY else 0.0
    collecting = Collecting(context.database, context.clock, listeners, keeper, begin, every=every)
    following_up = FollowingUp(context.database, context.clock, listeners, parts.receipts, parts.vault, within)
    work = {
        "delivery.collect": Work(collecting.wanted, collecting.collect),
        "delivery.follow_up": Work(following_up.wanted, following_up.look_after),
    }
    apart = [Apart(name, one, activity=context.activity, rest=parts.slow) for name, one in work.items()]
    entering = Entering(context.database, recording, templates)
    grants = Loop("delivery.grants", entering.step, activity=context.activity, rest=parts.slow)
    return Assembled(receiving, keeper, handling, grants, collecting, apart, answers)
