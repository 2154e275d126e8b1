"""The published JSON Schemas are those of what is written."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

from lineage.reports.schemas import published
from tests.reports.conftest import made


@pytest.mark.parametrize("name", published())
def test_the_file_is_what_the_code_says(name: str) -> None:
    """Else: python -m lineage.reports.schemas"""
    assert files("lineage.reports.schemas").joinpath(name).read_bytes() == published()[name]


@pytest.mark.parametrize("name", published())
def test_each_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(msgspec.json.decode(published()[name]))


def test_a_manifest_fits_its_schema(index: Path, tmp_path: Path) -> None:
    made(index, tmp_path / "pack")
    validator = Draft202012Validator(msgspec.json.decode(published()["manifest.schema.json"]))
    told = msgspec.json.decode((tmp_path / "pack/manifest.json").read_bytes())

    assert list(validator.iter_errors(told)) == []
    told["files"][0]["sha256"] = 7
    assert [error.message for error in validator.iter_errors(told)] == ["7 is not of type 'string'"]
