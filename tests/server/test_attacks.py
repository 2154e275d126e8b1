"""What an attack may cost: no look at the index, no resolver, a small answer, nothing in the log."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from lineage.api.session import Session
from lineage.server.app import application
from tests.api.test_limits import Untouched
from tests.server.attacks import bodies
from tests.server.browser import Browser

MOST = 64 * 1024
"""Bytes of an answer to an attack."""

ATTACKS = bodies()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_before_anything_is_run(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Every resolver needs a view: none is opened for any of these."""
    content, status, code = ATTACKS[name]
    views: list[Any] = []
    monkeypatch.setattr(Session, "view", lambda *_: views.append(1))
    with Browser(application(Untouched())) as client, caplog.at_level(logging.INFO):  # type: ignore[arg-type]
        answer = client.post("/graphql", content=content, headers={"content-type": "application/json"})
    told = answer.json()
    assert (answer.status_code, told["errors"][0]["extensions"]["code"]) == (status, code)
    assert "data" not in told
    assert len(answer.content) <= MOST
    assert views == []
    assert [record for record in caplog.records if record.name.startswith("lineage")] == []
