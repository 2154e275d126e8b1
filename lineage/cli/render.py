"""Answers as text for people: short names, safe to print, with colours only on a terminal.

Crawled text may hold anything. `plain` shows control characters, terminal
escapes and characters that turn text around as `\\x1b`, `\\u202e`, never acts on them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from lineage import ids
from lineage.answers import Header, count, scope_text
from lineage.cli.asking import in_colour, width
from lineage.graph import Certainty, Edge, Loose, LooseReason, Node, State
from lineage.ids import Kind
from lineage.lookup import Found
from lineage.trace import NATURAL_ENDS

_COLOURS: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_VALUE: Final = 120
_LEAST: Final = 24
_FRONTIER: Final = 5

WHY: Final = {
    LooseReason.LOCAL_UPLOAD: "no job behind it: uploaded from a local path at registration",
    LooseReason.OPAQUE: "text in no scheme that names a thing",
    LooseReason.BROKEN: "it cannot be read",
    LooseReason.TEMPLATE: "a template that was never filled in",
    LooseReason.TOO_BROAD: "a whole store, or a prefix that everybody shares, says nothing of what was read",
    LooseReason.NO_VERSION: "no version was there at the time",
    LooseReason.NO_WRITER: "nobody is known to have written there",
    LooseReason.EXTERNAL: "outside Azure ML",
}
"""Each reason for a loose end as a person says it."""

_CERTAIN: Final = {Certainty.CONFIRMED: "green", Certainty.INFERRED: "yellow", Certainty.AMBIGUOUS: "yellow"}


class Page:
    """Lines to print, put out at once. `home` is the scope that need not be said."""

    def __init__(self, home: str = "") -> None:
        self.home = home
        self.colour = in_colour()
        self.width = width()
        self.lines: list[str] = []

    def add(self, line: str = "") -> None:
        self.lines.append(line)

    def paint(self, text: str, *styles: str) -> str:
        if not self.colour or not text:
            return text
        codes = ";".join(_COLOURS[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def name(self, text: str) -> str:
        """The short name of a thing: what one may type to ask about it, with its scope when that is not `home`."""
        scope = scope_text(text)
        rest = text.removeprefix(scope + "/") if scope else text
        match rest.split("/"):
            case [_, name, "versions", version]:
                short = f"{name}:{version}"
            case ["jobs", job]:
                short = job
            case _:
                short = rest
        where = f" in {place(scope)}" if scope and scope != self.home else ""
        return plain(short + where)

    def thing(self, node: Node) -> str:
        """Name, kind, state and the facts that a person looks for."""
        said = [self.paint(self.name(node.text), "bold"), self.paint(node.kind.value, "cyan"), *self._facts(node)]
        return "  ".join(said)

    def state(self, node: Node) -> str:
        """Why the node is not live and what to do; '' when it is."""
        if node.state is State.LIVE:
            return ""
        told = ": ".join(plain(part) for part in (node.state.value, node.reason) if part)
        return self.paint(told, "red") + (f" ({plain(node.remedy)})" if node.remedy else "")

    def relation(self, edge: Edge) -> str:
        """The relation, the input's or output's name, and the path inside the output."""
        name = f" {self.paint(plain(edge.name), 'bold')}" if edge.name else ""
        return self.paint(edge.relation.value, "dim") + name + (f" at {plain(edge.path)}" if edge.path else "")

    def about(self, found: Found) -> list[str]:
        """What was asked about, where that is more than one thing by one name."""
        said = [f"asked about {plain(found.path)} in it"] if found.path else []
        said += [f"also known as {self.name(other.text)}" for other in found.same]
        if found.inside:
            more = "more than " if found.crowded else ""
            what = "version" if found.node.kind is Kind.MODEL else "known place"
            said.append(f"with {more}{count(len(found.inside), what)} inside it")
        said += [f"part of {self.name(other.text)}" for other in found.around]
        return [self.paint(line, "dim") for line in said]

    def evidence(self, edge: Edge, indent: int = 0) -> str:
        """How sure an edge is, and the field it was read from with what stood there. indent: columns before it."""
        told = edge.evidence
        certainty = edge.certainty.value
        candidate = f" (candidate {edge.rank + 1})" if edge.certainty is Certainty.AMBIGUOUS else ""
        lead = f"{candidate} by {edge.derivation}: "
        stood = self._stood(told.field, told.value, indent + len(certainty) + len(lead))
        return f"{self.paint(certainty, _CERTAIN[edge.certainty])}{lead}{stood}"

    def loose(self, end: Loose, indent: int = 0, *, remedy: bool = True) -> str:
        """A reference that could not be followed: why, where it stood, and what to do."""
        do = f" ({plain(end.remedy)})" if remedy and end.remedy and end.reason not in NATURAL_ENDS else ""
        why = WHY[end.reason]
        return f"{self.paint(why, 'yellow')}: {self._stood(end.field, end.value, indent + len(why) + 2)}{do}"

    def _stood(self, field: str, value: str, before: int) -> str:
        """`field = value`, cut to what is left of the line, the value last; of both the end says most."""
        field, value = plain(field), plain(value)
        if self.width:
            room = max(_LEAST, self.width - before) - 3
            value = _end(value, max(room - len(field), room // 2))
            field = _end(field, room - len(value)) if value else field
        return self.paint(field + (f" = {plain(value, _VALUE)}" if value else ""), "dim")

    def gaps(self, header: Header, nodes: Mapping[int, Node]) -> None:
        """What the answer lacks, before anything else is said."""
        if header.is_complete:
            return
        self.add(self.paint("INCOMPLETE", "red", "bold"))
        for cut in header.truncations:
            self.add(f"  {cut.reason}: {plain(cut.detail)}")
            for key in cut.frontier[:_FRONTIER]:
                if key in nodes:
                    state = self.state(nodes[key])
                    self.add(f"    {self.name(nodes[key].text)}{'  ' + state if state else ''}")
            more = len(cut.frontier) - _FRONTIER
            if more > 0:
                self.add(f"    and {more:,} more")
        self.add()

    def footer(self, header: Header) -> None:
        """Which generation answered, and when its scopes were crawled."""
        one = header.generation
        crawled = ", ".join(f"{place(scope.scope)} crawled {scope.crawled}" for scope in header.scopes)
        told = f"generation {one.number}, published {one.published}{'; ' + crawled if crawled else ''}"
        self.add(self.paint(plain(told), "dim"))

    def print(self) -> None:
        write("\n".join(self.lines) + "\n")

    def _facts(self, node: Node) -> list[str]:
        facts = node.facts
        said = []
        display = facts.get("displayName")
        if display and display != facts.get("name"):
            said.append(f'"{plain(str(display))}"')
        said += [plain(str(facts[field])) for field in ("status", "stage") if facts.get(field)]
        made = [str(facts["createdAt"])[:10]] if facts.get("createdAt") else []
        made += [f"by {facts['createdBy']}"] if facts.get("createdBy") else []
        if made:
            said.append(self.paint(plain(" ".join(made)), "dim"))
        return said


def _end(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"…{text[len(text) - limit + 1 :]}"


def plain(text: str, limit: int = 0) -> str:
    """`text` with whatever a terminal would act on shown as an escape; its middle cut to `limit` when given."""
    if limit and len(text) > limit:
        text = f"{text[: limit // 3]}…{text[len(text) - (limit - limit // 3 - 1) :]}"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def write(text: str) -> None:
    """Put text out; what the terminal's encoding has no sign for is shown as an escape."""
    out = sys.stdout
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding))


def document(body: Any) -> None:
    """One JSON document and a line's end."""
    import msgspec

    write(msgspec.json.encode(body).decode() + "\n")


def table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Rows in columns as wide as needed."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def kind_name(kind: Kind, number: int) -> str:
    """`1 model version`, `2 data versions`."""
    words = "".join(f" {char.lower()}" if char.isupper() else char for char in kind.value).strip()
    return f"{number:,} {words}{'' if number == 1 else 's'}"


def place(scope: str) -> str:
    """`workspace W`, `registry R`: a scope as a person says it."""
    match ids.scope_of(scope):
        case ids.Workspace(name=name):
            return f"workspace {name}" + (" by its MLflow server" if scope.endswith("/tracking/mlflow") else "")
        case ids.Registry(name=name):
            return f"registry {name}"
        case ids.LocatedWorkspace(guid=guid):
            return f"workspace {guid}"
        case ids.MlflowServer(address=address):
            return f"MLflow server {address}"
    return scope
