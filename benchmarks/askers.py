"""People who ask the bot while it is at work, each in a chat of their own, whether others have their answer or not."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from math import ceil

from benchmarks.server import Server

FIRST_ASKER = 100_000
AT_ONCE_AT_MOST = 400


class Askers:
    """Asks /threat again and again, at random moments that are the same in every run.

    Args:
        server: the answerer, which hands the question to the bot.
        per_second: how many ask in a second, on average.
    """

    def __init__(self, server: Server, per_second: float) -> None:
        self._server = server
        self._per_second = per_second
        self._chats = count(FIRST_ASKER)

    def while_true(self, goes_on: Callable[[], bool]) -> list[tuple[float, float]]:
        """Ask until this is false; give the moment of each question and the seconds until its answer."""
        gaps = random.Random(20)  # noqa: S311 - chance without secrets
        asked: list[Future[tuple[float, float]]] = []
        with ThreadPoolExecutor(AT_ONCE_AT_MOST) as pool:
            due = time.monotonic()
            while goes_on():
                asked.append(pool.submit(self._server.ask, next(self._chats)))
                due += gaps.uniform(0.5, 1.5) / self._per_second
                time.sleep(max(0.0, due - time.monotonic()))
        return [future.result() for future in asked]

    def times(self, number: int) -> list[float]:
        """Ask so often; give the seconds until each answer."""
        left = iter(range(number))
        return [seconds for _, seconds in self.while_true(lambda: next(left, None) is not None)]


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value below or at which this share of them lies.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, ceil(len(values) * share) - 1)]
