"""`lineage relink` and `lineage verify-index`: keeping an index and trusting it."""

from __future__ import annotations

from typing import Any

import click

from lineage.cli.progress import reporter
from lineage.settings import index_path

index_option = click.option(
    "--index", metavar="FILE", help="The index file. Default: $LINEAGE_INDEX, else the user's data directory."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
DIFFERENT = 4
"""Exit code when the index is not what it says it is."""


@click.command(
    epilog="""\b
Examples:
  lineage relink                  after an update: link what was crawled by the new rules
  lineage relink --verify         link it again aside, compare digests, change nothing
  lineage relink --verify --json

Exit codes: 0 done or equal; 3 nothing was published yet; 4 the rebuilt index differs, or the file cannot be
used; 75 another process is publishing."""
)
@index_option
@click.option(
    "--verify", is_flag=True, help="Change nothing: rebuild the current generation aside and compare digests."
)
@json_option
def relink(index: str | None, verify: bool, as_json: bool) -> int:
    """Link every record again by this version's rules.

    The result is a new generation; earlier ones stay as they were published. Nothing is read from Azure.
    """
    from lineage.index import open_index

    store = open_index(index_path(index))
    if verify:
        with reporter() as report:
            rebuilt = store.rebuild(report)
        equal = not rebuilt.difference
        said = f"generation {rebuilt.generation}: the digest of the rebuilt index is equal, {rebuilt.rebuilt}"
        if not equal:
            said = (
                f"generation {rebuilt.generation}: {rebuilt.difference}\n  published {rebuilt.published}\n"
                f"  rebuilt   {rebuilt.rebuilt}\n  run `lineage relink` to publish what the records say now"
            )
        _say({"equal": equal, **_fields(rebuilt)}, said, as_json=as_json)
        return 0 if equal else DIFFERENT
    before = store.digest
    with reporter() as report:
        generation = store.relink(report)
    changed = generation.digest != before
    _say(
        {"changed": changed, **_fields(generation)},
        f"generation {generation.number} is published under rules {generation.rules}: "
        + ("what it says has changed" if changed else "it says the same as the one before")
        + f"\n  {generation.counts.get('nodes', 0):,} things, {generation.counts.get('edges', 0):,} edges, digest "
        + generation.digest,
        as_json=as_json,
    )
    return 0


@click.command(
    epilog="""\b
Examples:
  lineage verify-index
  lineage verify-index --index team.db --json

Exit codes: 0 the index is what was published; 4 it is not, and the first difference is named."""
)
@index_option
@json_option
def verify_index(index: str | None, as_json: bool) -> int:
    """Count and hash every row of every generation again and compare with what was published."""
    from lineage.index import open_index

    store = open_index(index_path(index))
    with reporter() as report:
        verification = store.verify(report)
    sound = not verification.difference
    read = ", ".join(f"{count:,} {table}" for table, count in verification.rows.items())
    if sound:
        count = verification.generations
        said = (
            f"the index is what was published: {count} generation{'' if count == 1 else 's'}, digest "
            f"{verification.digest or 'none yet'}\n  rows read: {read or 'none'}"
        )
    else:
        said = (
            f"the index is not what was published: {verification.difference}\n"
            "  restore it from a backup, or move it away and crawl again"
        )
    _say({"sound": sound, **_fields(verification)}, said, as_json=as_json)
    return 0 if sound else DIFFERENT


def _fields(value: Any) -> dict[str, Any]:
    import msgspec

    return msgspec.structs.asdict(value)


def _say(told: dict[str, Any], said: str, *, as_json: bool) -> None:
    if as_json:
        import msgspec

        said = msgspec.json.encode(told).decode()
    click.echo(said)
