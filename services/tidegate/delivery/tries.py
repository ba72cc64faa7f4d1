"""Pure: how many times each client may try something in a minute, as token buckets."""

from collections.abc import Callable

_MOST_KEPT = 50_000
_MINUTE = 60.0


class Tries:
    """A bucket for each client, of as many tries as a minute gives; for one thread."""

    def __init__(self, per_minute: int, *, now: Callable[[], float]) -> None:
        """``now`` is in seconds and never goes back."""
        self._most = per_minute
        self._now = now
        self._spent: dict[str, tuple[float, float]] = {}

    def take(self, client: str) -> float:
        """Takes a try; 0.0, or the seconds until there is one."""
        spent = self._spent_by(client)
        if spent > self._most - 1:
            return (spent - self._most + 1) * _MINUTE / self._most
        self._keep(client, spent + 1)
        return 0.0

    def give_back(self, client: str) -> None:
        """The try was none."""
        self._keep(client, self._spent_by(client) - 1)

    def _spent_by(self, client: str) -> float:
        spent, since = self._spent.get(client, (0.0, 0.0))
        return max(spent - (self._now() - since) * self._most / _MINUTE, 0.0)

    def _keep(self, client: str, spent: float) -> None:
        if spent <= 0:
            self._spent.pop(client, None)
            return
        if client not in self._spent and len(self._spent) >= _MOST_KEPT:
            self._forget()
        self._spent[client] = spent, self._now()

    def _forget(self) -> None:
        """Forgets the half that have tried the least lately."""
        spent = {client: self._spent_by(client) for client in self._spent}
        least = sorted(spent.values())[len(spent) // 2]
        self._spent = {client: (left, self._now()) for client, left in spent.items() if left > least}
