"""The emulator's own tests talk to it with the real SDK."""

import pytest

from tests.emulator.fixtures import connect, emulator, served, story

__all__ = ["connect", "emulator", "served", "story"]


@pytest.fixture(autouse=True)
def no_cloud_for_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """An `MLClient` names its cloud in a variable: set and taken away here, it is gone again after the test.

    Only taken away where it is not, nothing would be put back.
    """
    monkeypatch.setenv("AZUREML_CURRENT_CLOUD", "set so that it is put back")
    monkeypatch.delenv("AZUREML_CURRENT_CLOUD")
