"""Large impacts: what is told of arrays, a page at a time, is what the whole answer tells."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import answers, lookup
from lineage.answers import LINEAGE_KINDS
from lineage.graph import Certainty, Direction, Edge, Evidence, Relation, State
from lineage.ids import Kind
from lineage.impact import ORDER, impact, level_of, work
from lineage.index import closing
from lineage.lookup import Found
from lineage.owners import owners, shares
from lineage.traversal import Budget, reach
from lineage.wide import Wide
from tests.index.test_closure import FOLLOWS, SEEDS, chain, histories, thing, written
from tests.memory import Estate

DOWN = Direction.DOWNSTREAM


@settings(max_examples=300, deadline=None)
@given(histories(), SEEDS, st.none() | st.integers(1, 4), FOLLOWS, st.sampled_from([0, 1000]))
def test_a_page_out_of_arrays_is_a_page_of_the_whole(generations, seeds, limit, follow, few) -> None:  # type: ignore[no-untyped-def]
    """Things in one order, depths, links, levels, counts and filters, with several names, stops and scopes."""
    keys = [thing(number).key for number in seeds]
    with written(generations) as index, index.view() as view:
        csr = index.adjacency(view.generation)
        known = view.nodes(keys)
        founds = [Found(known[key]) for key in keys if key in known]
        if not founds:
            return
        asked = [found.node.key for found in founds]
        whole = impact(view, founds, Budget(max_depth=limit), follow)
        found = closing.closure(csr, asked, DOWN, Budget(max_depth=limit), follow, few=few, inside=view._inside)
        wide = Wide(view, founds, found, follow)

        names: dict[int, list[int]] = {}
        for key in whole.nodes:
            names.setdefault(whole.things.get(key, key), []).append(key)
        order = sorted(whole.all_affected, key=lambda node: (whole.depth[node.key], min(names[node.key])))
        rows = wide.rows()

        assert list(rows[:]) == order
        assert list(rows[1:3]) == order[1:3]
        assert [rows.place(node.key) for node in order] == list(range(len(order)))
        assert wide.counts == whole.counts
        assert list(wide.counts) == [kind for kind in ORDER if kind in whole.counts]
        assert wide.spread.depths([node.key for node in order]) == [whole.depth[node.key] for node in order]
        level = level_of(whole)
        assert wide.spread.levels([node.key for node in order]) == [level[node.key] for node in order]
        assert [(number, list(counts.items())) for number, counts in wide.levels()] == [
            (one.number, list(one.counts.items())) for one in work(whole)
        ]
        for one in work(whole):
            assert {n.key for n in wide.rows(level=one.number)[:]} == {n.key for n in one.things}
        assert wide.rows([Kind.JOB])[:] == [node for node in order if node.kind is Kind.JOB]
        assert wide.rows(states=[State.DELETED])[:] == [node for node in order if node.state is State.DELETED]
        told = {(near, edge) for steps in wide.links(order).values() for near, edge in steps}
        stands = whole.things
        expected = {
            (stands.get(edge.cause, edge.cause), edge)
            for edge in whole.edges
            if edge.relation is not Relation.SAME_AS and whole.depth[edge.effect] > 0
        }
        assert {(stands.get(near, near), edge) for near, edge in told} == expected
        assert [share.name for share in shares(order, owners(view, order))] == [part.name for part in wide.owners()]


def test_owners_of_a_large_impact_are_those_of_the_whole() -> None:
    """By tag, creator, and for an output its job's; the things of each in the order of pages."""
    estate = Estate()
    raw = estate.data("raw", "1")
    for number in range(6):
        job = estate.job(f"j{number}", used={"raw": raw}, createdBy=("Ann", "Bea")[number % 2])
        output = estate.output(job, "o")
        estate.model("m", str(number), source=output, **({"tags": {"Owner": "Cy"}} if number == 3 else {}))
    told = estate.view()
    with written([(list(told._nodes.values()), told._edges)]) as index, index.view() as view:
        founds = [lookup.find(view, raw.text)]
        found = closing.closure(index.adjacency(view.generation), [raw.key], DOWN, few=0)
        wide = Wide(view, founds, found)
        rows = list(wide.rows()[:])
        whole = shares(rows, owners(view, rows))

        assert [(part.name, part.counts) for part in wide.owners()] == [(share.name, share.counts) for share in whole]
        for part, share in zip(wide.owners(), whole, strict=True):
            owned = wide.owned(part)
            assert [node.key for node in owned[:]] == list(share.keys)
            assert [owned.place(key) for key in share.keys] == list(range(len(share.keys)))
        assert wide.owners() is wide.owners(), "read once"


def test_a_large_header_reads_what_was_never_read_and_no_more() -> None:
    """The same truncations as of the whole answer; an output whose job was reached needs no reading."""
    estate = Estate()
    raw = estate.data("raw", "1")
    for number in range(40):
        estate.output(estate.job(f"j{number}", used={"raw": raw}), "o", state=State.UNRESOLVED)
    gone = estate.job("gone", used={"raw": raw}, state=State.DELETED)
    twin = estate.thing(lookup.ids.job(lookup.ids.registry("elsewhere"), "gone"), state=State.UNRESOLVED)
    estate.same(twin, gone)
    for number in range(8):
        # Whichever of the two names has the lesser key.
        name = lookup.ids.job(lookup.ids.registry("elsewhere"), f"j{number}")
        estate.same(estate.thing(name, state=State.UNRESOLVED), estate.job(f"j{number}"))
    told = estate.view()
    with written([(list(told._nodes.values()), told._edges)]) as index, index.view() as view:
        founds = [lookup.find(view, raw.text)]
        found = closing.closure(index.adjacency(view.generation), [raw.key], DOWN, few=0)
        wide = Wide(view, founds, found)
        whole = impact(view, founds)

        assert sorted(wide.spread.unread(LINEAGE_KINDS)) == sorted([gone.key, twin.key])
        assert [(cut.reason, cut.detail) for cut in wide.header().truncations] == [
            (cut.reason, cut.detail) for cut in whole.header.truncations
        ]
        jobs = wide.rows([Kind.JOB])
        assert {node.key for node in wide.rows([Kind.JOB], [State.LIVE])[:]} == {n.key for n in jobs[:]} - {gone.key}
        assert wide.header().is_complete is whole.header.is_complete is False


def test_levels_of_a_long_chain_and_of_a_circle_are_found() -> None:
    nodes, edges = chain(2_000)
    evidence = Evidence(nodes[0].text, "job", "f", "v")
    loop = Edge(nodes[500].key, nodes[400].key, Relation.USED, edges[0].derivation, Certainty.CONFIRMED, evidence)
    with written([(nodes, [*edges, loop])]) as index, index.view() as view:
        csr = index.adjacency(view.generation)
        for few in (0, 10_000):
            spread = closing.closure(csr, [nodes[-1].key], DOWN, few=few).spread()
            levels = spread.levels([nodes[-2].key, nodes[1400].key, nodes[501].key, nodes[450].key, nodes[0].key])
            assert levels == [1, 599, 1498, 1499, 1899]


def test_names_are_looked_for_only_where_there_are_several() -> None:
    """A page of things with one name each asks for no other names."""
    estate = Estate()
    raw = estate.data("raw", "1")
    jobs = [estate.job(f"j{number}", used={"raw": raw}) for number in range(5)]
    estate.same(jobs[0], estate.thing(lookup.ids.job(lookup.ids.registry("r"), "j0")))
    told = estate.view()
    with written([(list(told._nodes.values()), told._edges)]) as index, index.view() as view:
        found = closing.closure(index.adjacency(view.generation), [raw.key], DOWN, few=0)
        wide = Wide(view, [lookup.find(view, raw.text)], found)
        keys = wide.spread.choose(beyond=True).keys(0, 9)
        twins = wide.spread.twins(keys)
        assert len(keys) == 5
        assert len(twins) == 1
        assert reach(view, twins, DOWN).depth.keys() == answers.same_things(view, twins)[0].keys()
