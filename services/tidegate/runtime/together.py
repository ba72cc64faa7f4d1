"""What several threads ask for at one moment, done at once."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """Does alone what comes alone, and together what comes while something is being done.

    Nobody waits for company: who finds nothing under way begins at once. So there is no delay while little is
    asked for, and the batches grow as more is.
    """

    def __init__(
        self,
        do: Callable[[Sequence[T]], Sequence[R]],
        *,
        most: int,
        passing: Callable[[BaseException], bool] = lambda _: False,
    ) -> None:
        """``do`` answers 1 to ``most`` items, in their order; when it raises, each of them is done alone.

        What is ``passing`` is no item's fault: it is raised for all of a batch, for whom trying alone would only take
        as long again.
        """
        self._do = do
        self._passing = passing
        self._most = most
        self._waiting: deque[tuple[T, Future[R]]] = deque()
        self._turn = threading.Lock()

    def ask(self, item: T) -> R:
        """The answer to ``item``. Raises what doing it alone raises."""
        answer: Future[R] = Future()
        self._waiting.append((item, answer))
        with self._turn:
            while not answer.done():
                self._answer([self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))])
        return answer.result()

    def _answer(self, batch: Sequence[tuple[T, Future[R]]]) -> None:
        try:
            answers = self._do([item for item, _ in batch])
        except BaseException as error:  # noqa: BLE001 - whose it is, is told
            if len(batch) == 1 or self._passing(error):
                for _, waiting in batch:
                    waiting.set_exception(error)
            else:
                for one in batch:
                    self._answer([one])
            return
        for (_, waiting), answer in zip(batch, answers, strict=True):
            waiting.set_result(answer)
