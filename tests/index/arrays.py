"""Graphs straight into the tables of an index, generation after generation, for what is about edges alone.

Nothing is linked here: rows are what the test says, so that any graph can be asked for, those that no record would
make included. There are no records, no totals and no digest, so such an index answers questions and cannot be verified.
"""

from __future__ import annotations

import msgspec

from lineage.graph import Edge, Node
from lineage.index import SqliteIndex
from lineage.index.codes import CERTAINTIES, DERIVATIONS, KINDS, RELATIONS, STATES
from lineage.index.edges import content_key
from lineage.index.opening import writer
from lineage.index.schema import OPEN
from lineage.records import canonical_json

_pack = msgspec.msgpack.Encoder().encode


def write(index: SqliteIndex, generations: list[tuple[list[Node], list[Edge]]]) -> None:
    """Each generation holds exactly its nodes and edges; what stays from one to the next is one row."""
    connection = writer(index.path)
    connection.execute("BEGIN")
    for number, (nodes, edges) in enumerate(generations, 1):
        _history(connection, "node", {_node(node) for node in nodes}, 2, number)
        _history(connection, "edge_out", {_out(edge) for edge in edges}, 5, number)
        _history(connection, "edge_in", {_in(edge) for edge in edges}, 5, number)
        counts = msgspec.json.encode({"nodes": len(nodes), "edges": len(edges)})
        connection.execute(
            "INSERT INTO generation VALUES (?, ?, 1, ?, '', '', '', ?, 0)",
            (number, f"2026-03-{number:02}T12:00:00.000Z", f"{number:064x}", counts),
        )
        connection.execute("UPDATE published SET number = ?", (number,))
    connection.execute("COMMIT")
    connection.close()


def _history(connection, table: str, rows: set[tuple], width: int, number: int) -> None:  # type: ignore[no-untyped-def,type-arg]
    """`width` columns of the key stand before `valid_from`."""
    here = connection.execute(f"SELECT * FROM {table} WHERE valid_to = {OPEN}").fetchall()
    known = {(*row[:width], *row[width + 2 :]): row for row in here}
    for content, row in known.items():
        if content not in rows:
            names = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")][: width + 1]
            where = " AND ".join(f"{name} = ?" for name in names)
            connection.execute(f"UPDATE {table} SET valid_to = {number} WHERE {where}", row[: width + 1])
    for content in rows - known.keys():
        row = (*content[:width], number, OPEN, *content[width:])
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _node(node: Node) -> tuple[object, ...]:
    kind, state = KINDS.of[node.kind], STATES.of[node.state]
    return (
        node.key >> 57,
        node.key,
        kind,
        state,
        node.text,
        node.seen,
        node.reason,
        node.remedy,
        canonical_json(node.facts),
    )


def _packed(edge: Edge) -> bytes:
    told = edge.evidence
    return _pack((told.record_kind, told.field, told.value, edge.name, edge.path))


def _link(edge: Edge) -> int:
    return content_key(_packed(edge) + f"{edge.derivation} {edge.certainty} {edge.rank}".encode())


def _codes(edge: Edge) -> tuple[int, int, int]:
    return DERIVATIONS.of[edge.derivation], CERTAINTIES.of[edge.certainty], edge.rank


def _out(edge: Edge) -> tuple[object, ...]:
    effect, cause, relation = edge.effect, edge.cause, RELATIONS.of[edge.relation]
    return (effect >> 57, effect, relation, cause, _link(edge), *_codes(edge), 0, effect, _packed(edge))


def _in(edge: Edge) -> tuple[object, ...]:
    effect, cause, relation = edge.effect, edge.cause, RELATIONS.of[edge.relation]
    return (cause >> 57, cause, relation, effect, _link(edge), *_codes(edge))
