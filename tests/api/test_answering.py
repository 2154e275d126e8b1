"""Documented operations asked of an index without a service: `ports.Questions`, and walking lists to their end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from lineage import errors
from lineage.api.answering import LocalQuestions, data_of, questions, raised
from lineage.api.documents import documents
from lineage.api.execution import Request, Service
from lineage.cli import run
from lineage.errors import AmbiguousReference, InvalidOption, InvalidReference, LineageError, UnknownReference
from lineage.graph import Edge, LooseReason
from lineage.index import open_index
from lineage.index.sqlite import SqliteIndex
from lineage.ports import Document
from lineage.questions import edges, pages
from tests.api.story import Growing, credit, many
from tests.memory import Estate, MemoryIndex, MemoryView

FIVE = {"ref": {"model": "credit-scoring:5"}}


@pytest.fixture
def asked() -> Iterator[LocalQuestions]:
    with questions(MemoryIndex(credit().view())) as opened:
        yield opened


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SqliteIndex:
    path = tmp_path_factory.mktemp("asked") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return open_index(path)


@pytest.mark.parametrize("name", [one.name for one in documents()])
def test_an_operation_answers_as_the_service_does(sample: SqliteIndex, name: str) -> None:
    """The same compiled operation, without anything between; each can be tried as it is on the sample."""
    (one,) = [one for one in documents() if one.name == name]

    with questions(sample) as asked:
        told = asked.run(name)

    assert told == Service(sample).answer(Request(one.text)).body["data"]
    assert all(value is not None for value in told.values())


def test_a_document_tells_its_name_question_variables_and_hash(asked: LocalQuestions) -> None:
    """What a person or a manifest needs to know of an operation."""
    told = asked.document("ModelList")

    assert (told.name, told.question[-1], told.defaults) == ("ModelList", "?", {"first": 50})
    assert told.variables["first"] == "Int!"
    assert told.variables["asOf"] == "AsOf"
    assert told.sha256 == hashlib.sha256(told.text.encode()).hexdigest()


def test_all_answers_are_of_one_generation() -> None:
    """What is published between two questions is for the next who asks."""
    index = Growing(many(1).view(1))
    with questions(index) as asked:
        index.views.append(many(2).view(2))

        assert asked.generation == 1
        assert asked.run("ModelList")["models"]["totalCount"] == 1
    with questions(index) as asked:
        assert asked.run("ModelList")["models"]["totalCount"] == 2


def test_the_generation_is_asked_for_unless_the_caller_says_another() -> None:
    """`asOf` of the caller stands, and an index may be asked as of earlier altogether."""
    index = MemoryIndex(many(1).view(1), many(2).view(2))
    with questions(index) as asked:
        assert asked.generation == 2
        assert asked.run("ModelList")["models"]["totalCount"] == 2
        assert asked.run("ModelList", {"asOf": {"generation": 1}})["models"]["totalCount"] == 1
    with questions(index, 1) as asked:
        assert asked.generation == 1
        assert asked.run("ModelList")["models"]["totalCount"] == 1
        assert asked.run("ModelList", {"asOf": None})["models"]["totalCount"] == 1


def test_an_index_without_that_generation_cannot_be_asked() -> None:
    """Before the first question."""
    with pytest.raises(UnknownReference), questions(MemoryIndex(many(1).view()), 7):
        raise AssertionError


class Counting:
    """Questions that count how often they were asked."""

    def __init__(self, inner: LocalQuestions) -> None:
        self.inner = inner
        self.sizes: list[object] = []

    @property
    def generation(self) -> int:
        return self.inner.generation

    def document(self, operation: str) -> Document:
        return self.inner.document(operation)

    def run(self, operation: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        self.sizes.append((variables or {}).get("first"))
        return self.inner.run(operation, variables)


@pytest.mark.parametrize(("size", "asked_for"), [(1000, 1), (25, 1), (10, 3), (24, 2)])
def test_a_list_is_walked_to_its_end_by_as_many_pages_as_it_has(size: int, asked_for: int) -> None:
    """Every entry once and in order, whatever the pages; no page is asked for that is known to be empty."""
    with questions(MemoryIndex(many(25).view())) as local:
        counting = Counting(local)
        names = [edge["node"]["version"] for edge in edges(counting, "ModelList", at=("models",), size=size)]

    assert names == [f"{number:04}" for number in range(25)]
    assert counting.sizes == [size] * asked_for


class Walking(MemoryView):
    """A view that counts how often links were asked for."""

    asked = 0

    def effects(self, keys: Sequence[int]) -> list[Edge]:
        Walking.asked += 1
        return super().effects(keys)


def test_the_pages_of_a_long_answer_are_cut_from_one_walk() -> None:
    """However many they are; another question, and another asker, walk for themselves."""
    view = many(40).view()
    view.__class__ = Walking
    ref = {"ref": {"uri": "azureml:shared:1"}}
    with questions(MemoryIndex(view)) as asked:
        Walking.asked = 0
        whole = list(edges(asked, "ModelImpact", ref, at=("downstream",), size=1000))
        once = Walking.asked
        parts = list(edges(asked, "ModelImpact", ref, at=("downstream",), size=3))
        assert Walking.asked == once > 0
        asked.run("ModelImpact", {"ref": {"uri": "azureml://jobs/job_0001"}})
        assert Walking.asked > once
    with questions(MemoryIndex(view)) as other:
        Walking.asked = 0
        other.run("ModelImpact", ref)
        assert Walking.asked == once

    assert len(whole) == 120
    assert [edge["node"] for edge in parts] == [edge["node"] for edge in whole]


def test_pages_are_read_as_they_are_taken() -> None:
    """Whoever stops early has asked for no more than was taken, and a variable of the caller is left as it was."""
    variables: dict[str, object] = {}
    with questions(MemoryIndex(many(25).view())) as local:
        counting = Counting(local)
        walk = edges(counting, "ModelList", variables, at=("models",), size=10)
        for _ in range(11):
            next(walk)

    assert counting.sizes == [10, 10]
    assert variables == {}


def test_a_page_is_the_whole_answer_and_other_lists_have_their_own_cursor() -> None:
    """`Ledger` has two lists; the second is walked by its own variable."""
    estate = Estate()
    for number in range(3):
        estate.loose(estate.model("m", str(number)), "properties.modelUri", "./here", LooseReason.LOCAL_UPLOAD)
    with questions(MemoryIndex(estate.view())) as asked:
        answers = list(pages(asked, "Ledger", at=("looseEnds",), size=2, after="endsAfter"))

    assert [len(data["looseEnds"]["edges"]) for data in answers] == [2, 1]
    assert [data["gaps"]["totalCount"] for data in answers] == [0, 0]


def test_a_list_that_gets_no_further_is_left() -> None:
    """A service that gives the same cursor again would be asked for ever."""

    class Circle(Counting):
        def run(self, operation: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
            self.sizes.append((variables or {}).get("first"))
            return {"models": {"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": "same"}}}

    with questions(MemoryIndex(many(1).view())) as local:
        circle = Circle(local)
        with pytest.raises(errors.Unanswered, match="circles"):
            list(edges(circle, "ModelList", at=("models",)))

    assert len(circle.sizes) == 2


def test_a_list_that_is_not_there_has_no_entries() -> None:
    """Where a thing on the way is null there is nothing to walk."""

    class Nothing(Counting):
        def run(self, operation: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
            return {"node": None}

    with questions(MemoryIndex(many(1).view())) as local:
        assert list(edges(Nothing(local), "ModelList", at=("node", "upstream"))) == []


@pytest.mark.parametrize(
    ("operation", "variables", "expected", "said", "remedy"),
    [
        ("ModelOrigin", {"ref": {"model": "nobody:1"}}, UnknownReference, "nobody:1", ""),
        ("ModelOrigin", {"ref": {"uri": "azureml://jobs/"}}, InvalidReference, "expected", "character"),
        ("ModelList", {"first": 0}, InvalidOption, "`first` is 0", "at most 10,000"),
        ("ModelList", {"after": "x"}, InvalidOption, "cursor", "endCursor"),
        ("ModelLists", {}, InvalidOption, "no documented operation 'ModelLists'", "did you mean ModelList"),
        ("modelorigin", {}, InvalidOption, "no documented operation", "did you mean ModelOrigin"),
        ("Zzz", {}, InvalidOption, "no documented operation", "lineage query --list"),
    ],
)
def test_an_error_is_raised_and_never_a_part_returned(
    asked: LocalQuestions, operation: str, variables: dict[str, Any], expected: type, said: str, remedy: str
) -> None:
    """As the error of the tree that it is, with its remedy."""
    with pytest.raises(expected) as raising:
        asked.run(operation, variables)

    assert said in str(raising.value)
    assert remedy in raising.value.remedy


def test_variables_of_a_wrong_type_are_told_with_the_services_code(asked: LocalQuestions) -> None:
    """A code that stands beside the tree is kept, and the exit code says that the asker is to mend it."""
    with pytest.raises(LineageError) as raising:
        asked.run("ModelList", {"first": "many"})

    assert (raising.value.code, raising.value.exit_code) == ("variables_invalid", 2)
    assert "first" in str(raising.value)
    assert raising.value.remedy


def test_an_answer_with_data_beside_an_error_is_an_error() -> None:
    """One part of an answer that failed makes the whole an error: a report never rests on half."""
    with pytest.raises(UnknownReference, match=r"gone .and 1 more errors"):
        data_of(
            {
                "data": {"a": 1, "b": None},
                "errors": [
                    {"message": "gone", "extensions": {"code": "unknown_reference", "remedy": "look"}},
                    {"message": "also"},
                ],
            }
        )


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ({"code": "ambiguous_reference", "candidates": ["a", "b"]}, AmbiguousReference),
        ({"code": "query_too_slow"}, errors.QueryTooSlow),
        ({"code": "index_busy"}, errors.IndexBusy),
        ({"code": "internal_error"}, errors.Unanswered),
        ({"code": "anything_new"}, errors.Unanswered),
        ({}, errors.Unanswered),
    ],
)
def test_what_is_raised_is_of_the_tree_by_its_code(extensions: dict[str, Any], expected: type) -> None:
    """Also for codes that this version does not know."""
    told = raised([{"message": "it is so", "extensions": {**extensions, "remedy": "do this"}}])

    assert type(told) is expected
    assert (str(told), told.remedy) == ("it is so", "do this")
    assert told.code == extensions.get("code", "unanswered")
    if isinstance(told, AmbiguousReference):
        assert told.candidates == ("a", "b")
