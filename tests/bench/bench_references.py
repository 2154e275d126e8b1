"""How fast a reference is read, beside the standard library splitting the same text.

The peer only finds the pieces of a URL; ours tells what the text means. Taken
over the concrete texts (no templates, nothing broken), best of several rounds
that alternate. `first` empties what the reader remembers before each round.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from lineage.errors import InvalidReference
from lineage.references import TemplateRef, parse, shortcuts
from tests.bench.corpus import references

ROUNDS = 15


def measure() -> dict[str, float]:
    """strings, and nanoseconds a call: `ours`, `first` (nothing remembered), `urlsplit` (with split); `ratio`s."""
    texts = _concrete()
    best = dict.fromkeys(("ours", "first", "urlsplit"), float("inf"))
    for _ in range(ROUNDS):
        best["urlsplit"] = min(best["urlsplit"], _nanoseconds(_peer, texts))
        _forget()
        best["first"] = min(best["first"], _nanoseconds(parse, texts))
        best["ours"] = min(best["ours"], _nanoseconds(parse, texts))
    return {
        "strings": len(texts),
        **best,
        "ratio": best["urlsplit"] / best["ours"],
        "ratio_first": best["urlsplit"] / best["first"],
    }


def main() -> None:
    figures = measure()
    print(f"{figures['strings']:,.0f} concrete references, ns a call")
    print(f"  urlsplit + split          {figures['urlsplit']:>7,.0f}")
    print(f"  parse, nothing remembered {figures['first']:>7,.0f}   {figures['ratio_first']:.2f}x as fast")
    print(f"  parse                     {figures['ours']:>7,.0f}   {figures['ratio']:.2f}x as fast   (limit 3x)")


def _concrete() -> list[str]:
    texts = []
    for _, text in references():
        try:
            if not isinstance(parse(text), TemplateRef):
                texts.append(text)
        except InvalidReference:
            continue
    return texts


def _peer(text: str) -> list[str]:
    return urlsplit(text).path.split("/")


def _forget() -> None:
    for memory in (shortcuts.STORES, shortcuts.ASSETS, shortcuts.NAMES, shortcuts.RUNS, shortcuts.HOSTS):
        memory.clear()


def _nanoseconds(read: Callable[[str], object], texts: list[str]) -> float:
    began = time.thread_time_ns()
    for text in texts:
        read(text)
    return (time.thread_time_ns() - began) / len(texts)


if __name__ == "__main__":
    main()
