"""The short answer to a trace as text: made by, output, data, code, environment, how sure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lineage.cli.render import WHY, Page, plain
from lineage.graph import Loose, LooseReason, Node, State
from lineage.ids import Kind
from lineage.producing import Provenance
from lineage.summary import Code, Maker, Root, Summary, job_word

_LABEL: Final = 13
_SHOWN: Final = 5
_REASON: Final = 80
_SOURCELESS: Final = frozenset(
    {Kind.ENVIRONMENT_VERSION, Kind.COMPONENT_VERSION, Kind.CODE_VERSION, Kind.DATASTORE, Kind.COMPUTE, Kind.ENDPOINT}
    | {Kind.WORKSPACE, Kind.REGISTRY, Kind.OTHER}
)
"""Kinds that nobody expects a job behind."""


def block(page: Page, told: Summary, of: Node) -> None:
    """Add the short answer to the page, one label a line; nothing when there is nothing to say."""
    rows = [(label, lines) for label, lines in _rows(page, told, of) if lines]
    for label, lines in rows:
        for number, line in enumerate(lines):
            page.add(page.paint(f"{label if number == 0 else '':{_LABEL}}", "dim") + line)
    if rows:
        page.add()


def _rows(page: Page, told: Summary, of: Node) -> list[tuple[str, list[str]]]:
    makers = [*told.made, *told.candidates]
    if not makers and of.kind in _SOURCELESS:
        return []
    rows = [("copied from", _some([page.name(node.text) for node in told.copied_from]))]
    if of.kind is Kind.JOB:
        rows.append(("run as", _some([_job(page, maker.job) for maker in told.made])))
    else:
        rows += _makers(page, told)
    return [
        *rows,
        ("data", _some([_root(page, root) for root in told.data])),
        ("base model", _some([_with_state(page, node) for node in told.base_models])),
        ("code", _some([_code(page, one) for one in told.code])),
        ("environment", _some([_environment(page, node) for node in told.environments])),
        ("certainty", [] if of.kind is Kind.JOB else [_certainty(page, told)]),
    ]


def _makers(page: Page, told: Summary) -> list[tuple[str, list[str]]]:
    rows = []
    if told.made:
        rows.append(("made by", _some([_job(page, maker.job) for maker in told.made])))
        rows.append(("", [plain(told.story)] if told.story else []))
        rows.append(("output", _some(dict.fromkeys(_output(maker) for maker in told.made if maker.output))))
    if told.candidates:
        begun = f"{'or ' if told.made else ''}one of {len(told.candidates)} jobs, the likeliest first"
        lines = _some([_job(page, maker.job, place) for place, maker in enumerate(told.candidates, 1)])
        rows.append(("" if told.made else "made by", [begun, *lines]))
    if not told.made and not told.candidates:
        rows.append(("made by", _some(dict.fromkeys(_nobody(end) for end in told.loose)) or ["no job known"]))
    return rows


def _job(page: Page, job: Node, place: int = 0) -> tuple[str, ...]:
    """Display name, id, what it is, status, date and submitter; why it is not live on a line of its own."""
    facts = job.facts
    name = page.name(job.text)
    display = str(facts.get("displayName") or "")
    called = f"{page.paint(plain(display), 'bold')} ({name})" if display and display != facts.get("name") else name
    made = [str(facts["createdAt"])[:10]] if facts.get("createdAt") else []
    made += [f"by {facts['createdBy']}"] if facts.get("createdBy") else []
    about = [job_word(job), str(facts.get("status") or ""), " ".join(made)]
    number = f"{place}. " if place else ""
    return (f"{number}{called}  {plain(', '.join(part for part in about if part))}", *_state(page, job))


def _state(page: Page, node: Node) -> list[str]:
    """Why a thing is not live, in one short line: the tree tells the rest."""
    if node.state is State.LIVE:
        return []
    told = f": {plain(node.reason, _REASON)}" if node.reason else ""
    return [f"  {page.paint(node.state.value, 'red')}{told}"]


def _output(maker: Maker) -> str:
    return plain(maker.output) + (f" at {plain(maker.path)}" if maker.path else "")


def _nobody(end: Loose) -> tuple[str, ...]:
    if end.reason is LooseReason.LOCAL_UPLOAD:
        return (WHY[end.reason],)
    why = f"no job known: {WHY[end.reason]}: {plain(end.value, 120)}"
    return (why, plain(end.remedy)) if end.remedy else (why,)


def _root(page: Page, root: Root) -> str:
    places = ", ".join(page.name(place.text) for place in root.places)
    return _with_state(page, root.node) + (f"  {page.paint(places, 'dim')}" if places else "")


def _with_state(page: Page, node: Node) -> str:
    return page.name(node.text) + "".join(_state(page, node))


def _code(page: Page, code: Code) -> str:
    git = code.git
    snapshot = f"code {page.name(code.version.text)}" if code.version is not None else ""
    if not git.get("repo") and not git.get("commit"):
        return snapshot
    about = [f"branch {git['branch']}"] if git.get("branch") else []
    if git.get("dirty"):
        changed = git["dirty"].lower() == "true"
        about.append("with uncommitted changes" if changed else "nothing uncommitted")
    where = plain("@".join(part for part in (git.get("repo", ""), git.get("commit", "")) if part))
    return where + (f" ({plain(', '.join(about))})" if about else "") + (f"  {snapshot}" if snapshot else "")


def _environment(page: Page, node: Node) -> str:
    image = str(node.facts.get("image") or "")
    return _with_state(page, node) + (f"  {page.paint(plain(image), 'dim')}" if image else "")


def _certainty(page: Page, told: Summary) -> str:
    words = {
        Provenance.CONFIRMED: ("green", "the service says so"),
        Provenance.INFERRED: ("yellow", "it follows from a convention or from where the files lie"),
        Provenance.AMBIGUOUS: ("yellow", "one of several jobs, the likeliest first"),
        Provenance.NONE: ("red", "no producing job is known"),
    }
    style, why = words[told.certainty]
    return f"{page.paint(told.certainty.value, style)}: {why}"


def _some(things: Iterable[str | tuple[str, ...]]) -> list[str]:
    """The lines of the first few things, and how many more there are."""
    every = list(things)
    shown = [(lines,) if isinstance(lines, str) else lines for lines in every[:_SHOWN]]
    more = len(every) - len(shown)
    return [*(line for lines in shown for line in lines), *([f"and {more:,} more"] if more > 0 else [])]
