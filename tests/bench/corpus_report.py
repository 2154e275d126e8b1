"""What becomes of every reference in the collection: `python -m tests.bench.corpus_report`.

typed: read into a form of its own. template: never filled in. broken: refused,
and why. opaque: text in no scheme known here.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from lineage.errors import InvalidReference
from lineage.references import LocalRef, OpaqueRef, TemplateRef, parse
from tests.bench.corpus import references

COLUMNS = ("strings", "typed", "template", "broken", "opaque")


def table() -> dict[str, Counter[str]]:
    """Kind -> how many strings of it end in which column."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for kind, text in references():
        counts[kind].update(("strings", verdict(text)))
    return dict(counts)


def verdict(text: str) -> str:
    try:
        reference = parse(text)
    except InvalidReference:
        return "broken"
    if isinstance(reference, TemplateRef):
        return "template"
    return "opaque" if isinstance(reference, OpaqueRef | LocalRef) else "typed"


def main() -> None:
    counts = table()
    total: Counter[str] = Counter()
    width = max(map(len, counts))
    print(f"{'kind':{width}}" + "".join(f"{column:>10}" for column in COLUMNS))
    for kind, row in sorted(counts.items(), key=lambda item: (-item[1]["strings"], item[0])):
        total.update(row)
        print(f"{kind:{width}}" + "".join(f"{row[column]:>10,}" for column in COLUMNS))
    print(f"{'all':{width}}" + "".join(f"{total[column]:>10,}" for column in COLUMNS))


if __name__ == "__main__":
    main()
