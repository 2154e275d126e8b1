"""`lineage impact … -o DIR`: the impact as files that stand on their own."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from lineage import ids, lookup
from lineage.cli.asking import store, when
from lineage.cli.narrowing import Narrow
from lineage.graph import Certainty, Relation
from lineage.ids import Kind
from lineage.suspects import By, Start, Suspect

_KEYS = {
    By.PREFIX: "prefix",
    By.ENVIRONMENT: "environment",
    By.IMAGE: "image",
    By.CODE: "code",
    By.COMPUTE: "compute",
}


def write(
    suspects: Sequence[Suspect],
    narrow: Narrow,
    out: str,
    index: str | None,
    workspace: ids.Scope | None,
    as_of: str | None,
    depth: int | None,
    since: int | None,
    previous: str | None,
    *,
    replace: bool,
    as_json: bool,
) -> None:
    """Makes the report into a new directory. Raises what the look-up raises, before anything is made."""
    from lineage.cli import audit, packs
    from lineage.suspects import starts

    opened = store(index)
    chained = packs.chained(opened, previous)
    with opened.view(when(as_of)) as view:
        number = view.generation.number
        told = starts(view, suspects, workspace)
        # A reference is written out in full, so that the report means the same wherever it is made again.
        whole = [_absolute(one) for one in told]
        kinds = {kind.value.lower(): kind for kind in Kind}
        things = [lookup.find(view, text, workspace).node.text for text in narrow.stop_at if text.lower() not in kinds]
    asked: dict[str, Any] = {"of": [], "sources": [_source(one) for one in whole]}
    if workspace is not None:
        asked["workspace"] = workspace.text
    if depth is not None:
        asked["maxDepth"] = depth
    shown = {
        "relations": [Relation(one).name for one in narrow.relation],
        "certainties": [Certainty(one).name for one in narrow.certainty],
        "workspaces": [one.text for one in narrow.within],
    }
    if any(shown.values()):
        asked["filter"] = {name: value for name, value in shown.items() if value}
    stops = [kinds[text.lower()].name for text in narrow.stop_at if text.lower() in kinds]
    if stops or things:
        asked["stopAt"] = {"kinds": stops, "refs": [{"uri": text} for text in things]}
    if since is None and chained is not None:
        since = chained.generation
    command = " ".join(shlex.quote(word) for word in ("lineage", "impact", *_words(whole), "--as-of", str(number)))
    parameters = {"asked": asked, "since": since}
    audit.write(
        "impact", out, parameters, opened, number, chained, f"{command} -o DIR", replace=replace, as_json=as_json
    )


def _absolute(one: Start) -> Suspect:
    if one.suspect.by is not By.REFERENCE or not one.founds:
        return one.suspect
    found = one.founds[0]
    return Suspect(By.REFERENCE, f"{found.node.text}/paths/{found.path}" if found.path else found.node.text)


def _source(one: Suspect) -> dict[str, Any]:
    if one.by is By.REFERENCE:
        return {"ref": {"uri": one.text}}
    if one.by is By.COMMIT:
        return {"commit": {"hash": one.text, **({"repository": one.repository} if one.repository else {})}}
    return {_KEYS[one.by]: one.text}


def _words(suspects: Sequence[Suspect]) -> list[str]:
    words: list[str] = []
    for one in suspects:
        if one.by is not By.REFERENCE:
            words.append(f"--{one.by.value.lower()}")
        words.append(one.text)
        if one.repository:
            words += ["--repository", one.repository]
    return words
