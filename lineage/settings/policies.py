"""`policy.toml`: what `lineage check` lets pass.

    stale_days = 14                        # a crawl may be that old
    coverage = 95                          # percent of model versions whose job must be surely known

    [limits]                               # how many findings are let pass, by weight or by rule
    ERROR = 0
    WARNING = 20
    SAME_PERSON = 0

    [[waivers]]
    code = "CROSS_WORKSPACE"
    subject = "*/workspaces/mlw-credit-prod/models/affordability/*"
    reason = "Promoted by hand until the registry is in place, agreed with model risk"
    expires = 2027-03-31

It is read strictly: a waiver without a reason or a day on which it ends is refused, and so is whatever this version
does not know.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from lineage.errors import InvalidOption
from lineage.findings import Code, Severity
from lineage.findings.policy import STALE_DAYS, Policy, Waiver
from lineage.redaction import redact_text
from lineage.settings import lines

_TOP: Final = ("stale_days", "coverage", "limits", "waivers")
_WAIVER: Final = ("code", "subject", "reason", "expires")
_NAMES: Final = (*(one.value for one in Severity), *(one.value for one in Code))


def read(path: Path) -> Policy:
    """What the file says. Raises InvalidOption, naming the line, for whatever cannot be meant."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidOption(
            f"cannot read {path}: {error.strerror}", "give the path of a policy.toml with --policy"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidOption(f"{path} is not UTF-8 text", "save it as UTF-8, without a byte order mark") from error
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidOption(
            f"{path} is not TOML: {error}", "correct it there; `lineage check --help` shows a policy"
        ) from error
    return _Reader(path, text).policy(said)


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text

    def policy(self, said: dict[str, Any]) -> Policy:
        self._check(said, _TOP, ())
        limits = said.get("limits", {})
        if not isinstance(limits, dict):
            raise self._wrong(("limits",), "`limits` is no table", "write the limits below [limits]")
        for name, allowed in limits.items():
            at: lines.Place = ("limits", name)
            if name not in _NAMES:
                raise self._wrong(at, f"there is no severity and no rule {name!r}", self._near(name))
            if type(allowed) is not int or allowed < 0:
                raise self._wrong(at, f"`{name}` has no number", "say how many findings are let pass: 0 or more")
        waivers = said.get("waivers", [])
        if not isinstance(waivers, list) or not all(isinstance(one, dict) for one in waivers):
            raise self._wrong(("waivers",), "`waivers` is no list of tables", "write each waiver below [[waivers]]")
        coverage = said.get("coverage")
        return Policy(
            dict(limits),
            STALE_DAYS if "stale_days" not in said else self._number(said, "stale_days", 36_500, "days"),
            None if coverage is None else self._number(said, "coverage", 100, "percent"),
            tuple(self._waiver(number, one) for number, one in enumerate(waivers)),
            str(self._path),
        )

    def _number(self, said: dict[str, Any], name: str, most: int, unit: str) -> float:
        value = said[name]
        if type(value) not in (int, float) or not 0 <= value <= most:
            raise self._wrong((name,), f"`{name}` is not a number from 0 to {most:,}", f"give {unit}, such as 14 or 95")
        return float(value)

    def _waiver(self, number: int, said: dict[str, Any]) -> Waiver:
        at: lines.Place = ("waivers", number)
        self._check(said, _WAIVER, at)
        for name in ("code", "subject", "reason"):
            value = said.get(name)
            if not isinstance(value, str) or not value.strip():
                what = f"a waiver without `{name}`" if name not in said else f"the `{name}` of a waiver is no text"
                raise self._wrong((*at, name) if name in said else at, what, _NEEDS[name])
        if said["code"] not in tuple(Code):
            raise self._wrong((*at, "code"), f"there is no rule {said['code']!r}", self._near(said["code"], Code))
        expires = said.get("expires")
        if expires is None:
            raise self._wrong(at, "a waiver without `expires`", _NEEDS["expires"])
        if not isinstance(expires, date) or isinstance(expires, datetime):
            raise self._wrong((*at, "expires"), "`expires` is no day", _NEEDS["expires"])
        line = lines.line_of(self._text, at)
        return Waiver(Code(said["code"]), said["subject"].strip(), said["reason"].strip(), expires, line)

    def _check(self, table: dict[str, Any], known: tuple[str, ...], at: lines.Place) -> None:
        for key in table:
            if key not in known:
                near = get_close_matches(key.lower().replace("-", "_"), known, n=1, cutoff=0.6)
                told = f"did you mean `{near[0]}`?" if near else f"the keys here are {', '.join(known)}"
                if not at and key in _NAMES:
                    told = f"write {key} below [limits]"
                raise self._wrong((*at, key), f"there is no key `{redact_text(key[:60])}`", told)

    def _near(self, name: str, among: Any = _NAMES) -> str:
        known = [str(one) for one in among]
        near = get_close_matches(name.upper().replace("-", "_"), known, n=1, cutoff=0.5)
        return f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"

    def _wrong(self, at: lines.Place, what: str, remedy: str) -> InvalidOption:
        return InvalidOption(f"{self._path} line {lines.line_of(self._text, at)}: {what}", remedy)


_NEEDS: Final = {
    "code": "write the rule that it is about: code = 'CROSS_WORKSPACE'",
    "subject": "write the canonical text that it is about, with * for any part: subject = '*/models/churn/*'",
    "reason": "write why it is accepted, and by whom: an auditor reads it",
    "expires": "write the last day on which it holds, without quotes: expires = 2027-03-31",
}
