"""The JSON that each command writes with `--json`. Fields are added in later versions, never renamed or removed.

Every answer has

    question                  trace | impact | paths | explain | models | status | gaps
    generation                {number, published, rules, digest}

and trace, impact and paths also

    isComplete                whether nothing cut the answer short
    truncations               [{reason, detail, unexpanded: how many, frontier: the first 100 canonical texts}]
    scopes                    [{scope, crawled, complete, gaps}]
    nodes                     [NODE], the thing asked about first
    edges                     [EDGE] (paths has `paths`: [[EDGE]] instead)

and trace

    summary                   {madeBy: [MAKER], candidates: [MAKER], declaredBy: [MAKER], story, copiedFrom: [text],
                              data: [{text, places: [text]}], code: [{git: {repo, branch, commit, dirty}, version}],
                              environments: [{text, image}], baseModels: [text], certainty, looseEnds}
                              (candidates: when it is one of several jobs; declaredBy: jobs that the registration
                              names beside those that wrote the bytes; looseEnds: why no job is known)
    looseEnds                 references that could not be followed

and impact

    found                     what was asked about; counts: affected things by kind
    sources                   [{by, text, repository, things: [text]}]: how each was named, and what it means
    deployments               [{text, name, endpoint, traffic, mirrorTraffic}], the most live traffic first
    endpoints                 how many endpoints they stand behind
    levels                    [{level, counts, things: [text]}]: what to fix first first
    owners                    [{name, counts, things: [text]}]: whom to ask, nobody (null) last
    nodes                     each with its level, owner and ownerBasis (TAG | CREATOR | MODIFIER | JOB) as well

    NODE = {key: decimal string, text: canonical, kind, state, reason, remedy, facts: object, depth}
    MAKER = {job: canonical text, state, output, path, certainty, rank, displayName, jobType, status, createdAt,
             createdBy}
    EDGE = {effect: canonical text, cause: canonical text, relation, name, path, derivation, certainty, rank, since,
            evidence: {record, recordKind, field, value}}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lineage.answers import Header
from lineage.catalogue import ModelPage, Status
from lineage.cli.affected import Work
from lineage.explain import Explanation
from lineage.graph import Edge, Loose, Node
from lineage.ids import Kind
from lineage.impact import Impact
from lineage.ledger import Ledger
from lineage.lookup import Found
from lineage.paths import Paths
from lineage.ports import Generation, ScopeCoverage, Told, View
from lineage.records import Gap
from lineage.summary import Maker, Summary
from lineage.summary import summary as short
from lineage.trace import Trace

Json = dict[str, Any]
_FRONTIER = 100


def trace(answer: Trace) -> Json:
    names = _names(answer.nodes)
    nodes = [
        {**node(one), "depth": answer.depth.get(key, 0), "ancestor": key in answer.ancestors}
        for key, one in answer.nodes.items()
    ]
    return {
        "question": "trace",
        "found": found(answer.found),
        "summary": summary(short(answer)),
        **header(answer.header, names),
        "nodes": nodes,
        "edges": [edge(one, names) for one in answer.edges],
        "looseEnds": [loose(end) for ends in answer.loose.values() for end in ends],
    }


def impact(answer: Impact, work: Work) -> Json:
    names = _names(answer.nodes)

    def told(key: int, one: Node) -> Json:
        owner = work.owners.get(key)
        return {
            **node(one),
            "depth": answer.depth[key],
            "level": work.level_of.get(answer.things.get(key, key), 0),
            "owner": (owner.name or None) if owner else None,
            "ownerBasis": owner.basis if owner else None,
        }

    return {
        "question": "impact",
        "found": [found(one) for one in answer.found],
        "counts": _counts(answer.counts),
        **header(answer.header, names),
        "deployments": [
            {
                "text": row.deployment.text,
                "name": row.deployment.facts.get("name"),
                "endpoint": row.endpoint.text if row.endpoint is not None else None,
                "traffic": row.traffic,
                "mirrorTraffic": row.mirror,
            }
            for row in answer.deployments
        ],
        "nodes": [told(key, one) for key, one in answer.nodes.items()],
        "edges": [edge(one, names) for one in answer.edges],
        "sources": [
            {
                "by": start.suspect.by.value,
                "text": start.shown,
                "repository": start.suspect.repository or None,
                "things": [one.text for one in start.nodes],
            }
            for start in work.starts
        ],
        "endpoints": answer.endpoints,
        "levels": [
            {"level": one.number, "counts": _counts(one.counts), "things": [thing.text for thing in one.things]}
            for one in work.levels
        ],
        "owners": [
            {"name": one.name or None, "counts": _counts(one.counts), "things": [names[key] for key in one.keys]}
            for one in work.shares
        ],
    }


def _counts(counts: Mapping[Kind, int]) -> dict[str, int]:
    return {kind.value: number for kind, number in counts.items()}


def paths(answer: Paths) -> Json:
    names = _names(answer.nodes)
    return {
        "question": "paths",
        "start": found(answer.start),
        "end": found(answer.end),
        "direction": answer.direction.value,
        **header(answer.header, names),
        "paths": [[edge(one, names) for one in way] for way in answer.paths],
        "nodes": [node(one) for one in answer.nodes.values()],
    }


def explain(answer: Explanation, view: View | None) -> Json:
    names = _names(answer.ends)
    reading = answer.reading
    return {
        "reference": reading.reference,
        "form": reading.form,
        "canonical": reading.canonical,
        "parts": reading.parts,
        "error": reading.error,
        "question": "explain",
        "generation": generation(view.generation) if view is not None else None,
        "kind": answer.kind.value if answer.kind is not None else None,
        "node": node(answer.node) if answer.node is not None else None,
        "path": answer.path,
        "same": [one.text for one in answer.same],
        "spellings": answer.spellings,
        "edges": [edge(one, names) for one in answer.edges],
        "reason": answer.reason,
        "remedy": answer.remedy,
        "candidates": answer.candidates,
        "looseEnds": [loose(end) for end in answer.loose],
    }


def models(page: ModelPage, jobs: Mapping[int, Node], view: View) -> Json:
    rows = []
    for row in page.rows:
        facts = row.node.facts
        rows.append(
            {
                "key": str(row.node.key),
                "text": row.node.text,
                "name": facts.get("name"),
                "version": facts.get("version"),
                "state": row.node.state.value,
                "stage": facts.get("stage"),
                "tags": facts.get("tags") or {},
                "createdAt": facts.get("createdAt"),
                "createdBy": facts.get("createdBy"),
                "provenance": row.provenance.value,
                "jobs": [jobs[key].text for key in row.jobs if key in jobs],
            }
        )
    return {"question": "models", "generation": generation(view.generation), "models": rows, "after": page.after}


def status(answer: Status, unread: Iterable[Gap], ends: Iterable[Loose]) -> Json:
    made = answer.coverage
    return {
        "question": "status",
        "generation": generation(answer.generation),
        "generations": [
            {**generation(one), "root": one.root, "started": one.started, "finished": one.finished}
            for one in answer.generations
        ],
        "scopes": [
            {
                **scope(one),
                "listings": [
                    {"text": listing.text, "complete": listing.complete, "listed": listing.listed}
                    for listing in one.listings
                ],
            }
            for one in answer.scopes
        ],
        "counts": answer.counts,
        "coverage": {
            "modelVersions": made.total,
            "confirmed": made.confirmed,
            "inferred": made.inferred,
            "ambiguous": made.ambiguous,
            "none": made.none,
        },
        "gaps": {reason.value: number for reason, number in answer.gaps.items()},
        "gapExamples": [gap(one) for one in unread],
        "loose": {reason.value: number for reason, number in answer.loose.items()},
        "looseExamples": [loose(end) for end in ends],
    }


def gaps(
    number: Generation, unread: Ledger[Gap] | None, unfollowed: Ledger[Loose] | None, skip: int, limit: int
) -> Json:
    return {
        "question": "gaps",
        "generation": generation(number),
        "gaps": _ledger(unread, skip, limit, gap),
        "looseEnds": _ledger(unfollowed, skip, limit, loose),
    }


def _ledger(told: Ledger[Told] | None, skip: int, limit: int, shape: Callable[[Told], Json]) -> Json | None:
    if told is None:
        return None
    shown = told.entries[skip : skip + limit]
    return {
        "total": len(told.entries),
        "reasons": told.reasons,
        "scopes": told.scopes,
        "kinds": told.kinds,
        "trend": [{"generation": one.generation, "published": one.published, "count": one.count} for one in told.trend],
        "entries": [
            {
                **shape(one.told),
                "scope": one.scope,
                "root": one.root,
                "since": one.since,
                "sinceTime": one.began or None,
            }
            for one in shown
        ],
        "more": max(0, len(told.entries) - skip - len(shown)),
    }


def gap(one: Gap) -> Json:
    return {
        "subject": one.subject,
        "kind": one.kind.value,
        "reason": one.reason.value,
        "detail": one.detail,
        "remedy": one.remedy,
        "status": one.status,
    }


def header(head: Header, names: Mapping[int, str]) -> Json:
    return {
        "generation": generation(head.generation),
        "isComplete": head.is_complete,
        "truncations": [
            {
                "reason": cut.reason.value,
                "detail": cut.detail,
                "unexpanded": len(cut.frontier),
                "frontier": [names.get(key, str(key)) for key in cut.frontier[:_FRONTIER]],
            }
            for cut in head.truncations
        ],
        "scopes": [scope(one) for one in head.scopes],
    }


def generation(one: Generation) -> Json:
    return {"number": one.number, "published": one.published, "rules": one.rules, "digest": one.digest}


def scope(one: ScopeCoverage) -> Json:
    return {"scope": one.scope, "crawled": one.crawled, "complete": one.complete, "gaps": one.gaps}


def found(one: Found) -> Json:
    return {
        "text": one.node.text,
        "kind": one.node.kind.value,
        "path": one.path,
        "same": [node.text for node in one.same],
        "inside": [node.text for node in one.inside],
        "around": [node.text for node in one.around],
    }


def summary(told: Summary) -> Json:
    return {
        "madeBy": [maker(one) for one in told.made],
        "candidates": [maker(one) for one in told.candidates],
        "declaredBy": [maker(one) for one in told.declared],
        "story": told.story,
        "copiedFrom": [one.text for one in told.copied_from],
        "data": [{"text": one.node.text, "places": [place.text for place in one.places]} for one in told.data],
        "code": [{"git": one.git, "version": one.version.text if one.version else None} for one in told.code],
        "environments": [{"text": one.text, "image": one.facts.get("image")} for one in told.environments],
        "baseModels": [one.text for one in told.base_models],
        "certainty": told.certainty.value,
        "looseEnds": [loose(end) for end in told.loose],
    }


def maker(one: Maker) -> Json:
    facts = one.job.facts
    return {
        "job": one.job.text,
        "state": one.job.state.value,
        "output": one.output,
        "path": one.path,
        "certainty": one.certainty.value,
        "rank": one.rank,
        **{field: facts.get(field) for field in ("displayName", "jobType", "status", "createdAt", "createdBy")},
    }


def node(one: Node) -> Json:
    return {
        "key": str(one.key),
        "text": one.text,
        "kind": one.kind.value,
        "state": one.state.value,
        "reason": one.reason,
        "remedy": one.remedy,
        "facts": one.facts,
    }


def edge(one: Edge, names: Mapping[int, str]) -> Json:
    told = one.evidence
    return {
        "effect": names.get(one.effect, str(one.effect)),
        "cause": names.get(one.cause, str(one.cause)),
        "relation": one.relation.value,
        "name": one.name,
        "path": one.path,
        "derivation": one.derivation.value,
        "certainty": one.certainty.value,
        "rank": one.rank,
        "since": one.since,
        "evidence": {
            "record": told.record,
            "recordKind": told.record_kind,
            "field": told.field,
            "value": told.value,
        },
    }


def loose(end: Loose) -> Json:
    return {
        "record": end.record,
        "recordKind": end.record_kind,
        "field": end.field,
        "value": end.value,
        "reason": end.reason.value,
        "remedy": end.remedy,
    }


def _names(nodes: Mapping[int, Node]) -> dict[int, str]:
    return {key: one.text for key, one in nodes.items()}
