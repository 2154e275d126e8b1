"""Health, following what is published, and the start page."""

from __future__ import annotations

import asyncio
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from lineage.api.documents import documents
from lineage.errors import AddressRefused, IndexInvalid, UnknownReference
from lineage.server.answer import facts, label, notes, rows, short
from lineage.server.app import Health, Server, application, listen
from lineage.server.welcome import questions
from tests.api.story import credit, many
from tests.memory import Estate, MemoryIndex
from tests.server.browser import Browser
from tests.server.conftest import Browse


class Swapping:
    """An index whose newest generation can be changed, or that fails."""

    def __init__(self, *views: Any) -> None:
        self.views = list(views)
        self.failure: Exception | None = None

    def view(self, as_of: int | str | None = None) -> Any:
        if self.failure is not None:
            raise self.failure
        return MemoryIndex(*self.views).view(as_of)

    def generations(self) -> Any:
        return MemoryIndex(*self.views).generations()


def test_live_and_ready_are_apart(browse: Browse) -> None:
    """Without an index the process lives and is not ready; with one again it is, without a restart."""
    index = Swapping(credit().view())
    client = browse(index)
    assert client.get("/readyz").json() == {"status": "ready", "generation": 1}

    index.failure = IndexInvalid("the file is truncated", "restore it")
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "index_invalid")

    index.failure = None
    assert client.get("/readyz").status_code == 200


def test_without_a_generation_it_is_not_ready(browse: Browse) -> None:
    """An index that nothing was published into has nothing to answer from."""
    index = Swapping()
    index.failure = UnknownReference("nothing was published yet", "run `lineage crawl`")

    answer = browse(index).get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "unknown_reference")


def test_while_it_stops_it_is_not_ready(browse: Browse) -> None:
    """Whoever sends requests here is told to send them elsewhere."""
    index = Swapping(credit().view())
    health = Health(index)  # type: ignore[arg-type]
    client = browse(index, health=health)

    health.draining = True

    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200


def test_a_signal_to_stop_is_told_to_the_health_first() -> None:
    """Whoever watches `/readyz` sees the stop coming while answers under way are finished."""
    health = Health(MemoryIndex(credit().view()))
    server = Server(uvicorn.Config(application(MemoryIndex())), health, lambda: None)

    server.handle_exit(signal.SIGTERM, None)

    assert health.draining is True
    assert server.should_exit is True


def test_a_new_generation_is_answered_from_without_a_restart(browse: Browse) -> None:
    """Each request opens the newest generation; the start page follows too."""
    index = Swapping(credit().view(1))
    client = browse(index)
    query = {"query": "{ models(first: 9) { totalCount generation { number } } }"}
    before = client.post("/graphql", json=query).json()["data"]["models"]

    index.views.append(many(7).view(2, "2026-12-01T06:00:00Z"))

    after = client.post("/graphql", json=query).json()["data"]["models"]
    assert (before["totalCount"], before["generation"]["number"]) == (3, 1)
    assert (after["totalCount"], after["generation"]["number"]) == (7, 2)
    assert "<dd>2</dd>" in client.get("/").text


def test_the_start_page_asks_and_answers_every_documented_operation(client: Browser) -> None:
    """Each question stands there with its explanation, its text and this index's answer."""
    html = client.get("/").text

    for one in documents():
        assert f'<section id="{one.name}"' in html
        assert one.question in html
        assert f"query {one.name}" in html
    assert "Asked of <code>credit-scoring:5</code>" in html
    assert "blue" in html
    assert "scorecard/model.pkl" in html
    assert "internal error" not in html


def test_the_start_page_asks_nothing_of_anybody(client: Browser) -> None:
    """No script, no image, no style sheet, no font from elsewhere; the policy of the page would stop it too."""
    answer = client.get("/")
    html = answer.text

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"<(script|img|link|iframe|object|embed|form|base)\b", html) == []
    assert re.findall(r"""\b(?:src|href)=["'](?!#|/livez|/readyz)[^"']*""", html) == []
    assert "@import" not in html
    assert "url(" not in html
    assert " style=" not in html
    assert "'sha256-" in answer.headers["content-security-policy"]


def test_the_style_of_the_start_page_is_the_one_its_policy_allows(client: Browser) -> None:
    """The hash in the policy is that of the style sheet as it is sent."""
    from base64 import b64encode
    from hashlib import sha256

    answer = client.get("/")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)

    assert style is not None
    assert b64encode(sha256(style[1].encode()).digest()).decode() in answer.headers["content-security-policy"]


def test_the_start_page_can_be_read_by_everybody(client: Browser) -> None:
    """A language, a title, one first heading, headings for sections, headers for columns, unique names."""
    html = client.get("/").text

    assert '<html lang="en">' in html
    assert html.count("<h1>") == 1
    assert "<main>" in html
    assert "<nav aria-label=" in html
    assert '<th scope="col">' in html
    names = re.findall(r'\bid="([^"]+)"', html)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(names)
    assert set(re.findall(r'aria-labelledby="([^"]+)"', html)) <= set(names)


def test_names_in_the_index_cannot_become_markup(browse: Browse) -> None:
    """Whatever somebody called a model, it is shown as text."""
    estate = Estate()
    estate.model("<script>alert(1)</script>", "1", stage='"><img src=x onerror=alert(1)>')

    html = browse(MemoryIndex(estate.view())).get("/").text

    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_a_host_header_cannot_become_markup(client: Browser) -> None:
    """The page shows the host that was used; only loopback names come so far."""
    assert client.get("/", headers={"host": 'localhost:80"><script>'}).status_code == 421


def test_the_start_page_says_what_to_do_without_an_index(browse: Browse) -> None:
    """A sentence and a remedy, not an error page."""
    index = Swapping()
    index.failure = UnknownReference("nothing was published yet", "run `lineage crawl`")

    answer = browse(index).get("/")

    assert answer.status_code == 200
    assert "nothing was published yet" in answer.text
    assert "run `lineage crawl`" in answer.text


def test_the_start_page_asks_about_what_the_index_holds(browse: Browse) -> None:
    """When the examples are not there, questions are asked about a model version that is."""
    html = browse(MemoryIndex(many(3).view())).get("/").text

    assert "models/scorer/versions/0000" in html
    assert html.count('role="alert"') == 0


class Held:
    """An index whose readers wait until they are let go."""

    def __init__(self) -> None:
        self.index = MemoryIndex(credit().view())
        self.go = threading.Event()
        self.waiting = 0
        self.most = 0
        self._lock = threading.Lock()

    @contextmanager
    def view(self, as_of: int | str | None = None) -> Iterator[Any]:
        with self._lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        self.go.wait(20)
        with self._lock:
            self.waiting -= 1
        with self.index.view(as_of) as view:
            yield view

    def generations(self) -> Any:
        return self.index.generations()


def test_work_is_limited_and_health_still_answers() -> None:
    """Thirty dear questions at once run four at a time; the process is seen to live all the while."""
    held = Held()
    app = application(held)  # type: ignore[arg-type]
    query = {"query": "{ status { generation { number } } }"}

    async def crowd() -> tuple[list[int], int]:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=30) as client:
            asked = [asyncio.create_task(client.post("/graphql", json=query)) for _ in range(30)]
            while held.waiting < 4:
                await asyncio.sleep(0.005)
            alive = await client.get("/livez")
            held.go.set()
            return [answer.status_code for answer in await asyncio.gather(*asked)], alive.status_code

    statuses, alive = asyncio.run(crowd())

    assert alive == 200
    assert statuses == [200] * 30
    assert held.most == 4


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com", ""])
def test_only_loopback_is_listened_on(host: str) -> None:
    """Before there is a log-in, nobody else may reach the index; the remedy says how to reach it from elsewhere."""
    with pytest.raises(AddressRefused) as refused:
        listen(host, 0)

    assert "log-in" in str(refused.value)
    assert "127.0.0.1" in refused.value.remedy


def test_a_port_in_use_is_told_with_what_to_do() -> None:
    """The port and the way out."""
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    try:
        with pytest.raises(AddressRefused) as refused:
            listen("127.0.0.1", port)
    finally:
        taken.close()

    assert f"port {port}" in str(refused.value)
    assert "--port" in refused.value.remedy


def test_three_questions_are_chosen_from_the_index() -> None:
    """About the model version that most rests on, with answers in a line each."""
    asked = questions(MemoryIndex(credit().view()))

    assert [one.question for one in asked] == [
        "Where did credit-scoring:5 come from?",
        "What rests on credit-scoring:5?",
        "What breaks if the data it began with was wrong (bureau-extracts:1)?",
    ]
    assert asked[0].answer == (
        "job train_1 (confirmed); behind it 1 data version, 2 jobs, 1 code snapshot, 1 environment"
    )
    assert asked[1].answer == "1 deployment; live: blue takes 90 %"
    assert asked[0].command == "lineage trace credit-scoring:5"
    assert asked[2].command == "lineage impact bureau-extracts:1"
    assert asked[2].answer == "2 deployments, 2 model versions, 2 jobs; live: blue takes 90 %, green takes 10 %"


def test_an_empty_index_has_no_questions() -> None:
    """Nothing is invented."""
    assert questions(MemoryIndex(Estate().view())) == ()


def test_an_answer_becomes_facts_notes_and_rows() -> None:
    """References are cut short, enums read as words, links stand a line each."""
    data = {
        "upstream": {
            "totalCount": 2,
            "isComplete": False,
            "counts": [{"kind": "DATA_VERSION", "count": 3}],
            "truncations": [{"reason": "DEPTH", "detail": "stopped at depth 1"}],
            "generation": {"number": 7},
            "edges": [
                {
                    "cursor": "x",
                    "depth": 1,
                    "node": {"id": "1", "__typename": "Job", "name": "j", "reference": "azureml://registries/r/jobs/j"},
                    "relation": "WAS_GENERATED_BY",
                    "links": {"totalCount": 2, "edges": [{"relation": "USED", "rank": 0}, {"relation": "RAN_IN"}]},
                },
            ],
        }
    }

    assert facts(data) == [
        ("total count", "2"),
        ("is complete", "no"),
        ("counts", "3 data version"),
        ("generation", "7"),
    ]
    assert notes(data) == ["stopped at depth 1"]
    assert rows(data) == (
        ["depth", "kind", "reference", "relation", "links"],
        [["1", "Job", "azureml://registries/r/jobs/j", "was generated by", "used\nran in"]],
    )
    assert short("azureml://registries/r/jobs/j is gone") == "r/jobs/j is gone"
    assert label("status.generation.recordCount") == "record count"
    assert (label("name"), label("node.name"), label("resolve.name")) == ("link name", "name", "name")
