"""Stand-ins for what surrounds a source."""

from __future__ import annotations

from lineage.records import GapReason
from lineage.sources.azureml.wire import Reply, Request


class Silent:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[int, int | None]] = {}

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        self.told[task] = (done, total)

    def note(self, message: str) -> None:
        """Nobody reads it."""


class Canned:
    """A transport with answers by the end of the path: `/jobs/J` -> Reply, or a body, or a status."""

    def __init__(self, answers: dict[str, object]) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    def send(self, request: Request) -> Reply:
        self.asked.append(request)
        path = (request.link or request.url).partition("?")[0]
        found = max((end for end in self.answers if path.endswith(end)), key=len, default=None)
        if found is None:
            return Reply(404, {"error": {"code": "NotFound", "message": "nothing here"}})
        answer = self.answers[found]
        if isinstance(answer, Reply):
            return answer
        if isinstance(answer, int):
            return Reply(answer, {"error": {"code": "Code", "message": "words"}})
        if isinstance(answer, GapReason):
            return Reply(0, failure=answer, detail="said so")
        return Reply(200, answer)

    def close(self) -> None:
        """Nothing is open."""
