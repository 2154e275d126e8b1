"""Runs roc-validator on a crate without a network: the contexts that it would fetch are given to it.

    python ro_crate.py CRATE CONTEXT      run by the environment that has roc-validator; prints its issues as JSON

CONTEXT is `ro-crate.jsonld` as the package rocrate ships it.
"""

from __future__ import annotations

import io
import json
import sys
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.response import addinfourl

CRATE, CONTEXT = sys.argv[1:3]


class Contexts(urllib.request.BaseHandler):
    """Answers for w3id.org from the file; every other address is refused."""

    handler_order = 100  # before those that ask the network

    def https_open(self, request: urllib.request.Request) -> addinfourl:
        url = request.full_url
        if not url.startswith("https://w3id.org/ro/"):
            raise OSError(f"{url} is not asked for here")
        headers = Message()
        headers["Content-Type"] = "application/ld+json"
        text = Path(CONTEXT).read_bytes() if url.endswith("/context") else b'{"@context": {}}'
        answer = addinfourl(io.BytesIO(text), headers, url, 200)
        answer.msg = "OK"  # type: ignore[attr-defined]
        return answer

    http_open = https_open


def main() -> None:
    urllib.request.install_opener(urllib.request.build_opener(Contexts()))
    from rocrate_validator import models, services

    settings = services.ValidationSettings(
        rocrate_uri=CRATE,
        profile_identifier="process-run-crate-0.5",
        requirement_severity=models.Severity.REQUIRED,
        metadata_only=True,
    )
    result = services.validate(settings)
    issues: list[dict[str, Any]] = [
        {"check": issue.check.identifier, "severity": issue.severity.name, "message": issue.message}
        for issue in result.get_issues()
    ]
    print(json.dumps({"passed": result.passed(), "issues": issues}))


if __name__ == "__main__":
    main()
