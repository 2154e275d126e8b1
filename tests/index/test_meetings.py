"""Claims held for settling are the same whether they fit in memory or not."""

from __future__ import annotations

import msgspec
import pytest

from lineage import ids
from lineage.index.meetings import Meetings, unpacked
from tests.index.toy import Claim


@pytest.mark.parametrize("limit", [1, 500, 10**6])
def test_what_is_spilt_comes_back_with_what_is_held(limit: int) -> None:
    """Every claim once, with all the others of its meeting, in whatever file they were."""
    claims = [Claim(f"place:{n % 7}", "reads", f"job {n}", "job", "x") for n in range(100)]
    decode = msgspec.msgpack.Decoder(Claim).decode
    with Meetings(limit) as meetings:
        for claim in claims:
            meetings.add(ids.key(claim.meets), msgspec.msgpack.encode(claim))
        met: dict[int, list[Claim]] = {}
        for bucket in range(ids.BUCKETS):
            found = meetings.take(bucket) if bucket % 2 else unpacked(meetings.take_packed(bucket))
            assert {key >> 57 for key in found} <= {bucket}
            assert not meetings.take(bucket)
            met |= {key: [decode(claim) for claim in claims] for key, claims in found.items()}

    assert len(met) == 7
    for key, said in met.items():
        assert sorted(c.subject for c in said) == sorted(c.subject for c in claims if ids.key(c.meets) == key)
