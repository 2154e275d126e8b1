"""Wires without a network."""

from __future__ import annotations

from collections.abc import Callable

from lineage.records import GapReason, Json
from lineage.sources.azureml.clouds import KNOWN
from lineage.sources.azureml.retry import Patient
from lineage.sources.azureml.wire import Answer
from lineage.sources.polite.gate import Gates
from lineage.sources.polite.manners import Manners
from tests.sources.clocks import Hand

ARM = "https://management.azure.com/subscriptions/S/x"
HISTORY = "https://eastus.api.azureml.ms/history/v1.0/subscriptions/S/x"
FINE = Answer(200, {}, b'{"a": 1}')
NOTHING = Answer(0, failure=GapReason.UNREACHABLE, detail="connection reset")


def refused(status: int, content: bytes = b"{}", **headers: str) -> Answer:
    """An answer with that status; `retry_after="3"` is the header `retry-after: 3`."""
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, content)


class Scripted:
    """A wire that gives its answers one after another, and then `FINE`. `takes`: seconds that each exchange lasts."""

    def __init__(self, *answers: Answer, clock: Hand | None = None, takes: float = 0.0) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.renewals = 0
        self.renewable = 0
        self.closed = False
        self.when: Callable[[str], Answer | None] = lambda url: None
        self._clock = clock
        self._takes = takes

    def exchange(self, method: str, url: str, body: Json | None) -> Answer:
        self.asked.append(url)
        if self._clock is not None:
            self._clock.pass_by(self._takes)
        told = self.when(url)
        if told is not None:
            return told
        return self.answers.pop(0) if self.answers else FINE

    def renew(self) -> bool:
        self.renewals += 1
        return self.renewals <= self.renewable

    def close(self) -> None:
        self.closed = True


def patient(wire: Scripted, clock: Hand, patience: float = 900.0) -> Patient:
    """A transport over that wire, in Azure's cloud, whose waits are not drawn out."""
    return Patient(wire, KNOWN["AzureCloud"], Manners(patience, gates=Gates(clock, lambda: 0.0)), "me")
