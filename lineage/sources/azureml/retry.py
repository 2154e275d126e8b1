"""The transport that asks again: in front of a wire, behind the gate.

    429                         goes back to the gate, as often as it takes; it is never given up and never lost.
                                Beyond the user's patience the crawl ends with ThrottledOut
    408, 5xx, no answer,        asked again, `ATTEMPTS` times in all and no longer than `DEADLINE`; then the Reply
    an answer that is no JSON   says what was wrong
    401                         asked once more with a new token
    anything else               is an answer

A link to a host outside the cloud is not asked at all.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from lineage.records import GapReason
from lineage.sources.azureml import decoding
from lineage.sources.azureml.clouds import Cloud
from lineage.sources.azureml.wire import Answer, Reply, Request, Wire
from lineage.sources.polite import asked
from lineage.sources.polite.breaker import Breaker
from lineage.sources.polite.manners import Manners
from lineage.sources.polite.patience import through

ATTEMPTS: Final = 4
MAX_WAIT: Final = 60.0
"""Seconds that one wait after a failure may last, whatever `Retry-After` says."""
DEADLINE: Final = 300.0
"""Seconds after which a request that fails is not asked again; waiting at the gate does not count."""

_AGAIN: Final = frozenset({408, 500, 502, 503, 504})


class Patient:
    """A `Transport` over a `Wire`. `principal` tells apart who is asking, for the gates."""

    def __init__(self, wire: Wire, cloud: Cloud, manners: Manners, principal: str = "") -> None:
        self._wire = wire
        self._cloud = cloud
        self._manners = manners
        self._clock = manners.gates.clock
        self._principal = principal
        self._breakers: dict[str, Breaker] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def send(self, request: Request) -> Reply:
        """The answer, however long the gate takes. Raises ThrottledOut, and what the wire raises."""
        url = request.link or request.url
        if not self._cloud.allows(url):
            return Reply(0, failure=GapReason.HOST_REFUSED, detail=_refusal(url))
        gate = self._manners.gates.gate(url, self._principal, self._manners.tell)
        breaker = self._breaker(gate.host)
        spent, tries, renewed = 0.0, 0, False
        while True:
            down = breaker.enter()
            if down:
                return Reply(0, failure=GapReason.UNREACHABLE, detail=f"{host(url)}: {down}")
            answer, seconds = through(gate, self._manners, self._stop, partial(self._exchange, request, url))
            reply = decoding.reply(answer, request.url)
            breaker.leave(failed=reply.status >= 500 or reply.failure is GapReason.UNREACHABLE)
            tries, spent = tries + 1, spent + seconds
            if reply.status == 401 and not renewed:
                renewed = self._wire.renew()
                if renewed:
                    continue
            again = reply.status in _AGAIN or reply.failure in (GapReason.UNREACHABLE, GapReason.UNPARSABLE)
            if not again or tries >= ATTEMPTS or spent > DEADLINE or self._stop.is_set():
                return reply
            wait = self._wait(answer, tries)
            spent += wait
            if self._clock.wait(wait, self._stop):
                return reply

    def close(self) -> None:
        """End waits and connections."""
        self._stop.set()
        self._wire.close()

    def _exchange(self, request: Request, url: str) -> Answer:
        return self._wire.exchange(request.method, url, request.body)

    def _wait(self, answer: Answer, tries: int) -> float:
        """Seconds to the next try: what the answer asks for, else half a second, doubling, and up to half more."""
        seconds = asked.wait(answer.headers)
        if seconds is None:
            seconds = 0.5 * 2.0 ** (tries - 1) * (1.0 + 0.5 * self._manners.gates.chance())
        return min(seconds, MAX_WAIT)

    def _breaker(self, name: str) -> Breaker:
        with self._lock:
            return self._breakers.setdefault(name, Breaker(self._clock, self._stop))


def host(url: str) -> str:
    """The host of a URL; '' when it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _refusal(url: str) -> str:
    if not url.lower().startswith("https://"):
        return f"a link that is not https, to {host(url) or 'nowhere'}"
    return f"a link to {host(url) or 'nowhere'}, which is outside this cloud"
