"""What the model-based test of the gate draws from."""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

from support.delivery.recount import DAY, SECOND

HOUR = 3_600 * SECOND
CHANNELS = ("sms", "email", "push")
ZONES = ("", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Shanghai")

some_channels = st.sampled_from(((), (), (), ("sms",), ("email", "push")))
spans = st.sampled_from((HOUR, 6 * HOUR, DAY, 3 * DAY))
windows = st.one_of(
    st.tuples(st.just("rolling"), spans),
    st.tuples(st.just("min_gap"), spans),
    st.tuples(st.just("calendar"), st.sampled_from(("day", "week", "month")), st.sampled_from(("company", "customer"))),
    st.tuples(st.just("dated"), st.integers(-24, 48), st.integers(1, 72)),
    st.just(("lifetime",)),
)
scopes = st.sampled_from(
    [("all", "")] * 9
    + [("brand", ""), ("brand", "b"), ("campaign", "c"), ("phase", "c/p"), ("journey", "j")]
    + [("caller", "crm")]
)
limits = st.fixed_dictionaries(
    {
        "key": st.sampled_from("abc"),
        "window": windows,
        "limit": st.sampled_from((1, 1, 1, 2, 2, 3, 0, None)),
        "scope": scopes,
        "channels": some_channels,
        "tier": st.sampled_from(("", "", "", "", "", "gold")),
        "distinct": st.sampled_from((False, False, True)),
        "on_exceed": st.sampled_from(("defer", "defer", "drop", "next_channel")),
        "replaces": st.booleans(),
    }
)
answers = st.sampled_from(("accepted", "accepted", "accepted", "permanent", "retryable", "uncertain"))


STEPS: list[st.SearchStrategy[dict[str, Any]]] = []
Made = TypeVar("Made", bound=Callable[..., Any])


def step(weight: int, **given: st.SearchStrategy[Any]) -> Callable[[Made], Made]:
    """A step that is made so often among the others. As rules of their own, most runs would leave most of them out."""

    def made(method: Made) -> Made:
        STEPS.extend([st.fixed_dictionaries({"step": st.just(method.__name__), **given})] * weight)
        return method

    return made
