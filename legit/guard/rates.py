"""How often a client may ask: a bucket of tokens for each, and no more clients than are remembered."""

from __future__ import annotations

from collections import OrderedDict

_MOST_CLIENTS = 4096


class RateLimit:
    """Lets each client make `rate` requests a second on average, and twice as many in the first second.

    The least recent clients are forgotten: their next request is as their first.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = max(1.0, 2 * rate)
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, now: float) -> float:
        """0 where a client may ask at the time `now`, otherwise the seconds until it may. The first counts as asked."""
        left, at = self._clients.get(client, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        waits = 0.0 if left >= 1.0 else (1.0 - left) / self._rate
        self._clients[client] = (left if waits else left - 1.0, now)
        self._clients.move_to_end(client)
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)
        return waits
