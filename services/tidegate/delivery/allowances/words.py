"""What a platform's allowance had to do with a decision, in words."""

from collections.abc import Iterable, Iterator, Mapping

from tidegate.runtime.clock import from_micros


def allowance_words(facts: Mapping[str, str], *, granted: bool) -> str:
    """A clause for the sentence about a decision; empty where allowances had no part in it."""
    told = ""
    if granted and "credits" in facts:
        told += f", with {facts['credits']} {'credit' if facts['credits'] == '1' else 'credits'} before it"
    if "window_lapses" in facts:
        told += _window(facts, granted=granted)
    return told


def _window(facts: Mapping[str, str], *, granted: bool) -> str:
    lapses = f"{from_micros(int(facts['window_lapses'])):%Y-%m-%d %H:%M:%S} UTC"
    if granted:
        left = facts.get("window_left")
        return f", in the window until {lapses}" + (f", which takes {left} more" if left else "")
    if "window" in facts:
        return f" (the window until {lapses} takes no more messages)"
    return f"; the platform's window closes before, at {lapses}"


def waiting_words(full: Iterable[tuple[str, str, int]]) -> Iterator[str]:
    """What keeps messages from being decided: accounts (id, cap, until when) that may send no more."""
    for account_id, name, ends in full:
        until = f"{from_micros(ends):%Y-%m-%d %H:%M:%S} UTC"
        yield f"Account {account_id} has sent all that it may ({name}) until {until}."
