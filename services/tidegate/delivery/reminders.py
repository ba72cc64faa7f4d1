"""What shares a task of staff, when they are reminded of it, and when providers are asked what became of messages.

Pure. Times in µs.
"""

from tidegate.delivery.instants import SECOND

_MINUTE, _HOUR = 60 * SECOND, 3_600 * SECOND
MOST_REMINDERS = 3
"""So often staff are reminded of a task, within less than a day."""
OF_TASKS = (1 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 60 * _MINUTE)
"""When tasks are asked about, counted from the call or from one time to the next; then every hour."""
OF_OTHERS = (1 * _HOUR, 6 * _HOUR, 24 * _HOUR, 72 * _HOUR)
"""When other messages are asked about, counted from the call."""
ASKED_AFTER_EXPIRY = 72 * _HOUR
"""How long a task is asked about that could not be taken back when it expired."""


def deadline_group(expires: int) -> int:
    """The same for messages that may be one task, by their deadline: those whose deadlines lie in one half hour (UTC).

    So staff have few tasks, nobody is written to much later than they were meant to be, and journeys, which wait an
    hour beyond a message's deadline, learn what becomes of it.
    """
    return expires // (30 * _MINUTE)


def next_reminder(expires: int, before: int, now: int, *, reminded: int) -> int | None:
    """The next time: ``before`` the task expires, at half of that, and at a quarter; None: none any more."""
    times = [expires - (before >> number) for number in range(MOST_REMINDERS)] if before else []
    return next((one for one in times[reminded:] if one > now), None)


def next_asking(asked: int, *, is_task: bool) -> int | None:
    """The pause after a message was asked about so often; None: it is not asked about any more."""
    if is_task:
        return OF_TASKS[min(asked, len(OF_TASKS) - 1)]
    return OF_OTHERS[asked] - OF_OTHERS[asked - 1] if asked < len(OF_OTHERS) else None
