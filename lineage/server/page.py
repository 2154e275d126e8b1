"""The start page: what can be asked, each question with this index's own answer.

One HTML text without scripts, images or fonts from anywhere. The answers are
fetched by running the documented operations; they are kept until something new
is published.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any, Final

import msgspec

from lineage import __version__
from lineage.api.documents import documents
from lineage.api.execution import Request, Response, Service
from lineage.ports import Document
from lineage.server.answer import facts, notes, rows, short
from lineage.server.style import STYLE

POLICY: Final = (
    "default-src 'none'; style-src 'sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode() + "'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing but the page's own style sheet, by its hash."""

_SHOWN_ROWS: Final = 25
_LONG: Final = ' class="long"'
_FIRST: Final = (
    *("ModelOrigin", "DataImpact", "ModelImpact", "WhyReference", "NodeByReference", "ModelList"),
    *("IndexStatus", "Ledger"),
)
"""The order in which a newcomer asks. What is not named here comes after, as text to send and without an answer."""

_STATUS: Final = "{ status { generation { number published digest recordCount nodeCount edgeCount gapCount } } }"


class StartPage:
    """Makes the page from a service; the page of one generation is made once."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._made: tuple[str, str] | None = None

    def html(self, host: str) -> str:
        """The page. `host` is the name and port that the reader used, shown in the commands to copy."""
        status = self._service.answer(Request(_STATUS))
        generation = ((status.body.get("data") or {}).get("status") or {}).get("generation")
        stamp = f"{generation and generation['digest']} {generation and generation['number']} {host}"
        with self._lock:
            if self._made is None or self._made[0] != stamp:
                self._made = (stamp, self._make(status, generation, host))
            return self._made[1]

    def _make(self, status: Response, generation: dict[str, Any] | None, host: str) -> str:
        known = sorted(documents(), key=lambda one: _FIRST.index(one.name) if one.name in _FIRST else len(_FIRST))
        model = self._some_model() if generation else None
        asked = [self._question(one, model, host) for one in known] if generation else []
        contents = "".join(f'<li><a href="#{escape(one.name)}">{escape(one.question)}</a></li>' for one in known)
        return _PAGE.format(
            style=STYLE,
            version=escape(__version__),
            host=escape(host),
            state=_state(generation) if generation else _problem(status),
            contents=f"<ol>{contents}</ol>" if generation else "",
            questions="\n".join(asked),
        )

    def _some_model(self) -> str | None:
        """A model version of this index, for questions whose default names none of it."""
        response = self._service.answer(Request("{ models(first: 1) { edges { node { reference } } } }"))
        edges = ((response.body.get("data") or {}).get("models") or {}).get("edges") or []
        return edges[0]["node"]["reference"] if edges else None

    def _question(self, one: Document, model: str | None, host: str) -> str:
        variables = dict(one.defaults)
        if one.name not in _FIRST:
            return _MORE.format(
                name=escape(one.name),
                question=escape(one.question),
                about="".join(f"<p>{escape(part)}</p>" for part in one.about.split("\n\n") if part),
                text=escape(one.text.strip()),
                command=escape(_command(one, variables, host)),
            )
        response = self._service.answer(Request(one.text, variables, one.name))
        if model is not None and isinstance(variables.get("ref"), dict) and not _answered(response):
            variables["ref"] = {"uri": model}
            response = self._service.answer(Request(one.text, variables, one.name))
        return _QUESTION.format(
            name=escape(one.name),
            question=escape(one.question),
            subject=_subject(variables),
            about="".join(f"<p>{escape(part)}</p>" for part in one.about.split("\n\n") if part),
            answer=_answer(response),
            raw=escape(_pretty(response.body)),
            text=escape(one.text.strip()),
            variables=escape(_pretty(variables)),
            command=escape(_command(one, variables, host)),
        )


def _subject(variables: dict[str, Any]) -> str:
    """What the question was asked of, where it is asked of something."""
    asked = variables.get("ref")
    if not isinstance(asked, dict):
        return ""
    return f'<p class="subject">Asked of <code>{escape(short(str(next(iter(asked.values())))))}</code></p>'


def _answered(response: Response) -> bool:
    data = response.body.get("data") or {}
    failed = ("UnknownReference", "InvalidReference", "Ambiguous")
    return not response.codes and all(
        not isinstance(value, dict) or value.get("__typename") not in failed for value in data.values()
    )


def _state(generation: dict[str, Any]) -> str:
    told = [
        ("Generation", f"{generation['number']}"),
        ("Published", generation["published"]),
        ("Records", f"{generation['recordCount']:,}"),
        ("Things", f"{generation['nodeCount']:,}"),
        ("Links", f"{generation['edgeCount']:,}"),
        ("Could not be read", f"{generation['gapCount']:,}"),
    ]
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in told)
    return f'<dl class="state">{cells}</dl><p class="digest">digest <code>{escape(generation["digest"])}</code></p>'


def _problem(response: Response) -> str:
    said = []
    for error in response.body.get("errors", ()):
        remedy = error["extensions"].get("remedy", "")
        said.append(f"<p><strong>{escape(error['message'])}</strong></p><p>{escape(remedy)}</p>")
    return f'<div class="problem" role="alert">{"".join(said)}</div>'


def _answer(response: Response) -> str:
    if response.body.get("errors"):
        return _problem(response)
    data = response.body.get("data") or {}
    told = "".join(f"<div><dt>{escape(name)}</dt><dd>{_cell(value)}</dd></div>" for name, value in facts(data))
    columns, lines = rows(data)
    table = ""
    if lines:
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
        body = "".join(
            "<tr>"
            + "".join(f"<td{_LONG if len(short(cell)) > 24 else ''}>{_cell(cell)}</td>" for cell in line)
            + "</tr>"
            for line in lines[:_SHOWN_ROWS]
        )
        more = len(lines) - _SHOWN_ROWS
        note = f"<p>and {more:,} more below, as JSON</p>" if more > 0 else ""
        inner = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        table = f'<div class="wide" tabindex="0">{inner}</div>{note}'
    lacks = "".join(f"<li>{_cell(note)}</li>" for note in notes(data))
    lacking = f'<p class="lacks">What this answer may lack:</p><ul class="lacks">{lacks}</ul>' if lacks else ""
    return (f'<dl class="facts">{told}</dl>' if told else "") + table + lacking


def _cell(value: str) -> str:
    """A value with its references cut short; the whole stands in its title and in the JSON."""
    brief = short(value)
    lines = "<br>".join(escape(line) for line in brief.split("\n"))
    return lines if brief == value else f'<span title="{escape(value)}">{lines}</span>'


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _command(one: Document, variables: dict[str, Any], host: str) -> str:
    """A command that sends the operation, for a POSIX shell."""
    body = msgspec.json.encode({"query": one.text, "operationName": one.name, "variables": variables}).decode()
    quoted = body.replace("'", "'\\''")
    return f"curl -s http://{host}/graphql -H 'content-type: application/json' -d '{quoted}'"


_QUESTION: Final = """\
<section id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">{question}</h2>
{subject}{about}
{answer}
<details><summary>The whole answer, as JSON</summary><pre tabindex="0">{raw}</pre></details>
<details><summary>The query <code>{name}</code>, its variables, and a command to send it</summary>
<pre tabindex="0">{text}</pre>
<pre tabindex="0">{variables}</pre>
<pre class="command" tabindex="0">{command}</pre></details>
</section>"""

_MORE: Final = """\
<section id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">{question}</h2>
{about}
<details><summary>The query <code>{name}</code>, and a command to send it</summary>
<pre tabindex="0">{text}</pre>
<pre class="command" tabindex="0">{command}</pre></details>
</section>"""

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lineage of this estate</title>
<style>{style}</style>
</head>
<body>
<header>
<p class="brand">azureml-lineage <span>{version}</span></p>
<h1>Where did this model come from, and what breaks if its data was wrong?</h1>
{state}
</header>
<nav aria-label="Questions">{contents}</nav>
<main>
{questions}
</main>
<footer>
<h2>Ask your own</h2>
<p>Send GraphQL to <code>POST http://{host}/graphql</code> as <code>application/json</code>. Any GraphQL client works;
the schema explains every field. Health: <a href="/livez">/livez</a> and <a href="/readyz">/readyz</a>.</p>
<p>On the command line, of the same index: <code>lineage trace</code>, <code>lineage impact</code>,
<code>lineage explain</code>, <code>lineage models</code>, <code>lineage status</code>.</p>
<p>Nothing on this page comes from anywhere else, and nothing you ask leaves this machine.</p>
</footer>
</body>
</html>
"""
