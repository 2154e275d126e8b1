"""Impacts of hundreds of thousands of things through the service, page by page, beside a page of a small one.

The graph is `layered`, with its adjacency in memory; the hub is its most popular data version. Times are of the
thread's own processor time. A page is 100 things with a link, level and owner each. First: what a closure is arranged
from is made; again: the same question once more. A further page of the hub may cost at most three times a page of an
impact that is read as a whole.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from lineage.api.execution import Request, Service
from lineage.index import open_index
from tests.bench.layered import Layered

SIZE = 1_000_000
LIMIT = 3.0
_FIELDS = {
    "counts": "totalCount counts { kind count }",
    "levels": "levels(first: 100) { totalCount edges { node { number totalCount } } }",
    "owners": "owners(first: 100) { totalCount edges { node { name totalCount } } }",
    "deployments": "endpointCount deployments(first: 100) { totalCount edges { traffic node { id } } }",
}
_PAGE = """query ($of: [NodeRef!]!, $after: String) { impact(of: $of, first: 100, after: $after) { totalCount
    isComplete edges { depth level owner relation node { id reference } } pageInfo { endCursor } } }"""


def _asked(service: Service, query: str, variables: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    begun = time.thread_time()
    response = service.answer(Request(query, variables))
    took = time.thread_time() - begun
    assert response.codes == (), response.body
    return took * 1000, response.body["data"]["impact"]


def _pages(service: Service, of: list[dict[str, str]], most: int) -> list[tuple[float, dict[str, Any]]]:
    told: list[tuple[float, dict[str, Any]]] = []
    after = None
    for _ in range(most):
        told.append(_asked(service, _PAGE, {"of": of, "after": after}))
        after = told[-1][1]["pageInfo"]["endCursor"]
    return told


def main() -> None:
    graph = Layered(SIZE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "impact.db"
        graph.write(path)
        index = open_index(path)
        with index.warmed(worth=0) as keeper:
            keeper.look()
            service = Service(index, seconds=600)
            hub = [{"id": str(int(graph.keys[graph.hub]))}]
            for name, fields in _FIELDS.items():
                query = f"query ($of: [NodeRef!]!) {{ impact(of: $of, first: 1) {{ {fields} }} }}"
                first, again = (_asked(service, query, {"of": hub})[0] for _ in range(2))
                print(f"  hub, {name:12} {first:9,.1f} ms first, {again:7,.1f} ms again")
            pages = _pages(service, hub, 12)
            further = statistics.median(took for took, _ in pages[1:])
            small = _small(service, graph)
            mark = "" if further <= LIMIT * small else " NOT MET"
            begun, answer = pages[0]
            print(
                f"  hub of {answer['totalCount']:,} things: page 1 {begun:,.1f} ms, further {further:,.1f} ms;"
                f" page of a small impact {small:,.1f} ms ({further / small:.1f}x, limit {LIMIT:g}x{mark})"
            )
        index.close()


def _small(service: Service, graph: Layered) -> float:
    """A page of an impact of some hundreds of things, read as a whole: median of several."""
    found = []
    for thing in graph.typical():
        of = [{"id": str(int(graph.keys[thing]))}]
        took, answer = _asked(service, _PAGE, {"of": of, "after": None})
        if 100 <= answer["totalCount"] <= 1_000:
            found.append(took)
        if len(found) == 9:
            break
    return statistics.median(found)
