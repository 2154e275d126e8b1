"""The variables of a documented operation as they are given on the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import msgspec

from lineage.errors import InvalidOption
from lineage.ports import Document

MAX_BYTES: Final = 4 * 1024 * 1024
"""The largest file of variables that is read."""

_JSON: Final = frozenset({"Int", "Float", "Boolean"})
_TEXT: Final = frozenset({"String", "ID", "DateTime"})


def variables(told: Document, whole: str, single: Sequence[str]) -> dict[str, Any]:
    """What `--variables` and then each `--var NAME=VALUE` say, checked for their names. Raises InvalidOption.

    whole: a JSON object, or `@file` or `-` where one is to be read; '' for none.
    """
    found = _object(whole) if whole else {}
    for text in single:
        name, equals, value = text.partition("=")
        name = name.strip().removeprefix("$")
        if not equals or not name:
            raise InvalidOption(f"--var says no value: {text[:80]!r}", "write --var NAME=VALUE")
        type_ = told.variables.get(name, "")
        if type_.startswith("[") and not value.lstrip().startswith("["):
            held = found.get(name)
            found[name] = [*(held if isinstance(held, list) else ()), _value(name, type_.strip("[]!"), value)]
        else:
            found[name] = _value(name, type_.strip("!"), value)
    _check(told, found)
    return found


def _object(whole: str) -> dict[str, Any]:
    where = "--variables"
    content = whole.encode()
    if whole == "-" or whole.startswith("@"):
        where = "standard input" if whole == "-" else whole[1:]
        try:
            if whole == "-":
                content = sys.stdin.buffer.read(MAX_BYTES + 1)
            else:
                with Path(whole[1:]).open("rb") as file:
                    content = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise InvalidOption(f"cannot read {where!r}: {why}", "name a file with one JSON object") from None
        if len(content) > MAX_BYTES:
            raise InvalidOption(f"{where} has more than {MAX_BYTES:,} bytes", "send the variables in smaller parts")
    try:
        found = msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise InvalidOption(
            f"{where} is not JSON: {error}",
            """write one JSON object, as --variables '{"first": 10}', or --var first=10 for one variable""",
        ) from None
    if not isinstance(found, dict):
        raise InvalidOption(f"{where} is no JSON object", """write the variables by name: '{"first": 10}'""")
    return found


def _value(name: str, type_: str, text: str) -> Any:
    """One value, as its type reads it: a number, a text, JSON; a reference to a thing in any spelling."""
    if type_ in _TEXT:
        return text
    try:
        return msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        if type_ in _JSON:
            raise InvalidOption(f"--var {name}={text[:80]}: that is no {type_}", _EXAMPLE[type_]) from None
        if text.lstrip()[:1] in ("{", "["):
            raise InvalidOption(f"--var {name}: the value is not JSON", "check its brackets and quotes") from None
    return {"uri": text} if type_ == "NodeRef" else text


_EXAMPLE: Final = {
    "Int": "write a whole number",
    "Float": "write a number",
    "Boolean": "write true or false",
}


def _check(told: Document, found: dict[str, Any]) -> None:
    for name in found:
        if name not in told.variables:
            near = get_close_matches(name, told.variables, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            known = ", ".join(told.variables)
            raise InvalidOption(
                f"{told.name} has no variable {name[:60]!r}",
                f"{hint}it has {known}" if known else "it has none",
            )
    for name, type_ in told.variables.items():
        if type_.endswith("!") and name not in told.defaults and found.get(name) is None:
            raise InvalidOption(f"{told.name} needs the variable {name}, of type {type_}", f"add --var {name}=VALUE")
