"""Fixtures for whoever talks to the emulator: the standard estate served, and the SDK pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.emulator.contoso import Contoso, contoso
from tests.emulator.credential import EmulatorCredential
from tests.emulator.estate import Registry, Workspace
from tests.emulator.server import Emulator, serve


@pytest.fixture(scope="session")
def story() -> Contoso:
    """The standard estate. Nobody changes it."""
    return contoso()


@pytest.fixture(scope="session")
def served(story: Contoso, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with serve(story.estate, tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def emulator(served: Emulator) -> Iterator[Emulator]:
    """The served standard estate, its counts at zero and without faults."""
    served.forget()
    yield served
    served.forget()


def client(emulator: Emulator, scope: Workspace | Registry, **more: Any) -> Any:
    """The real `MLClient`, pointed at the emulator by cloud metadata and a certificate: no patching."""
    from azure.ai.ml import MLClient

    names = (
        {"registry_name": scope.name}
        if isinstance(scope, Registry)
        else {
            "subscription_id": scope.subscription,
            "resource_group_name": scope.group,
            "workspace_name": scope.name,
        }
    )
    options: dict[str, Any] = {
        # The SDK keeps the metadata of the first cloud of a name for the life of the process.
        "cloud": f"emulator at {emulator.url}",
        "cloud_metadata": emulator.cloud,
        "connection_verify": str(emulator.ca_bundle),
        "enable_telemetry": False,
        "show_progress": False,
        "retry_backoff_factor": 0,
    }
    return MLClient(EmulatorCredential(emulator.token), **names, **options, **more)


@pytest.fixture
def connect(emulator: Emulator) -> Callable[..., Any]:
    """`connect(scope)` gives an `MLClient` on that workspace or registry of the standard estate.

    The client names its cloud in the environment, which whoever uses this puts back.
    """
    return lambda scope, **more: client(emulator, scope, **more)
