"""From the bytes of an answer to a Reply: JSON, redacted, with the link to the next page set apart."""

from __future__ import annotations

import json
import math
from typing import Any, Final
from urllib.parse import quote

import msgspec

from lineage.records import GapReason
from lineage.redaction import redact, redact_text
from lineage.sources.azureml.wire import Answer, Reply

_NEXT: Final = ("nextLink", "nextlink")
_NO_CONTENT: Final = 204


def reply(answer: Answer, url: str) -> Reply:
    """What an answer to `url` says. Run history may page by a token in the body instead of a link."""
    status, content = answer.status, answer.content
    if answer.failure is not None:
        return Reply(0, failure=answer.failure, detail=answer.detail)
    try:
        body = _decode(content) if content.strip() else None
        if body is None and status == 200:
            return Reply(status, failure=GapReason.UNPARSABLE, detail="an empty answer")
        link = ""
        if isinstance(body, dict):
            link = next((body.pop(name) for name in _NEXT if isinstance(body.get(name), str)), "")
            token = body.pop("continuationToken", None)
            if not link and isinstance(token, str) and token:
                link = f"{url}{'&' if '?' in url else '?'}$continuationToken={quote(token, safe='')}"
        return Reply(status, redact(body), link)
    except (ValueError, RecursionError) as error:
        if status >= 400:
            return Reply(status)
        start = redact_text(content[:60].decode(errors="replace"))
        detail = f"an answer that is not JSON ({type(error).__name__}), beginning {start!r}"
        return Reply(status, failure=GapReason.UNPARSABLE, detail=detail)


def _decode(content: bytes) -> Any:
    """JSON, also where it is a little wrong: one half of a surrogate pair in a description must not cost a page."""
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return _encodable(json.loads(content.decode("utf-8-sig", errors="replace")))


def _encodable(value: Any) -> Any:
    """`value` such that it can be written as JSON again: surrogates as escapes, infinities and NaN as null."""
    match value:
        case dict():
            return {_encodable(name): _encodable(held) for name, held in value.items()}
        case list():
            return [_encodable(held) for held in value]
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case float() if not math.isfinite(value):
            return None
    return value
