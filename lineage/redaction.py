"""Secrets leave before anything is stored, shown or recorded.

To a crawled body this is what a shredder is to a mail room: nothing passes by
it, and what names a thing comes out untouched. What is cut, and what stands
in its place (`REDACTED`, or nothing where the rest names the same thing):

    https://HOST/PATH?QUERY             https://HOST/PATH?REDACTED        every URL, SAS or not
    https://USER:TOKEN@HOST/PATH        https://HOST/PATH                 credentials of http and git URLs
    scheme://USER:PASSWORD@HOST         scheme://REDACTED@HOST            of any other scheme
    sig=… AccountKey=… --password …     sig=REDACTED …                    a secret's name, then its value
    Bearer … eyJ….….… PEM keys          REDACTED                          by shape, wherever they stand
    ghp_… github_pat_… dapi… AKIA…      REDACTED                          by shape, wherever they stand
    {"clientSecret": "…"}               {"clientSecret": "REDACTED"}      a field named for a secret
    {"environmentVariables": {N: V}}    {"environmentVariables": {N: "REDACTED"}}

A field is named for a secret when its *last* word is one (`adminPassword`,
`access_token`, `accountKey`), so `keyVault`, `tokenizer`, `max_tokens` and
`workspaceSecretName` are not. A last word that is often innocent (`key`,
`conn`, `signature`, …) needs a value that looks random as well. A reference to
a thing (`azureml:`, an ARM id, a URL) stays under any name, less its query and
credentials, because lineage hangs on it; so does a `${{…}}` template.

Both functions are idempotent and pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

REDACTED: Final = "REDACTED"

_END: Final = r"\s\"'<>\\`"  # what a URL in running text, JSON or HTML cannot hold

_QUERY: Final = re.compile(rf"(\w://[^?{_END}]*\?)[^{_END}]+?(?=[{_END}]|,[A-Za-z]+://|$)")
_USER: Final = re.compile(rf"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#{_END}]*)@")

_NAMES: Final = (
    r"pass(?:word|wd|phrase)|pwd|secrets?|token|(?:connection|conn)[-_ ]?str(?:ing)?|shared[-_ ]?access[-_ ]?signature"
    r"|(?:account|access|api|app|auth|client|encryption|functions?|insights|instrumentation|master|private|service"
    r"|signing|storage|subscription)[-_ ]?key|credentials?"
)
_NAME: Final = rf"(?<![A-Za-z0-9/])((?:[A-Za-z0-9]+[-_.])*[A-Za-z0-9]*?(?:{_NAMES})[0-9]?)"
_TEMPLATE: Final = r"\$\{\{|\$\[\[|\$\(|\$\{?[A-Z_]+\b|%[A-Z_]+%|<[a-z]|REDACTED"
_VALUE: Final = r"(?:(\\*[\"'])(?P<quoted>.*?)\3|[^\s;,&\"'<>\\)}\]]+)"
_PAIR: Final = re.compile(
    rf"{_NAME}(\\*[\"']?\s*(?:=|%3D)\s*|\\*[\"']?\s*:\s+|\\*[\"']\s*:\s*)(?!\\*[\"']?(?:{_TEMPLATE})){_VALUE}",
    re.IGNORECASE | re.DOTALL,
)
_FLAG: Final = re.compile(
    rf"(?<![\w-])(--?(?:[A-Za-z0-9]+[-_])*(?:{_NAMES}))(\s+)(?![-]|\\*[\"']?(?:{_TEMPLATE})){_VALUE}",
    re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(r"(?i)(?<![A-Za-z])(sig(?:nature)?)(=|%3D|%253D)(?!REDACTED)[A-Za-z0-9%+/=_.~-]+")
_SPARK: Final = re.compile(
    r"(?i)(fs\.azure\.(?:account\.key|sas|account\.oauth2\.client\.secret)[\w.-]*)(\s*[=:\s]\s*)(\S+)"
)
_HEADER: Final = re.compile(
    r"(?i)\b((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?)(?!REDACTED)(?:[A-Za-z]+\s+)?[^\s\"',;]+"
)
_SCHEME: Final = re.compile(
    r"(?i)\b(bearer|basic)(\s+)(?=[A-Za-z0-9._~+/=-]*[0-9._~+/=])[A-Za-z0-9._~+/-]{8,}[A-Za-z0-9._~+/=-]*"
)
_PEM: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_SHAPE: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}"  # JWT, JWE
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|dapi[0-9a-f]{32}(?:-[0-9]+)?"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}"
    r"|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,}"
    r"|sk-(?:ant|proj|svcacct)-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{32,}|[rs]k_live_[A-Za-z0-9]{16,}"
    r"|AIza[A-Za-z0-9_-]{35}"
    r"|[A-Za-z0-9_.~-]{3}[0-9]Q~[A-Za-z0-9_.~-]{31,34}"  # an Entra application's secret
    r"|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}"  # Azure DevOps
    r"|[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}"  # Azure AI services
    r"|[A-Za-z0-9+/]{86}=="  # storage, batch, Cosmos DB
    r")"
    # No word goes on like these: they are cut even where they are glued to what stands before them.
    r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,3}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|dapi[0-9a-f]{32}(?:-[0-9]+)?"
    r"|xox[abeprs]-[0-9][A-Za-z0-9-]{9,}"
    r"|sk-(?:ant|proj|svcacct)-[A-Za-z0-9_-]{20,}"
)
_HOOK: Final = re.compile(r"(https://hooks\.slack\.com/services/|https://[\w.-]+\.webhook\.office\.com/)[^\s\"'<>\\]+")

_SK: Final = re.compile("sk-[A-Za-z0-9]{32}")
"""The one shape with a mark that innocent names hold too (`risk-`, `task-`), and what else it holds."""
_CLEAN: Final[set[str]] = set()
"""Short texts in which there was nothing to cut, which most texts of a crawl repeat. No secret is ever kept here."""
_LONGEST_CLEAN: Final = 256
_MOST_CLEAN: Final = 16_384
_PASSES: Final = 8


def redact_text(text: str) -> str:
    """`text` without its secrets; the very same object when there was nothing to cut."""
    if text in _CLEAN or (len(text) < 16 and text.isalnum()):
        return text
    cut = _cut(text)
    if cut == text:
        if len(text) <= _LONGEST_CLEAN:
            if len(_CLEAN) >= _MOST_CLEAN:
                _CLEAN.clear()
            _CLEAN.add(text)
        return text
    # What one rule leaves may be what another, or the same one, looks for: cut until nothing is.
    for _ in range(_PASSES):
        if (again := _cut(cut)) == cut:
            break
        cut = again
    return cut


def _cut(text: str) -> str:
    """`text` without its secrets.

    Each rule is tried only where something that it needs is found: looking for a few letters is
    twenty times as fast as a pattern that begins with anything, and most text has none of them.
    """
    low = text.lower()
    if "://" in text:
        if "@" in text:
            text = _USER.sub(_user, text)
        if "?" in text:
            text = _QUERY.sub(rf"\1{REDACTED}", text)
        if "hook" in low:
            text = _HOOK.sub(rf"\1{REDACTED}", text)
    if "-----begin" in low:
        text = _PEM.sub(REDACTED, text)
    if "authorization" in low:
        text = _HEADER.sub(rf"\1{REDACTED}", text)
    if "bearer" in low or "basic" in low:
        text = _SCHEME.sub(rf"\1\2{REDACTED}", text)
    if _may_hold_shape(text):
        text = _SHAPE.sub(REDACTED, text)
    if "fs.azure" in low:
        text = _SPARK.sub(rf"\1\2{REDACTED}", text)
    if "sig" in low:
        text = _SIGNATURE.sub(rf"\1\2{REDACTED}", text)
    if _may_hold_name(low):
        if "-" in text:
            text = _FLAG.sub(_pair, text)
        text = _PAIR.sub(_pair, text)
    return text


def _may_hold_shape(text: str) -> bool:
    """Whether what every shape of `_SHAPE` holds is in the text; asked so that most text answers few questions."""
    return bool(
        ("J" in text and ("eyJ" in text or "JQQJ99" in text))
        or ("I" in text and ("AKIA" in text or "ASIA" in text or "AIza" in text))
        or ("_" in text and _may_hold_underscored(text))
        or ("-" in text and _may_hold_hyphened(text))
        or ("~" in text and "Q~" in text)
        or "==" in text
        or ("Z" in text and "AZDO" in text)
        or "dapi" in text
    )


def _may_hold_underscored(text: str) -> bool:
    if "gh" in text and any(mark in text for mark in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")):
        return True
    return "github_pat_" in text or "hf_" in text or "npm_" in text or "k_live_" in text


def _may_hold_hyphened(text: str) -> bool:
    if "sk-" in text and (
        "sk-ant-" in text or "sk-proj-" in text or "sk-svcacct-" in text or _SK.search(text) is not None
    ):
        return True
    return "glpat-" in text or "pypi-" in text or "xox" in text


def _may_hold_name(low: str) -> bool:
    """Whether a secret's name (`_NAMES`) is in the text, which is in lower case."""
    return (
        ("ke" in low and ("key" in low or "token" in low))
        or ("cre" in low and ("secret" in low or "credential" in low))
        or "pass" in low
        or "pwd" in low
        or "conn" in low
        or "signature" in low
    )


def _user(match: re.Match[str]) -> str:
    scheme, user = match[1], match[2]
    if scheme.lower().removeprefix("git+") in {"http", "https", "git"}:
        return f"{scheme}://"
    # container@account (abfss, wasbs) and profile@databricks are places, not credentials.
    return f"{scheme}://{REDACTED}@" if ":" in user else match[0]


def _pair(match: re.Match[str]) -> str:
    quote = match[3] or ""
    return f"{match[1]}{match[2]}{quote}{REDACTED}{quote}"


def redact(body: Any) -> Any:
    """JSON `body` without its secrets; names of fields and shape stay. What holds none is not copied."""
    if isinstance(body, dict):
        return _redact_object(body)
    if isinstance(body, list):
        return _redact_array(body)
    return redact_text(body) if isinstance(body, str) else body


def _redact_object(body: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key, value in body.items():
        # Nearly all fields are plain and hold nothing to cut: they are passed by without a call, and without a copy.
        rule = _KNOWN.get(key)
        if rule is None:
            rule = _known(key)
        if rule is not _PLAIN:
            if rule is _RENAMED:
                return _redact_names(body)
            new = _by_rule(rule, value)
            if new != value:
                changed[key] = new
            continue
        kind = type(value)
        if kind is str:
            if value not in _CLEAN and (new := redact_text(value)) is not value:
                changed[key] = new
        elif kind is dict:
            if value and (new := _redact_object(value)) is not value:
                changed[key] = new
        elif kind is list and value and (new := _redact_array(value)) is not value:
            changed[key] = new
    if "value" in body:
        _redact_named(body, changed)
    return {**body, **changed} if changed else body


def _redact_names(body: dict[str, Any]) -> dict[str, Any]:
    """An object with a secret in the name of a field."""
    out = {}
    for key, value in body.items():
        rule = _rule(key)
        out[_field(key)] = redact(value) if rule is _PLAIN else _by_rule(rule, value)
    _redact_named(body, out)
    return out


def _redact_named(body: dict[str, Any], out: dict[str, Any]) -> None:
    """{"name": "API_KEY", "value": "…"}"""
    if isinstance(value := body.get("value"), str):
        for name in ("name", "key", "Name", "Key"):
            named = body.get(name)
            if isinstance(named, str) and _rule(named) is not _PLAIN:
                out["value"] = _by_rule(_rule(named), value)


def _redact_array(body: list[Any]) -> list[Any]:
    out = []
    flag, same = False, True  # ["--api-key", "…"]
    for item in body:
        new = _by_rule(_ALWAYS, item) if flag and isinstance(item, str) else redact(item)
        same = same and new is item
        out.append(new)
        flag = isinstance(item, str) and item.startswith("-") and "=" not in item and _rule(item) is _ALWAYS
    return body if same else out


_PLAIN: Final = "plain"
_ALWAYS: Final = "always"  # a secret by its name
_NUMBER: Final = "number"  # a secret by its name, even as a number
_RANDOM: Final = "random"  # a secret if it looks like one
_VAULT: Final = "vault"  # a container of secrets
_VARIABLES: Final = "variables"
_RENAMED: Final = "renamed"  # the name itself holds a secret

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PASSWORDS: Final = frozenset({"password", "passwd", "passphrase", "pwd", "passwords"})
_SECRETS: Final = frozenset(
    {"secret", "token", "sas", "pat", "authorization", "connstr", "jwt", "apikey", "accountkey"}
)
_VAULTS: Final = frozenset({"secrets", "credentials"})
_DOUBTFUL: Final = frozenset(
    {"key", "keys", "conn", "sig", "signature", "auth", "cert", "certificate", "credential", "tokens"}
)
_KEYS: Final = frozenset(
    {"account", "access", "api", "app", "auth", "client", "encryption", "function", "insights", "instrumentation"}
    | {"master", "private", "service", "signing", "storage", "subscription"}
)


@lru_cache(maxsize=8192)
def _rule(key: str) -> str:
    """How the value under this name is treated."""
    words = [word.lower() for word in _WORDS.findall(key)]
    if not words:
        return _PLAIN
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if words[-2:] in (["environment", "variables"], ["env", "vars"]):
        return _VARIABLES
    if last in _PASSWORDS:
        return _NUMBER
    if last in _VAULTS:
        return _VAULT
    if last in _SECRETS or (last in {"key", "keys"} and before in _KEYS) or words[-2:] == ["connection", "string"]:
        return _ALWAYS
    if key.lower().startswith(("fs.azure.account.key", "fs.azure.sas")):
        return _ALWAYS
    return _RANDOM if last in _DOUBTFUL and before != "public" else _PLAIN


_field = lru_cache(maxsize=8192)(redact_text)  # names of fields repeat from body to body
_KNOWN: Final[dict[str, str]] = {}
_MOST_KNOWN: Final = 8192


def _known(key: str) -> str:
    """The rule of a field's name, kept in `_KNOWN`; `_RENAMED` when the name may not stay."""
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN[key] = rule = _rule(key) if _field(key) == key else _RENAMED
    return rule


_REFERENCE: Final = re.compile(
    r"(?i)azureml:|/subscriptions/|runs:/|models:/|mlflow-artifacts:|(?:https?|wasbs?|abfss?|adl|dbfs|s3|gs)://"
)
_IS_TEMPLATE: Final = re.compile(r"\$\{\{.*\}\}|\$\[\[.*\]\]|\$\(.*\)|\$\{?[A-Z_]+\}?|%[A-Z_]+%", re.DOTALL)
_RANDOM_TEXT: Final = re.compile(
    r"(?![0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z)"  # a GUID under such a name is an id
    r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/_~.=-]{20,}"
)


def _by_rule(rule: str, value: Any) -> Any:
    if isinstance(value, dict):
        if rule == _VARIABLES:
            return {redact_text(name): None if held is None else REDACTED for name, held in value.items()}
        if rule == _VAULT:
            return {redact_text(k): redact(v) if k.endswith("Type") else _by_rule(_VAULT, v) for k, v in value.items()}
        # A job's input or output of that name: only what it holds, not what it refers to.
        return {k: _by_rule(rule, v) if k in {"value", "default"} else v for k, v in _redact_object(value).items()}
    if isinstance(value, list):
        return [_by_rule(rule, item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        if not value or rule == _VARIABLES:
            return REDACTED if value else value
        if _REFERENCE.match(value) or _IS_TEMPLATE.fullmatch(value):
            return redact_text(value)
        return REDACTED if rule != _RANDOM or _RANDOM_TEXT.fullmatch(value) else redact_text(value)
    return REDACTED if rule in {_NUMBER, _VARIABLES, _VAULT} else value
