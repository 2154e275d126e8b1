"""One page of model versions behind GraphQL and behind a hand-written endpoint: `python -m tests.bench.pages KIND FD`.

stock    Strawberry's own view on Starlette      ours     the product's compiled operations, endpoint and guard
hand     an endpoint that knows its answer, on Starlette; own: the same behind the product's guard, with nothing between

All under uvicorn with the same parser and loop, one worker, over the same objects in memory.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from lineage.api.execution import Service
from lineage.api.lineages import THINGS
from lineage.api.schema import LineageSchema
from lineage.api.things import ModelVersion, Tag
from lineage.api.words import SCALARS, DateTime
from lineage.graph import State
from lineage.ids import Kind

QUERY = (
    "query Page($first: Int!) { page(first: $first) "
    "{ id reference kind state name version stage createdAt tags { key value } } }"
)
SMALL = "{ page(first: 1) { id } }"
SIZES = (100, 1_000, 10_000)
SCOPE = "azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourceGroups/rg-credit/workspaces/mlw-prod"


@cache
def models() -> list[ModelVersion]:
    """The largest page: 8 scalars and a list of two tags in each."""
    return [
        ModelVersion(
            id=strawberry.ID(str(10**17 + n)), reference=f"{SCOPE}/models/credit-scoring-{n % 90:03}/versions/{n}",
            kind=Kind.MODEL_VERSION, name=f"credit-scoring-{n % 90:03}", state=State.LIVE, reason=None, remedy=None,
            seen_as=None, scope=SCOPE, created_at=DateTime("2026-03-31T08:00:00.1304697Z"), created_by="Priya Raman",
            version=str(n), type="mlflow_model", stage="Production" if n % 9 == 0 else None, description=None,
            flavors=["sklearn"], tags=[Tag(key="auc", value="0.81"), Tag(key="team", value="credit-risk")],
            found=None, page=None,  # type: ignore[arg-type]  # no field of the page asks the index
        )
        for n in range(max(SIZES))
    ]  # fmt: skip


@strawberry.type
class Query:
    @strawberry.field
    def page(self, first: int) -> list[ModelVersion]:
        return models()[:first]


SCHEMA = LineageSchema(query=Query, types=list(THINGS.values()), config=StrawberryConfig(scalar_map=dict(SCALARS)))


def service() -> Service:
    """The product's service over this schema. Its one list has no limit: 10,000 is what trusted documents may ask."""
    return Service(None, schema=SCHEMA)  # type: ignore[arg-type]


def written(first: int) -> dict[str, Any]:
    """The answer as somebody would write it who needs no GraphQL."""
    page = [
        {
            "id": one.id, "reference": one.reference, "kind": one.kind.name, "state": one.state.name, "name": one.name,
            "version": one.version, "stage": one.stage, "createdAt": one.created_at,
            "tags": [{"key": tag.key, "value": tag.value} for tag in one.tags],
        }
        for one in models()[:first]
    ]  # fmt: skip
    return {"data": {"page": page}}


def small() -> dict[str, Any]:
    return {"data": {"page": [{"id": one.id} for one in models()[:1]]}}


async def hand(request: HttpRequest) -> HttpResponse:
    asked = msgspec.json.decode(await request.body())
    told = written(asked["variables"]["first"]) if asked.get("variables") else small()
    return HttpResponse(msgspec.json.encode(told), media_type="application/json")


class Own:
    """The hand-written endpoint where ours stands: nothing lies between it and the connection."""

    def at_once(self, headers: Any, body: bytes) -> Any:
        from lineage.server.guard import Reply

        asked = msgspec.json.decode(body)
        told = msgspec.json.encode(written(asked["variables"]["first"]) if asked.get("variables") else small())
        return Reply(200, [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(told))], told)

    async def reply(self, scope: Any, body: bytes, receive: Any) -> Any:
        return self.at_once(scope["headers"], body)


def _own() -> Any:
    from lineage.server.guard import Guard

    return Guard(Starlette(), {"/graphql": Own()})


def _stock() -> Any:
    from strawberry.asgi import GraphQL

    return Starlette(routes=[Route("/graphql", GraphQL(SCHEMA))])


def _ours() -> Any:
    from lineage.server.endpoint import Endpoint
    from lineage.server.guard import Guard

    return Guard(Starlette(), {"/graphql": Endpoint(service())})


APPS: dict[str, Callable[[], Any]] = {
    "stock": _stock,
    "ours": _ours,
    "hand": lambda: Starlette(routes=[Route("/graphql", hand, methods=["POST"])]),
    "own": _own,
}


def main() -> None:
    import uvicorn

    from lineage.server.collector import settle

    kind, descriptor = sys.argv[1], int(sys.argv[2])
    app = APPS[kind]()
    models()
    if kind != "stock":
        settle()
    from lineage.server.wire import Wire

    config = uvicorn.Config(
        app, http=Wire, proxy_headers=False, log_config=None, access_log=False, lifespan="off", ws="none"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main()
