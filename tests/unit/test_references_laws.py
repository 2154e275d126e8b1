"""Laws of references that hold for every text, not only for those that somebody thought of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lineage import ids
from lineage.errors import InvalidReference
from lineage.references import (
    AssetRef,
    DatastoreRef,
    JobOutputRef,
    JobRef,
    ModelsRef,
    NameRef,
    Reference,
    RunRef,
    StorageRef,
    parse,
    shortcuts,
)
from lineage.references.escapes import normal
from lineage.references.reading import read

CASES = json.loads((Path(__file__).parents[1] / "data" / "references.json").read_text(encoding="utf-8"))["cases"]
TEXTS = [case["text"] for case in CASES]
HERE = ids.workspace("sub", "rg", "ws")

LETTERS = "abcXYZ019"
names = st.text(LETTERS + "_-.", min_size=1, max_size=12).filter(lambda n: n[0] in LETTERS and n != "azureml")
segments = st.text(LETTERS + "_-. %éß(),=+~!*", min_size=1, max_size=8).filter(
    lambda s: s.strip(" ") == s and s not in {".", ".."} and "%" not in s
)
paths = st.lists(st.one_of(segments, st.just("paths"), st.just("versions"), st.just("datastores")), max_size=4).map(
    "/".join
)
inner_paths = paths.filter(bool)
groups = st.sampled_from(["resourceGroups", "resourcegroups", "RESOURCEGROUPS"])
tails = st.sampled_from(["", "/", "//", "?", "?sv=1&sig=x", '"', "&quot;", "&#39", " ", "’"])


@st.composite
def scopes(draw: Any) -> tuple[str, tuple[str, ...]]:
    """The text before a relative form, and the scope that it tells."""
    match draw(st.integers(0, 4)):
        case 0:
            return "azureml://", ()
        case 1:
            scope = (draw(names), draw(names), draw(names))
            return f"azureml://subscriptions/{scope[0]}/{draw(groups)}/{scope[1]}/workspaces/{scope[2]}/", scope
        case 2:
            scope = (draw(names), draw(names), draw(names))
            provider = draw(st.sampled_from(["Microsoft.MachineLearningServices", "microsoft.machinelearningservices"]))
            start = draw(st.sampled_from(["", "azureml:"]))
            head = f"{start}/subscriptions/{scope[0]}/{draw(groups)}/{scope[1]}/providers/{provider}"
            return f"{head}/workspaces/{scope[2]}/", scope
        case 3:
            scope = (draw(names), draw(names))
            return f"azureml://locations/{scope[0]}/workspaces/{scope[1]}/", scope
        case _:
            guid = draw(names)
            return f"azureml://workspaces/{guid}/", ("", guid)


@st.composite
def job_outputs(draw: Any) -> tuple[str, Reference]:
    head, scope = draw(scopes())
    job, output, path = draw(names), draw(names), draw(paths)
    keyword = "/paths" if path.split("/")[0] == "paths" or draw(st.booleans()) else ""
    text = f"{head}jobs/{job}/outputs/{output}" + (f"{keyword}/{path}" if path else "")
    return text, JobOutputRef(job, output, path, scope)


@st.composite
def datastore_places(draw: Any) -> tuple[str, Reference]:
    head, scope = draw(scopes())
    store, path = draw(names), draw(inner_paths)
    return f"{head}datastores/{store}/paths/{path}", DatastoreRef(store, path, scope)


@st.composite
def asset_versions(draw: Any) -> tuple[str, Reference]:
    head, scope = draw(scopes())
    collection = draw(st.sampled_from(["models", "data", "environments", "components", "codes", "featuresets"]))
    name, version = draw(names), draw(names)
    if draw(st.booleans()):
        owner = draw(names)
        word = draw(st.sampled_from(["registries", "feeds"]))
        head, scope = f"azureml://{word}/{owner}/", (owner,)
    if draw(st.booleans()):
        return f"{head}{collection}/{name}/labels/{version}", AssetRef(collection, name, "", scope, version)
    return f"{head}{collection}/{name}/versions/{version}", AssetRef(collection, name, version, scope)


@st.composite
def jobs(draw: Any) -> tuple[str, Reference]:
    head, scope = draw(scopes())
    job = draw(names)
    return f"{head}jobs/{job}", JobRef(job, scope)


@st.composite
def bare_names(draw: Any) -> tuple[str, Reference]:
    name, last = draw(names), draw(names)
    if draw(st.booleans()):
        return f"azureml:{name}:{last}", NameRef(name, last)
    return f"azureml:{name}@{last}", NameRef(name, "", last)


@st.composite
def runs(draw: Any) -> tuple[str, Reference]:
    run, path = draw(names), draw(paths)
    return f"runs:/{run}" + (f"/{path}" if path else ""), RunRef(run, path)


@st.composite
def registered(draw: Any) -> tuple[str, Reference]:
    name, version, path = draw(names), str(draw(st.integers(0, 999))), draw(paths)
    return f"models:/{name}/{version}" + (f"/{path}" if path else ""), ModelsRef(name, version, "", "", path)


@st.composite
def stored(draw: Any) -> tuple[str, Reference]:
    account, container, path = draw(names.filter(lambda n: "." not in n)), draw(names), draw(inner_paths)
    service = draw(st.sampled_from(["blob", "dfs"]))
    if draw(st.booleans()):
        scheme = "abfss" if service == "dfs" else "wasbs"
        text = f"{scheme}://{container}@{account}.{service}.core.windows.net/{path}"
    else:
        text = f"https://{account}.{service}.core.windows.net/{container}/{path}"
    return text, StorageRef(account, service, "core.windows.net", container, path)


references = st.one_of(
    job_outputs(), datastore_places(), asset_versions(), jobs(), bare_names(), runs(), registered(), stored()
)


def outcome(reader: Any, text: str) -> Any:
    try:
        return reader(text)
    except InvalidReference as refused:
        return refused.position, refused.expected


@given(references)
def test_what_is_built_from_names_is_read_as_those_names(built):
    """Every form, short and long, with and without a path, gives back the very pieces it was built from."""
    text, expected = built

    assert parse(text) == expected


@given(references, tails)
def test_what_is_glued_to_the_end_changes_nothing(built, tail):
    """A slash, a query, quotes and HTML say nothing about the thing."""
    text, expected = built

    assert parse(text + tail) == expected


@given(references)
def test_text_form_loses_nothing(built):
    reference = parse(built[0])

    assert parse(str(reference)) == reference


@given(references)
def test_resolving_is_idempotent(built):
    """The canonical text is absolute: it names the same thing under every scope."""
    target = parse(built[0]).resolve(HERE, "models")
    assert target is not None

    for scope in (None, HERE, ids.workspace("x", "y", "z"), ids.registry("r")):
        assert parse(target.canonical).resolve(scope) == target


@given(references)
def test_case_of_scopes_and_stores_does_not_matter(built):
    """Names of scopes, accounts, containers and datastores fold; everything else is told apart by its case."""
    text, expected = built
    target = parse(text).resolve(HERE, "models")
    assert target is not None
    match expected:
        case StorageRef(account, service, suffix, container, path):
            other = StorageRef(account.swapcase(), service, suffix.upper(), container.swapcase(), path)
        case DatastoreRef(store, path, scope):
            other = DatastoreRef(store.swapcase(), path, tuple(name.swapcase() for name in scope))
        case AssetRef(collection, name, version, scope, label):
            other = AssetRef(collection, name, version, tuple(part.swapcase() for part in scope), label)
        case _:
            return
    assert parse(str(other)).resolve(HERE, "models") == target


@given(st.text(max_size=40), st.text(max_size=10))
@example("a", "%25")
@example("", "&quot;")
@example("$x", "")
def test_escapes_are_undone_once_and_for_all(left, right):
    text = f"{left}%41{right}"
    once = normal(text)

    assert normal(once) == once
    assert once.count("/") == text.count("/"), "a separator may neither come nor go"


@given(references)
def test_an_escaped_letter_is_that_letter(built):
    """Escapes of ordinary characters, in any place after the scheme, name the same thing."""
    text, expected = built
    if isinstance(expected, NameRef):
        return
    at = len(text) - 1
    while not text[at].isalnum() or not text[at].isascii():
        at -= 1
    if text[:at].count("/") < 4:
        return
    escaped = f"{text[:at]}%{ord(text[at]):02x}{text[at + 1 :]}"

    assert parse(escaped) == expected


def _mutated(draw: Any, text: str) -> str:
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        to = draw(st.integers(at, min(len(text), at + 6)))
        piece = draw(
            st.one_of(
                st.sampled_from(["", "/", "//", ":", "@", "?", "%", "%2", "%2F", "%2e%2e", "..", ".", "#", "\0"]),
                st.sampled_from(["{x}", "$A", "&quot;", "’", " ", "\n", "\ud800", "azureml:", "paths/", "/versions/"]),
                st.text(max_size=4),
            )
        )
        text = text[:at] + piece + text[to:]
    return text


@st.composite
def mutations(draw: Any) -> str:
    return _mutated(draw, draw(st.sampled_from(TEXTS)))


anything = st.one_of(mutations(), mutations(), st.text(), st.sampled_from(TEXTS))


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(anything)
@example("\0")
@example("azureml://\0")
@example("\ud800")
@example("azureml://jobs/\udcff/outputs/\ud800")
@example("azureml:" * 50)
@example("file:")
@example("file:relative")
@example("dbfs:////x")
@example("mlflow-artifacts:////p")
@example("runs:////p")
@example("https://@/")
@example("azureml://datastores/d/paths/a%26quot;")
def test_nothing_but_an_invalid_reference_is_ever_raised(text):
    """Whatever the text: it is read, or refused at a position inside it; and what is read obeys the laws."""
    result = outcome(read, text)
    if isinstance(result, tuple):
        assert 0 <= result[0] <= len(text)
        assert result[1]
        return
    assert parse(str(result)) == result
    result.parts()
    target = result.resolve(HERE, "models")
    if target is not None:
        ids.key(target.text)
        assert parse(target.canonical).resolve(None) == target


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(anything, max_size=4))
@example(["azureml://locations/centralus/workspaces/w’/"])
@example(["https://acct.file.core.#windows.net/share/p", "https://acct.file.core.#windows.net/share/q"])
@example(
    [
        "azureml://location/l/workspaceId/g/type/flows/objectId/x",
        "azureml://location/l/workspaceId/g/type/flows/objectId/g:",
    ]
)
@example(["abfs://:acct.dfs.core.windows/"])
@example(["/subscriptions/:s/resourceGroups/g/workspaces/w"])
def test_the_shortcuts_never_show(texts):
    """Whatever was parsed before, `parse` gives what `read` gives."""
    for text in (*texts, *texts):
        assert outcome(parse, text) == outcome(read, text)


def test_what_the_shortcuts_remember_is_bounded():
    for number in range(10_000):
        parse(f"azureml://registries/r{number}/models/m/versions/1")
        parse(f"https://acct{number}.blob.core.windows.net/c/p")
        parse(f"azureml://subscriptions/s{number}/resourceGroups/g/workspaces/w/jobs/j")
        parse(f"azureml://subscriptions/s{number}/resourceGroups/g/workspaces/w/experiments/e/runs/r/artifacts/p")
        parse(f"azureml://subscriptions/s{number}/resourceGroups/g/workspaces/w/datastores/d/paths/p")

    remembered = (shortcuts.STORES, shortcuts.ASSETS, shortcuts.NAMES, shortcuts.RUNS, shortcuts.HOSTS)
    assert min(map(len, remembered)) > 1_000
    assert max(map(len, remembered)) <= 4_096
    parse("azureml://registries/" + "r" * 100_000 + "/models/m/versions/1")
    assert max(map(len, (*shortcuts.ASSETS, *shortcuts.STORES))) < 1_000
