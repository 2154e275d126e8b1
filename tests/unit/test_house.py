"""The house rules that a newcomer breaks first: what stands where, and who may import whom."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from lineage import errors

ROOT = Path(__file__).parents[2]


def tracked() -> list[str]:
    """Paths of the checkout as git has them; of the folder itself where there is no git (an unpacked sdist)."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return listed.stdout.splitlines()
    return [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()]


def test_the_visible_top_level_is_exactly_the_agreed_one():
    """Anything else at the top is either misplaced or generated."""
    visible = {p.split("/")[0] for p in tracked() if not p.startswith(".")}

    assert visible == {"pyproject.toml", "lineage", "graphql", "tests", "README.md", "Makefile"}


def test_the_documents_folder_holds_no_python():
    """`graphql/x.py` would shadow the package graphql-core for everything run from the checkout."""
    assert list((ROOT / "graphql").rglob("*.py")) == []

    import graphql

    assert "site-packages" in str(graphql.__file__)


def test_imports_go_down_only_and_each_framework_has_one_door():
    """The contracts of pyproject.toml, checked by import-linter."""
    linter = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "0 broken" in done.stdout


FLOORS = {
    "strawberry-graphql": "0.327.2",
    "graphql-core": "3.3.0",
    "starlette": "1.3.1",
    "h11": "0.16",
}
"""Below these versions a published vulnerability applies to what the service exposes."""


@pytest.mark.parametrize("package", sorted(FLOORS))
def test_security_floors_hold_in_metadata_and_in_this_environment(package):
    """A floor only in the lock file would not protect who installs the wheel."""
    declared = {Requirement(r).name: Requirement(r) for r in requires("azureml-lineage") or []}

    assert Version(version(package)) >= Version(FLOORS[package])
    assert f">={FLOORS[package]}" in str(declared[package].specifier)


def _tree(base: type[errors.LineageError]) -> list[type[errors.LineageError]]:
    return [base] + [c for sub in base.__subclasses__() for c in _tree(sub)]


def test_every_error_has_a_machine_code_of_its_own():
    """A script that matches on `code` must never meet one code for two meanings."""
    codes = [e.code for e in _tree(errors.LineageError)]

    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", c) for c in codes)


def test_the_drawn_error_tree_is_the_real_one():
    """The docstring is what people read; it may not drift from the classes."""
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")

    assert sorted(drawn) == sorted(e.__name__ for e in _tree(errors.LineageError)[1:])
