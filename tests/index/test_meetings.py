"""Claims held for settling are the same whether they fit in memory or not."""

from __future__ import annotations

import msgspec
import pytest

from lineage import ids
from lineage.index.meetings import Meetings
from tests.index.toy import Claim


@pytest.mark.parametrize("limit", [1, 500, 10**6])
def test_what_is_spilt_comes_back_with_what_is_held(limit: int) -> None:
    """Every claim once, with all the others of its meeting, in whatever file they were."""
    claims = [Claim(f"place:{n % 7}", "reads", f"job {n}", "job", "x") for n in range(100)]
    with Meetings(msgspec.msgpack.Decoder(Claim).decode, limit) as meetings:
        for claim in claims:
            meetings.add(ids.key(claim.meets), msgspec.msgpack.encode(claim), claim)
        met: dict[int, list[Claim]] = {}
        for bucket in meetings.buckets():
            assert not met.keys() & bucket.keys()
            assert len({key >> 57 for key in bucket}) == 1
            met |= bucket

    assert len(met) == 7
    for key, found in met.items():
        assert sorted(c.subject for c in found) == sorted(c.subject for c in claims if ids.key(c.meets) == key)
