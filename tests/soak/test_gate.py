"""How much of an enforced limit a crawl uses, through the real SDK and TLS, for as long as it takes to tell."""

from __future__ import annotations

import pytest

from tests.emulator.server import serve
from tests.sources.test_gate_over_https import crawl, limited, populated

pytestmark = pytest.mark.soak
MODELS = 2000
FAST = 2.0
"""No faster than this machine serves and asks with ease: what is measured is the gate, not TLS."""


@pytest.mark.parametrize("said", [True, False], ids=["with remaining reads", "without"])
@pytest.mark.parametrize("others", [0.0, 25 / 3], ids=["alone", "contended"])
def test_what_a_limit_leaves_is_used(tmp_path, others, said):
    """At least 0.95 of it, with or without another client that takes a third; the same facts as without a limit."""
    estate, workspace = populated(MODELS)
    with serve(estate, tmp_path) as emulator:
        quiet = crawl(emulator, workspace, tmp_path, [])
        limit = limited(emulator, others, said, FAST)
        facts = crawl(emulator, workspace, tmp_path, [], FAST)

    print(f"used {limit.used():.3f}: served {limit.served}, refused {limit.refused}, others {limit.taken}")
    assert facts == quiet
    assert limit.used() >= 0.95
