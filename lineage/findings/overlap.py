"""The rule on test data: whether training had already seen it.

What a job's input is for is known by its name alone: `test_data`, `validationData`, `eval-set` and `holdout` are test
data, `train`, `training_data` and `fit` are training data, `model`, `checkpoint` are the model that is looked at.

    one job with both              its test inputs against its training inputs
    a job with a model and a test  its test inputs against the data inputs of the jobs that made that model
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from lineage import locations
from lineage.catalogue import Provenance, producers
from lineage.findings.ground import Ground, listed, said
from lineage.findings.words import Code, Finding, Proof, Severity, of_edge
from lineage.graph import Direction, Edge, Node, Relation
from lineage.ids import Kind
from lineage.traversal import Budget, reach, related

_TEST: Final = frozenset(
    {"test", "tests", "testing", "valid", "validation", "validate", "val", "eval", "evaluation", "evaluate", "holdout"}
)
_TRAIN: Final = frozenset({"train", "training", "trainset", "fit"})
_MODEL: Final = frozenset({"model", "models", "checkpoint", "weights", "scorer", "classifier", "estimator"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_DATA: Final = frozenset({Kind.DATA_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION})
_FAR: Final = Budget(max_nodes=200_000)


class Role(StrEnum):
    TEST = "TEST"
    TRAIN = "TRAIN"
    MODEL = "MODEL"
    OTHER = "OTHER"


@lru_cache(maxsize=4096)
def role(name: str) -> Role:
    """What an input is for, by its name."""
    words = {word.lower() for word in _WORD.findall(name)}
    if words & _TEST and not words & _MODEL:
        return Role.TEST
    if words & _MODEL:
        return Role.MODEL
    return Role.TRAIN if words & _TRAIN else Role.OTHER


class _Pair(msgspec.Struct):
    """A test input of a job, and a training input of that job or of one that made its model."""

    node: Node
    test: Edge
    train: Edge
    trainer: Node


def overlap(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """TRAIN_TEST_OVERLAP, of jobs that are loaded."""
    pairs = [*_alone(things, ground), *_evaluations(things, ground)]
    if not pairs:
        return
    ends = list(dict.fromkeys(key for pair in pairs for key in (pair.test.cause, pair.train.cause)))
    ground.load(ends)
    origins = _Origins(ends, ground)
    found: dict[int, list[tuple[_Pair, str, bool]]] = {}
    for pair in pairs:
        how = _same(pair, ground)
        derived = origins.between(pair) if not how else ""
        if how or derived:
            found.setdefault(pair.node.key, []).append((pair, how or derived, bool(how)))
    for hits in found.values():
        # Where something is the same, what is merely derived is left out.
        surest = [hit for hit in hits if hit[2]] or hits
        node = surest[0][0].node
        proofs: list[Proof] = []
        told: list[str] = []
        for pair, how, _ in surest:
            proofs.append(of_edge(pair.test, _text(pair.test, ground), f"test data, as input `{pair.test.name}`"))
            proofs.append(of_edge(pair.train, _text(pair.train, ground), f"training data of {said(pair.trainer.text)}"))
            by = "" if pair.trainer.key == node.key else f" of {said(pair.trainer.text)}"
            told.append(f"its {pair.test.name} {how} {pair.train.name or 'training data'}{by}")
        yield ground.finding(
            Code.TRAIN_TEST_OVERLAP,
            node,
            f"Job {said(node.text)}: {listed(told)}.",
            proofs,
            severity=None if surest[0][2] else Severity.WARNING,
        )


def _alone(things: Sequence[Node], ground: Ground) -> Iterator[_Pair]:
    """Jobs that say themselves what is for training and what for testing."""
    for node in things:
        used = ground.causes(node.key, Relation.USED)
        tests = [edge for edge in used if role(edge.name) is Role.TEST and _is_data(edge, ground)]
        if tests:
            for train in used:
                if role(train.name) is Role.TRAIN and _is_data(train, ground):
                    yield from (_Pair(node, test, train, node) for test in tests)


def _evaluations(things: Sequence[Node], ground: Ground) -> Iterator[_Pair]:
    """Jobs that look at a model with test data, against the jobs that made the model."""
    wanted: list[tuple[Node, list[Edge], list[int]]] = []
    for node in things:
        used = ground.causes(node.key, Relation.USED)
        tests = [edge for edge in used if role(edge.name) is Role.TEST and _is_data(edge, ground)]
        models = [edge.cause for edge in used if _is_model(edge, ground)] if tests else []
        if models:
            wanted.append((node, tests, models))
    made = producers(ground.view, list(dict.fromkeys(key for _, _, models in wanted for key in models)))
    ground.load(job for strength, jobs in made.values() if strength is not Provenance.NONE for job in jobs)
    for node, tests, models in wanted:
        for trainer in dict.fromkeys(job for key in models for job in made[key][1]):
            maker = ground.thing(trainer)
            if maker is None or maker.key == node.key:
                continue
            for train in _training(ground.causes(maker.key, Relation.USED), ground):
                yield from (_Pair(node, test, train, maker) for test in tests)


def _training(used: Sequence[Edge], ground: Ground) -> list[Edge]:
    """The data that a job was trained on: what is called so, else every input that is neither test data nor model."""
    data = [edge for edge in used if _is_data(edge, ground)]
    named = [edge for edge in data if role(edge.name) is Role.TRAIN]
    return named or [edge for edge in data if role(edge.name) is Role.OTHER]


def _is_data(edge: Edge, ground: Ground) -> bool:
    cause = ground.thing(edge.cause)
    return cause is not None and cause.kind in _DATA and role(edge.name) is not Role.MODEL


def _is_model(edge: Edge, ground: Ground) -> bool:
    cause = ground.thing(edge.cause)
    if cause is None:
        return False
    return cause.kind is Kind.MODEL_VERSION or (cause.kind is Kind.JOB_OUTPUT and role(edge.name) is Role.MODEL)


def _same(pair: _Pair, ground: Ground) -> str:
    """How test and training data are the same bytes, as a clause; '' when that is not known."""
    test, train = ground.lead(pair.test.cause), ground.lead(pair.train.cause)
    if test == train:
        if not related(pair.test.path, pair.train.path):
            return ""
        exact = pair.test.path.strip("/") == pair.train.path.strip("/")
        return "is the same as" if exact else "lies in the same place as"
    for one in _places(test, ground):
        for other in _places(train, ground):
            if one == other:
                return "is the same place as"
            if locations.contains(one, other) or locations.contains(other, one):
                return "shares files with"
    return ""


def _places(key: int, ground: Ground) -> set[str]:
    """Where a place or a data version lies, physically, without places that everybody shares."""
    node = ground.thing(key)
    if node is None:
        return set()
    keys = list(ground.names(key)) if node.kind is Kind.LOCATION else []
    if node.kind is Kind.DATA_VERSION:
        keys = [edge.cause for edge in ground.causes(key, Relation.WAS_DERIVED_FROM)]
    found = (ground.nodes[one] for one in keys if one in ground.nodes)
    texts = {locations.physical(one.text, ground.asked.datastores) for one in found if one.kind is Kind.LOCATION}
    return {text for text in texts if not locations.is_too_broad(text)}


def _text(edge: Edge, ground: Ground) -> str:
    node = ground.nodes.get(edge.cause)
    return node.text if node is not None else edge.evidence.value


class _Origins:
    """What lies behind test and training data, walked once for all of a batch."""

    def __init__(self, ends: Iterable[int], ground: Ground) -> None:
        self._ground = ground
        reached = reach(ground.view, list(ends), Direction.UPSTREAM, _FAR)
        ground.name(reached.depth)
        self._causes: dict[int, set[int]] = {}
        for edge in reached.edges:
            if edge.relation not in (Relation.SAME_AS, Relation.PART_OF, Relation.RAN_CODE, Relation.RAN_IN):
                self._causes.setdefault(ground.lead(edge.effect), set()).add(ground.lead(edge.cause))
        self._behind: dict[int, set[int]] = {}

    def between(self, pair: _Pair) -> str:
        """How one was derived from the other, as a clause; '' when neither was."""
        test, train = self._ground.lead(pair.test.cause), self._ground.lead(pair.train.cause)
        if test == train:
            return ""
        if train in self._all(test):
            return "was derived from"
        return "is an origin of" if test in self._all(train) else ""

    def _all(self, key: int) -> set[int]:
        if key not in self._behind:
            met, wave = {key}, [key]
            while wave:
                wave = list({cause for one in wave for cause in self._causes.get(one, ()) if cause not in met})
                met.update(wave)
            self._behind[key] = met - {key}
        return self._behind[key]
