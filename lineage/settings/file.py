"""`lineage.toml`: which sources are crawled, and how.

    index = "lineage.db"                   # what stands before the first [[sources]] holds for all of them
    credential = "managed-identity"

    [[sources]]
    kind = "subscription"
    target = "5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981"
    include = ["mlw-*"]
    exclude = ["*-sandbox", "rg-test/*"]

    [[sources]]
    kind = "registry"
    target = "contoso-models"

It is read strictly: what it says and this version does not know is an error, so that a slip never crawls the wrong
thing quietly. Paths in it are relative to its folder. It holds no secrets: one that looks like it is refused.
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import msgspec

from lineage.errors import InvalidOption
from lineage.redaction import redact, redact_text
from lineage.settings import lines


class Kind(StrEnum):
    """What a source is; its `target` names it."""

    WORKSPACE = "workspace"
    SUBSCRIPTION = "subscription"
    TENANT = "tenant"
    REGISTRY = "registry"
    RECORDING = "recording"
    MLFLOW = "mlflow"


Credential = Literal["default", "cli", "managed-identity", "environment", "token"]
CREDENTIALS: Final[tuple[str, ...]] = get_args(Credential)
Jobs = Literal["auto", "list", "get"]
JOBS: Final[tuple[str, ...]] = get_args(Jobs)
DISCOVERED: Final = frozenset({Kind.SUBSCRIPTION, Kind.TENANT})
"""Kinds of which `include` and `exclude` choose a part."""


class How(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a source is read.

    cloud: a name or a metadata file. ca_bundle: certificates to trust, '' for the system's.
    patience: seconds that a throttled read may wait. concurrency: requests in flight.
    jobs: whether the jobs of a workspace are listed, got by the names that others have for them, or the cheaper.
    """

    credential: Credential = "default"
    cloud: str = "AzureCloud"
    ca_bundle: str = ""
    patience: Annotated[float, msgspec.Meta(ge=0)] = 900.0
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8
    jobs: Jobs = "auto"


class Wanted(How, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source that is to be crawled.

    target: its name (a workspace's URI, a subscription's id, a registry's name, a path, an address); '' for a tenant.
    where: `lineage.toml line 7`, or '' when it came from the command line.
    """

    kind: Kind
    target: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    where: str = ""


class Settings(msgspec.Struct, frozen=True):
    """What a `lineage.toml` says. index: the path of the index, '' when it does not say."""

    sources: tuple[Wanted, ...]
    index: str = ""


EXAMPLE: Final = """\
credential = "default"

[[sources]]
kind = "workspace"
target = "azureml://subscriptions/SUBSCRIPTION/resourceGroups/GROUP/workspaces/WORKSPACE"

[[sources]]
kind = "subscription"
target = "00000000-0000-0000-0000-000000000000"
include = ["mlw-*"]
exclude = ["*-sandbox", "rg-test/*"]
"""

_OWN: Final = ("kind", "target", "include", "exclude")
_HOW: Final = How.__struct_fields__
_TOP: Final = ("index", *_HOW, "sources")
_PATHS: Final = ("index", "ca_bundle")
_LOOKS_RANDOM: Final = "q9X2mZ7vT4kP1wR8sL5nB3"


def read(path: Path) -> Settings:
    """What the file says. Raises InvalidOption, naming the line, for whatever cannot be meant."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidOption(
            f"cannot read {path}: {error.strerror}", "give the path of a lineage.toml with --config"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidOption(f"{path} is not UTF-8 text", "save it as UTF-8, without a byte order mark") from error
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidOption(
            f"{path} is not TOML: {error}",
            "correct it there, or begin again with the file that `lineage crawl` shows where there is none",
        ) from error
    return _Reader(path, text).settings(said)


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text

    def settings(self, said: dict[str, Any]) -> Settings:
        self._check(said, _TOP, ())
        given = said.get("sources", [])
        if not isinstance(given, list) or not all(isinstance(source, dict) for source in given):
            raise self._wrong(("sources",), "`sources` is no list of tables", "write each source below [[sources]]")
        if not given:
            raise InvalidOption(
                f"{self._path} names no sources", "write one below [[sources]], with `kind` and `target`"
            )
        index = said.get("index", "")
        if not isinstance(index, str):
            raise self._wrong(("index",), "`index` is no text", "give a path in quotes")
        shared = {name: said[name] for name in _HOW if name in said}
        sources = tuple(self._source(number, source, shared) for number, source in enumerate(given))
        return Settings(sources, self._here(index) if index else "")

    def _source(self, number: int, given: dict[str, Any], shared: dict[str, Any]) -> Wanted:
        at: lines.Place = ("sources", number)
        self._check(given, (*_OWN, *_HOW), at)
        if "kind" not in given:
            raise self._wrong(at, "a source without `kind`", f"write `kind`, one of {', '.join(Kind)}")
        self._check_choice(given["kind"], tuple(Kind), (*at, "kind"))
        if "credential" in shared | given:
            place = (*at, "credential") if "credential" in given else ("credential",)
            self._check_choice((shared | given)["credential"], CREDENTIALS, place)
        if "jobs" in shared | given:
            self._check_choice((shared | given)["jobs"], JOBS, (*at, "jobs") if "jobs" in given else ("jobs",))
        try:
            wanted = msgspec.convert(shared | given, Wanted)
        except msgspec.ValidationError as error:
            raise self._mistyped(error, at, given) from error
        self._check_sense(wanted, at)
        where = f"{self._path} line {lines.line_of(self._text, at)}"
        changed = {"where": where, "ca_bundle": self._here(wanted.ca_bundle) if wanted.ca_bundle else ""}
        if wanted.kind is Kind.RECORDING:
            changed["target"] = self._here(wanted.target)
        if wanted.cloud.lower().endswith(".json"):
            changed["cloud"] = self._here(wanted.cloud)
        return msgspec.structs.replace(wanted, **changed)

    def _check(self, table: dict[str, Any], known: tuple[str, ...], at: lines.Place) -> None:
        """Every key is known, and nothing looks like a secret."""
        for key, value in table.items():
            if key not in known:
                if redact({key: _LOOKS_RANDOM}) != {key: _LOOKS_RANDOM}:
                    raise self._secret((*at, key), f"`{key}` looks like a secret")
                near = get_close_matches(key.lower().replace("-", "_"), known, n=1, cutoff=0.6)
                elsewhere = "sources" if key in _OWN else "top" if key in _TOP else ""
                remedy = {
                    "sources": f"`{key}` belongs to a source: write it below its [[sources]]",
                    "top": f"`{key}` holds for the whole file: write it before the first [[sources]]",
                }.get(elsewhere, f"did you mean `{near[0]}`?" if near else f"the keys here are {', '.join(known)}")
                raise self._wrong((*at, key), f"there is no key `{key}`", remedy)
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str) and redact_text(text) != text:
                    raise self._secret((*at, key), f"the value of `{key}` holds a query, a password or a token")

    def _check_choice(self, value: object, choices: tuple[str, ...], at: lines.Place) -> None:
        if value in choices:
            return
        near = get_close_matches(str(value).lower(), choices, n=1, cutoff=0.6)
        told = f"did you mean {str(near[0])!r}? " if near else ""
        raise self._wrong(at, f"there is no {at[-1]} {value!r}", f"{told}choose one of {', '.join(choices)}")

    def _check_sense(self, wanted: Wanted, at: lines.Place) -> None:
        if wanted.kind is Kind.TENANT and wanted.target:
            raise self._wrong(
                (*at, "target"),
                "a tenant takes no `target`: it is that of the credential",
                "leave `target` out, or write kind = 'subscription'",
            )
        if wanted.kind is not Kind.TENANT and not wanted.target.strip():
            raise self._wrong(at, f"a {wanted.kind} without `target`", _TARGETS[wanted.kind])
        if wanted.kind not in DISCOVERED and (wanted.include or wanted.exclude):
            raise self._wrong(
                (*at, "include" if wanted.include else "exclude"),
                f"a {wanted.kind} is one thing, of which nothing is included or excluded",
                "patterns choose among what a subscription or a tenant holds",
            )

    def _mistyped(self, error: msgspec.ValidationError, at: lines.Place, given: dict[str, Any]) -> InvalidOption:
        message, _, place = str(error).partition(" - at `$")
        names = re.findall(r"\.(\w+)", place)
        name = names[0] if names else ""
        for word, plain in (("str", "text"), ("int", "a whole number"), ("float", "a number"), ("array", "a list")):
            message = message.replace(f"`{word}`", plain)
        path = (*at, name) if name in given or not name else (name,)
        return self._wrong(
            path, f"`{name}`: {message[:1].lower()}{message[1:]}", _VALUES.get(name, "give another value")
        )

    def _secret(self, at: lines.Place, what: str) -> InvalidOption:
        return self._wrong(
            at,
            f"{what}, and this file holds none",
            "take it out, and change it where it is valid if others could read the file; how to sign in is said by "
            f"`credential`, one of {', '.join(CREDENTIALS)}",
        )

    def _wrong(self, at: lines.Place, what: str, remedy: str) -> InvalidOption:
        return InvalidOption(f"{self._path} line {lines.line_of(self._text, at)}: {what}", remedy)

    def _here(self, name: str) -> str:
        """A path as the file means it: from its own folder."""
        return str(self._path.parent / Path(name).expanduser())


_TARGETS: Final = {
    Kind.WORKSPACE: "write its URI: azureml://subscriptions/SUBSCRIPTION/resourceGroups/GROUP/workspaces/WORKSPACE",
    Kind.SUBSCRIPTION: "write its id, a GUID: `az account list --output table` shows them",
    Kind.TENANT: "",
    Kind.REGISTRY: "write its name",
    Kind.RECORDING: "write its path",
    Kind.MLFLOW: "write its address: mlflow+https://HOST",
}
_VALUES: Final = {
    "patience": "give the seconds that a throttled read may wait, such as 900",
    "concurrency": "give how many requests may be in flight, 1 to 64",
    "include": 'give a list of patterns, such as ["mlw-*"]',
    "exclude": 'give a list of patterns, such as ["*-sandbox", "rg-test/*"]',
    "cloud": "give the name of a cloud or the path of a metadata file, in quotes",
    "ca_bundle": "give a path in quotes",
    "target": "give the target in quotes",
}
