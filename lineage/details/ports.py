"""What goes into an execution and comes out of it, as it was asked for: under a name, by reference or as a value."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lineage.details.pairs import MOST, said, words
from lineage.linking.bodies import entries, obj, text
from lineage.records import Json


class Port(msgspec.Struct, frozen=True):
    """An input or output of a job as its record has it.

    type: `uri_folder`, `mlflow_model`, `literal`, …; mode: `ReadOnlyMount`, …; uri: where it points, as submitted.
    value: of a literal. asset: `name:version` under which an output is registered.
    """

    name: str
    type: str | None = None
    mode: str | None = None
    uri: str | None = None
    value: str | None = None
    asset: str | None = None


def inputs(properties: Json, meta: Json) -> tuple[Port, ...]:
    """The inputs of a job: of the ARM body, and of an AutoML or fine-tuning job its data; else of run history."""
    found = [_input(name, spec) for name, spec in entries(properties, "inputs")]
    for group in ("taskDetails", "fineTuningDetails"):
        found += [_input(name, spec) for name, spec in entries(properties, group) if text(spec, "uri")]
    return _merged(found, (_run_port(name, spec) for name, spec in entries(meta, "inputs")))


def outputs(properties: Json, meta: Json, definition: Json) -> tuple[Port, ...]:
    """The outputs of a job, by the ARM body, run history and the definition of the run, the first that says counts."""
    found = []
    for name, spec in entries(properties, "outputs"):
        asset = ":".join(part for part in (text(spec, "assetName"), text(spec, "assetVersion")) if part) or None
        uri, mode = said(spec, "uri"), said(spec, "mode")
        found.append(Port(name, said(spec, "jobOutputType") or said(spec, "job_output_type"), mode, uri, None, asset))
    defined = (
        Port(name, uri=said(obj(spec, "outputLocation", "uri"), "path"), mode=said(spec, "mechanism"))
        for name, spec in entries(definition, "outputData")
    )
    return _merged(found, [*(_run_port(name, spec) for name, spec in entries(meta, "outputs")), *defined])


def _input(name: str, spec: Json) -> Port:
    kind = said(spec, "jobInputType") or said(spec, "job_input_type")
    return Port(name, kind, said(spec, "mode"), said(spec, "uri"), words(spec.get("value")))


def _run_port(name: str, spec: Json) -> Port:
    return Port(name, said(spec, "type"), uri=said(spec, "assetId"))


def _merged(first: Iterable[Port], others: Iterable[Port]) -> tuple[Port, ...]:
    known = {port.name: port for port in first}
    for port in others:
        known.setdefault(port.name, port)
    return tuple(known[name] for name in sorted(known)[:MOST])
