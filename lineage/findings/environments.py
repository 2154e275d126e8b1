"""Rules on environment versions: whether building or pulling them again gives the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lineage.findings import pins
from lineage.findings.ground import Ground, listed, said
from lineage.findings.words import Code, Finding, Severity, of_fact
from lineage.graph import Node
from lineage.linking.bodies import obj, text
from lineage.records import RecordKind

_KIND = RecordKind.ENVIRONMENT_VERSION


def environments(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """MUTABLE_ENVIRONMENT by image, and UNPINNED_PACKAGES."""
    ground.read(node.key for node in things)
    for node in things:
        for record in ground.records(node.key):
            if record.kind is not _KIND:
                continue
            properties = obj(record.body, "properties")
            image = text(properties, "image")
            if image and (kept := pins.image(image)) is not pins.Image.DIGEST:
                moving = kept is pins.Image.MOVING
                why = "by `latest` or no tag" if moving else "by a tag and without a digest"
                yield ground.finding(
                    Code.MUTABLE_ENVIRONMENT,
                    node,
                    f"Environment {said(node.text)} names its image {why}: {image}.",
                    [of_fact(node, _KIND.value, "properties.image", image)],
                    severity=None if moving else Severity.NOTE,
                )
            asked = pins.packages(properties.get("condaFile"))
            if asked is not None and asked.loose:
                yield ground.finding(
                    Code.UNPINNED_PACKAGES,
                    node,
                    f"Environment {said(node.text)} asks for {listed(asked.loose, 5)} without a fixed version.",
                    [of_fact(node, _KIND.value, "properties.condaFile", one) for one in asked.loose],
                )
            break
