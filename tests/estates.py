"""Small random estates, crowded on purpose: few names, so that records keep meeting each other."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lineage.records import Record
from tests import linked
from tests.linked import GUID, LAKE, LOCATED, OTHER, REGISTRY, W

RUNS = ["p", "p_1", "p_HD_2", "c", "c0", "c_output_x"]
NAMES = ["out", "x", "default"]
FOLDERS = [
    "shop",
    "shop/x",
    "shop/x/y",
    "shop/xy",
    "azureml",
    "azureml/c",
    "azureml/c/out",
    "azureml/c0/out/part",
    "ExperimentRun/dcid.c/model",
    "LocalUpload/0123456789abcdef0123456789abcdef/m",
]
INSTANTS = ["", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00.1234567+00:00", "2024-01-03T00:00:00+02:00"]

scopes = st.sampled_from([W, W, OTHER])
runs = st.sampled_from(RUNS)
instants = st.sampled_from(INSTANTS)


def _places() -> st.SearchStrategy[str]:
    folders = st.sampled_from(FOLDERS)
    return st.one_of(
        folders.map(lambda f: f"azureml://datastores/lake/paths/{f}"),
        folders.map(lambda f: linked.place(f, "lake", OTHER)),
        folders.map(lambda f: linked.place(f, "lake", LOCATED)),
        folders.map(lambda f: f"{LAKE}/{f}"),
        st.sampled_from(["azureml://datastores/lake", LAKE, "azureml://datastores/lake/paths/${{date}}/x"]),
    )


places = _places()
assets = st.sampled_from(
    [
        "azureml:d:1",
        "azureml:d@latest",
        "azureml:azureml_c_output_data_out:1",
        "azureml:azureml_c_output_x_output_out:1",
        f"{LOCATED}/data/d/versions/1",
        f"{REGISTRY}/models/m/versions/1",
        "s3://bucket/x",
        "azureml://jobs/",
        "???",
    ]
)
outputs_of_jobs = st.builds(lambda r, o: f"azureml://jobs/{r}/outputs/{o}/paths/p", runs, st.sampled_from(NAMES))
references = st.one_of(places, assets, outputs_of_jobs)
inputs = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.builds(lambda uri: {"uri": uri, "jobInputType": "uri_folder"}, references),
    max_size=2,
)
written = st.one_of(st.none(), places, st.just("azureml://datastores/lake/paths/azureml/${{name}}/${{output_name}}"))
outputs = st.dictionaries(st.sampled_from(NAMES), written.map(linked.output), max_size=2)
wiring = st.just(
    {
        "prep": {"outputs": {"x": {"value": "${{parent.outputs.out}}"}}},
        "train": {
            "inputs": {
                "a": {"value": "${{parent.inputs.a}}"},
                "b": {"value": "${{parent.jobs.prep.outputs.x}}"},
            }
        },
    }
)

jobs = st.builds(
    lambda name, scope, created, ins, outs, kind, steps, parent, env: linked.job(
        name,
        scope=scope,
        created=created,
        inputs=ins,
        outputs=outs,
        jobType=kind,
        jobs=steps if kind == "Pipeline" else None,
        environmentId=env,
        properties={"azureml.pipelinerunid": parent},
    ),
    runs,
    scopes,
    instants,
    inputs,
    st.one_of(st.none(), outputs),
    st.sampled_from(["Command", "Pipeline"]),
    wiring,
    st.one_of(st.none(), runs),
    st.sampled_from([None, "azureml:e@latest", "azureml:e:1"]),
)


def _history(name: str, scope: str, created: str, parent: str | None, physical: str, ports: Any, uri: Any) -> Record:
    definition = {"outputData": {"x": {"outputLocation": {"uri": {"path": uri}}}}} if uri else None
    return linked.run(
        name,
        definition,
        scope=scope,
        created=created,
        parentRunId=parent,
        rootRunId="p",
        displayName="prep" if name < "c0" else "train",
        dataContainerId=f"dcid.{physical}",
        inputs=ports[0],
        outputs=ports[1],
    )


_ports = st.dictionaries(st.sampled_from(NAMES), assets.map(lambda a: {"assetId": a}), max_size=1)
histories = st.builds(
    _history, runs, scopes, instants, st.one_of(st.none(), runs), runs, st.tuples(_ports, _ports), written
)
models = st.builds(
    lambda version, scope, created, uri, job, origin: linked.model(
        "m", version, scope=scope, created=created, modelUri=uri, jobName=job, originAssetId=origin
    ),
    st.sampled_from(["1", "2"]),
    st.sampled_from([W, OTHER, REGISTRY]),
    instants,
    references,
    st.one_of(st.none(), runs),
    st.sampled_from([None, None, f"{LOCATED}/models/m/versions/1"]),
)
datasets = st.builds(
    lambda name, scope, created, uri: linked.data(name, scope=scope, created=created, dataUri=uri),
    st.sampled_from(["d", "azureml_c_output_data_out", "azureml_c_output_x_output_out"]),
    scopes,
    instants,
    st.one_of(places, outputs_of_jobs),
)
environments = st.builds(
    lambda version, scope, created: linked.environment("e", version, scope=scope, created=created),
    st.sampled_from(["1", "2", "3"]),
    scopes,
    instants,
)
deployments = st.builds(
    lambda name, scope, uri: linked.deployment(name, scope=scope, model=uri),
    st.sampled_from(["blue", "green"]),
    scopes,
    references,
)
knowledge = st.sampled_from(
    [
        linked.workspace(),
        linked.workspace(scope=OTHER),
        linked.workspace("99999999-2222-3333-4444-555555555555", OTHER),
        linked.datastore(),
        linked.datastore(scope=OTHER),
        linked.datastore(container="elsewhere"),
    ]
)
records: st.SearchStrategy[Record] = st.one_of(
    jobs, histories, models, datasets, jobs, histories, environments, deployments, knowledge
)
"""One record of the estate. Drawn twice it may be the same thing with another body."""

assert GUID in LOCATED
