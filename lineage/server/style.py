"""The style sheet of the start page: system fonts, light and dark, readable at any width."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #ffffff; --tint: #f6f8fa;
  --accent: #0b5cad; --warn: #fff4d6; --warn-line: #c69026; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b3; --line: #3a424c; --paper: #0f141a;
  --tint: #171d25; --accent: #79b8ff; --warn: #2e2614; --warn-line: #c69026; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif; }
code, pre { font: .875em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.brand { margin: 0; color: var(--soft); font-weight: 600; }
.brand span { font-weight: 400; }
h1 { margin: .25rem 0 1rem; font-size: 1.75rem; line-height: 1.25; max-width: 40ch; }
h2 { margin: 0 0 .5rem; font-size: 1.2rem; }
.state { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; }
.state div { border: 1px solid var(--line); border-radius: 6px; padding: .4rem .8rem; background: var(--tint); }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-weight: 500; overflow-wrap: anywhere; }
.digest { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
nav ol { margin: 0 0 2rem; padding-left: 1.8rem; columns: 2 26rem; column-gap: 2.5rem; }
nav li { break-inside: avoid; }
section { border: 1px solid var(--line); border-radius: 8px; padding: 1.1rem 1.25rem; margin: 0 0 1.25rem; }
section p.subject { color: var(--ink); }
section p { margin: 0 0 .6rem; color: var(--soft); max-width: 80ch; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .5rem 1.25rem;
  margin: .5rem 0 .8rem; }
.lacks { color: var(--soft); font-size: .9rem; margin: .4rem 0 0; }
ul.lacks { padding-left: 1.25rem; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .5rem; border-bottom: 1px solid var(--line); }
.long { overflow-wrap: anywhere; min-width: 14rem; }
th { background: var(--tint); color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
details { margin-top: .6rem; }
summary { cursor: pointer; color: var(--accent); }
pre { overflow: auto; max-height: 26rem; padding: .8rem; margin: .5rem 0 0; border: 1px solid var(--line);
  border-radius: 6px; background: var(--tint); }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
.problem { border-left: 4px solid var(--warn-line); background: var(--warn); border-radius: 4px; padding: .6rem .9rem; }
.problem p { margin: 0; color: var(--ink); }
footer { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.25rem; color: var(--soft); }
""".strip()
