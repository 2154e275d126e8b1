"""A big lineage graph made as arrays: layers of the shape of real estates, up to a million things in seconds.

    data -> job -> named output -> model version -> deployment of an endpoint,  jobs inside pipelines,
    jobs fed from earlier outputs and fine-tuned from earlier models, popularity by a power law

Names are of real length (about 200 characters). `write` puts it straight into the tables of an index, ready made: no
record is linked and none is kept, so such an index is for questions alone. The seed fixes the shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from lineage import ids
from lineage.graph import Certainty, Derivation, Relation, State
from lineage.ids import Kind
from lineage.index.codes import CERTAINTIES, DERIVATIONS, KINDS, RELATIONS, STATES
from lineage.index.edges import content_key
from lineage.index.opening import make, writer
from lineage.index.schema import INDEXES, OPEN
from lineage.records import RecordKind
from tests.bench.estates import SCOPE

_KINDS: Final = (
    *(Kind.DATA_VERSION, Kind.JOB, Kind.JOB_OUTPUT, Kind.MODEL_VERSION),
    *(Kind.DEPLOYMENT, Kind.ENDPOINT, Kind.LOCATION),
)
_RECORDS: Final = {
    Kind.JOB: RecordKind.JOB,
    Kind.JOB_OUTPUT: RecordKind.JOB,
    Kind.MODEL_VERSION: RecordKind.MODEL_VERSION,
    Kind.DATA_VERSION: RecordKind.DATA_VERSION,
    Kind.DEPLOYMENT: RecordKind.DEPLOYMENT,
    Kind.LOCATION: RecordKind.JOB,
}


class Layered:
    """The graph. Things are numbered by kind; `first[kind]` is the number of the first of a kind, `sizes` how many.

    effects, causes, relations: the edges, by number and `codes.RELATIONS`. texts, keys: names, in order of number.
    """

    def __init__(self, nodes: int, seed: int = 7) -> None:
        chance = np.random.default_rng(seed)
        jobs = max(8, round(nodes / 3.483))
        numbers = (jobs // 3, jobs, jobs, jobs * 4 // 5, jobs // 20, jobs // 20, jobs // 5 + jobs // 20)
        self.sizes: dict[Kind, int] = {kind: max(2, number) for kind, number in zip(_KINDS, numbers, strict=True)}
        starts = np.cumsum([0, *self.sizes.values()])
        self.first: dict[Kind, int] = {kind: int(start) for kind, start in zip(_KINDS, starts, strict=False)}
        self.nodes = int(starts[-1])
        found: list[tuple[Any, Any, int]] = []

        def link(effect: Kind, which: Any, relation: Relation, cause: Kind, of: Any) -> None:
            found.append((self.first[effect] + which, self.first[cause] + of, RELATIONS.of[relation]))

        job = np.arange(jobs)
        pipeline = job % 16 == 0
        leaf = job[~pipeline]
        rolls = chance.random((6, jobs))
        link(Kind.JOB, leaf, Relation.USED, Kind.DATA_VERSION, _popular(rolls[0][leaf], self.sizes[Kind.DATA_VERSION]))
        more = job[(rolls[1] < 0.4) & ~pipeline]
        link(Kind.JOB, more, Relation.USED, Kind.DATA_VERSION, _popular(rolls[2][more], self.sizes[Kind.DATA_VERSION]))
        # From anything made before: the tree of such choices is about a dozen jobs deep.
        fed = job[(rolls[3] < 0.85) & ~pipeline & (job > 4)]
        link(Kind.JOB, fed, Relation.USED, Kind.JOB_OUTPUT, (fed * chance.random(len(fed)) ** 0.8).astype(np.int64))
        tuned = job[(rolls[4] < 0.7) & ~pipeline & (job > 4)]
        base = _popular(chance.random(len(tuned)), np.maximum(1, tuned * 4 // 5))
        link(Kind.JOB, tuned, Relation.USED, Kind.MODEL_VERSION, base)
        link(Kind.JOB, leaf, Relation.PART_OF, Kind.JOB, leaf // 16 * 16)
        link(Kind.JOB_OUTPUT, job, Relation.WAS_GENERATED_BY, Kind.JOB, job)
        model = np.arange(self.sizes[Kind.MODEL_VERSION])
        link(Kind.MODEL_VERSION, model, Relation.WAS_DERIVED_FROM, Kind.JOB_OUTPUT, model * 5 // 4)
        deployment = np.arange(self.sizes[Kind.DEPLOYMENT])
        chosen = chance.integers(0, len(model), len(deployment))
        link(Kind.DEPLOYMENT, deployment, Relation.DEPLOYS, Kind.MODEL_VERSION, chosen)
        link(Kind.DEPLOYMENT, deployment, Relation.PART_OF, Kind.ENDPOINT, deployment)
        place = np.arange(jobs // 5)
        link(Kind.LOCATION, place, Relation.WAS_GENERATED_BY, Kind.JOB_OUTPUT, place * 5)
        twin = np.arange(self.sizes[Kind.LOCATION] - len(place))
        link(Kind.LOCATION, len(place) + twin, Relation.SAME_AS, Kind.LOCATION, twin * 3)
        pairs = np.concatenate([np.stack((e, c, np.full(len(e), r))) for e, c, r in found], axis=1)
        self.effects, self.causes, self.relations = np.unique(pairs, axis=1)
        self.texts = [text for kind in _KINDS for text in self._names(kind)]
        self.keys = np.fromiter(map(ids.key, self.texts), np.int64, self.nodes)

    @property
    def hub(self) -> int:
        """Number of the most popular data version."""
        return self.first[Kind.DATA_VERSION]

    def typical(self, each: int = 66) -> list[int]:
        """Models, jobs and data versions, evenly spread."""
        found: list[int] = []
        for kind in (Kind.MODEL_VERSION, Kind.JOB, Kind.DATA_VERSION):
            size = self.sizes[kind]
            found += range(self.first[kind] + size // each // 2, self.first[kind] + size, max(1, size // each))
        return found

    def _names(self, kind: Kind) -> Iterator[str]:
        for number in range(self.sizes[kind]):
            if kind is Kind.DATA_VERSION:
                yield ids.asset(SCOPE, "data", f"credit-applications-monthly-extract-{number:07}", "1").text
            elif kind is Kind.MODEL_VERSION:
                yield ids.asset(SCOPE, "models", f"credit-scorecard-{number // 12:06}", str(number % 12 + 1)).text
            elif kind in (Kind.JOB, Kind.JOB_OUTPUT):
                job = ids.job(SCOPE, f"credit_retraining_{number * 2654435761 % 2**40:010x}").text
                yield job if kind is Kind.JOB else f"{job}/outputs/trained_model"
            elif kind is Kind.LOCATION:
                yield ids.datastore_path(SCOPE, "workspaceblobstore", f"azureml/credit_{number:07}/model").text
            else:
                text = f"{SCOPE.text}/onlineEndpoints/credit-scoring-{number:06}"
                yield text if kind is Kind.ENDPOINT else f"{text}/deployments/blue"

    def write(self, path: Path) -> None:
        """A new index with one generation."""
        make(path)
        connection = writer(path)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for name in INDEXES:
            connection.execute(f"DROP INDEX {name}")
        _insert(connection, "node", 11, self._node_rows())
        _insert(connection, "edge_out", 13, self._out_rows())
        _insert(connection, "edge_in", 10, self._in_rows())
        for statement in INDEXES.values():
            connection.execute(statement)
        here, nothing, now = ids.key(SCOPE.text), ids.key("[]"), "2026-03-31T12:00:00.000Z"
        _insert(connection, "name", 3, [(here >> 57, here, SCOPE.text), (nothing >> 57, nothing, "[]")])
        _insert(connection, "scope", 8, [(here, here, 1, OPEN, now, 1, 0, nothing)])
        counts = {"nodes": self.nodes, "edges": len(self.effects)}
        counts |= {f"nodes.{kind}": size for kind, size in self.sizes.items()}
        row = (1, now, 1, "0" * 64, SCOPE.text, now, now, msgspec.json.encode(counts), 0)
        _insert(connection, "generation", 9, [row])
        connection.execute("UPDATE published SET number = 1")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        connection.close()

    def _node_rows(self) -> Iterator[tuple[Any, ...]]:
        kinds = np.repeat([KINDS.of[kind] for kind in _KINDS], list(self.sizes.values())).tolist()
        texts, keys, live = self.texts, self.keys.tolist(), STATES.of[State.LIVE]
        for number in np.argsort(self.keys).tolist():
            key, text = keys[number], texts[number]
            facts = b'{"name":"%s","createdAt":"2026-03-31T08:00:00Z"}' % text[-40:].rpartition("/")[2].encode()
            yield key >> 57, key, 1, OPEN, kinds[number], live, text, "", "", "", facts

    def _linked(self) -> Iterator[tuple[int, int, int, int, bytes]]:
        """Effect, relation, cause, content key and content of each edge."""
        pack = msgspec.msgpack.Encoder().encode
        contents = {}
        for (kind, start), size in zip(self.first.items(), self.sizes.values(), strict=True):
            packed = pack(
                (_RECORDS.get(kind, RecordKind.OTHER).value, "properties.inputs.x.uri", "azureml:x:1", "", "")
            )
            contents.update(dict.fromkeys(range(start, start + size), (content_key(packed), packed)))
        keys = self.keys.tolist()
        for effect, cause, relation in zip(
            self.effects.tolist(), self.causes.tolist(), self.relations.tolist(), strict=True
        ):
            yield keys[effect], relation, keys[cause], *contents[effect]

    def _out_rows(self) -> Iterable[tuple[Any, ...]]:
        how = DERIVATIONS.of[Derivation.SERVICE_FIELD], CERTAINTIES.of[Certainty.CONFIRMED], 0
        rows = sorted(self._linked())
        return ((e >> 57, e, relation, c, link, 1, OPEN, *how, e, e, packed) for e, relation, c, link, packed in rows)

    def _in_rows(self) -> Iterable[tuple[Any, ...]]:
        how = DERIVATIONS.of[Derivation.SERVICE_FIELD], CERTAINTIES.of[Certainty.CONFIRMED], 0
        rows = sorted((c, relation, e, link) for e, relation, c, link, _ in self._linked())
        return ((c >> 57, c, relation, e, link, 1, OPEN, *how) for c, relation, e, link in rows)


def _popular(rolls: Any, size: Any) -> Any:
    """Numbers below `size`, the first ones far more often."""
    return (size * rolls**2.5).astype(np.int64)


def _insert(connection: Any, table: str, width: int, rows: Iterable[tuple[Any, ...]]) -> None:
    connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)
