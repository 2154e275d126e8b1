"""Secrets of every known shape, planted in every text that the emulator sends.

    emulator.retold = Planter(beside=True)      next to what a text says, so that everything still means what it did
    emulator.retold = Planter(beside=False)     into every text, names, ids and words of enumerations too

The shapes are those of `tests/data/secrets.json`. Each planting takes the next shape and a canary of its own, so that
what leaks can be told by where it was; all canaries begin alike.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

CANARY = "Zk9pQ7xW2mB4vT8rL1cN6yH3"
"""The beginning of every canary; eight letters and digits follow."""
B64 = "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0x1C2v3B4n5M6q7W8e9R0t1Y2u3I4o5P6a7S8d9F0g1H2jQ"
JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk"
LEAKS = (
    *(CANARY, B64[:40], JWT.split(".")[1], JWT.split(".")[2][:20], "horse 9", "dXNlcjpwYXNz", "dapi0123", "AKIAIOSF"),
    *("abcDEF123456_-7890xy", "123456789012-abcdef", "SyA1234567890", "abcdefghijklmnopqrstuvwxyz01"),
)
"""What stands in no place where none of the secrets does."""
_SHAPES = json.loads((Path(__file__).parents[1] / "data" / "secrets.json").read_text())["secrets"]

_WAYS = frozenset(
    {"discoveryUrl", "api", "nextLink", "continuationToken", "primaryRegionResourceProviderUri"}
    | {"subscriptionId", "resourceGroup"}
)
"""Fields that lead on; changed, nothing more would be asked."""
_WORD = re.compile(r"[\w.:+-]{0,80}")
_REFERENCES = ("/subscriptions/", "azureml:", "wasb", "abfs", "adl:", "runs:", "models:", "$")
_BETWEEN = (" ", "\n", "\t", "'", '"', "(", ", ", "; ", "|", "<", "`", "=")
"""What may stand around a secret in running text."""
_NAMES = frozenset({"id", "name", "assetId", "image"})


class Planter:
    """Changes bodies. planted: how often each shape was put somewhere."""

    def __init__(self, *, beside: bool, start: int = 0) -> None:
        self.planted: Counter[str] = Counter()
        self._beside = beside
        self._number = start
        self._lock = threading.Lock()

    def __call__(self, body: Any) -> Any:
        with self._lock:
            return self._changed(body, "")

    def secret(self) -> str:
        """The next secret."""
        self._number += 1
        shape = _SHAPES[self._number % len(_SHAPES)]
        self.planted[shape["why"]] += 1
        text = str(shape["text"])
        pem = f"-----BEGIN RSA PRIVATE KEY-----\n{self._canary()}\n-----END RSA PRIVATE KEY-----"
        for name, value in {"JWT": JWT, "PEM": pem, "B64": B64, "CANARY": self._canary()}.items():
            text = text.replace(f"<<{name}>>", value)
        return text

    def _canary(self) -> str:
        return f"{CANARY}{self._number:08d}"

    def _changed(self, value: Any, field: str) -> Any:
        if isinstance(value, dict):
            changed = {name: self._changed(held, name) for name, held in value.items()}
            if field in ("tags", "properties", "parameters", "environmentVariables") and all(
                isinstance(held, str) for held in value.values()
            ):
                changed |= {"a-note": self.secret(), "another": f"see {self.secret()} there"}
                if not self._beside:
                    changed[self.secret()] = "a name"
            if "description" in value and self._beside:
                changed["description"] = f"Ask Priya. {self.secret()}"
            return changed
        if isinstance(value, list):
            return [self._changed(held, field) for held in value]
        if not isinstance(value, str) or field in _WAYS:
            return value
        if value.startswith("https://") or (value.startswith("azureml:") and "/paths/" in value):
            # As a user writes it who has been given a signed address.
            signed = f"sv=2024-11-04&sig={self._canary()}%3D"
            self._number += 1
            return f"{value}{'&' if '?' in value else '?'}{signed}"
        if not self._beside:
            between = _BETWEEN[self._number % len(_BETWEEN)]
            return f"{value}{between}{self.secret()}{between}"
        if field in _NAMES or _WORD.fullmatch(value) or value.startswith(_REFERENCES):
            return value
        return f"{value} {self.secret()}"
