"""The rules of provenance: from what the service said to edges with evidence.

Linking has two stages, both pure. `claims(record, known)` reads one record and
says what it says, each claim filed under the key where it *meets* those of
others. `settle(key, claims)` decides, where claims meet, which edges there are,
how sure they are and what else it could have been. Neither needs the other
records, so a publish claims what changed and settles the keys it touched, and
ends at the same edges as settling everything from scratch.

    key                    who meets there
    record:SUBJECT|KIND    nobody: what one record decides alone
    run:ID                 the records of a run; who names the run, by field, reference, path or asset name;
                           its children; its pipeline's wiring. By id, because a registry copy, a bare storage
                           URL and a trial's name do not say which workspace
    place:BAY              readers and writers of places around each other, in the physical spelling. The bay
                           is the outermost folder below root and shared prefixes: whoever contains whom, there
                           they meet, so that "nearest writer" and "nobody" are decided once
    asset:CONTAINER        versions of an asset, and records that name it by label
    same:TEXT              names that hold a workspace GUID

The rules. An edge leads from effect to cause; where one statement has several
witnesses the best founded is kept (the order of derivations is the table's).

    read from                                   edge                                          derivation
    jobName                                     asset -> that job's output, else the job      SERVICE_FIELD
    modelUri, dataUri, codeUri, inputs.*.uri    asset or job -> a place                       SERVICE_FIELD
                                                asset or job -> an output, run or asset       REFERENCE
    originAssetId                               copy copiedFrom original                      SERVICE_FIELD
    datasets[].id                               model wasDerivedFrom data                     SERVICE_FIELD
    environmentId, codeId, componentId          ranIn, ranCode, instanceOf                    SERVICE_FIELD
      (also of a sweep's trial, of a pipeline's steps by name, of components and deployments)
    outputs.*                                   output wasGeneratedBy job; place wasGeneratedBy output;
                                                registered asset wasDerivedFrom output        SERVICE_FIELD
    model of a deployment                       deploys; partOf the endpoint                  SERVICE_FIELD
    sourceJobId                                 job reusedFrom job                            REFERENCE
    parentRunId, rootRunId, pipelinerunid       child partOf parent                           RUN_HISTORY
    dataContainerId, reusedrunid                job reusedFrom the job that ran               RUN_HISTORY
    inputs/outputs.*.assetId of a run           used; asset wasDerivedFrom output             RUN_HISTORY
    best_child_run_id                           output of a sweep or AutoML job wasDerivedFrom that
                                                child's                                       RUN_HISTORY, inferred
    scheduleId                                  job partOf the schedule that started it       RUN_HISTORY, inferred
    endpointname, deploymentname of a batch run job used the batch deployment                 RUN_HISTORY
    action.jobDefinition of a schedule          schedule used, ranIn, ranCode, instanceOf     as of a job
    moduleid                                    instanceOf (NAMING for a named module)         RUN_HISTORY
    a path that names a run                     reader and place -> that run's output         MATERIALISED_PATH
    a run id with a number behind another's     partOf, if that other was read                RUN_HISTORY, inferred
    azureml_RUN_output_[data_]OUTPUT            asset wasDerivedFrom output, if RUN was read  NAMING
    ${{name}} in an output's path               place wasGeneratedBy output                   NAMING
    ${{parent.…}} in a pipeline                 pipeline's output wasDerivedFrom the step's;
                                                step used what the binding says               NAMING
    a label                                     the newest version as old as the record       NAMING
    a place inside another                      reader -> outputs written there               CONTAINMENT
    what an MLflow server says                  see `mlflow`

Decisions that a reader could dispute:

- The job that a model declares and the run that its path names are two edges
  when they differ. They are related only if a record relates them.
- A path that names a run is decisive; its reader gets no containment edge
  beside it. Any other place gets the outputs written there, else those of its
  nearest writing ancestor, and those written inside it. A job's own outputs,
  and those of its steps, are never what it read.
- A pipeline's output and the step's output at the same place are one writer.
- The asset that a reused step, or a pipeline, shows as its output was made by
  the run that its name tells: this run's output derives from it, not it from
  this run. Else a later run would be a cause of what an earlier one made.
- A registry copy's jobName belongs to another workspace: the one that
  originAssetId names, else whichever read workspace has a run of that id (then
  INFERRED, or AMBIGUOUS between several). Its own blob was not written by the
  job, so no edge leads from that place to the run.
- Model to dataset is wasDerivedFrom: `used` is for executions.
- A component's environment and code are `ranIn` and `ranCode` of the component;
  a pipeline is `instanceOf` each step's component, under the step's name.
- Two statements that differ in derivation may come from two keys; they are two
  edges. Every statement of one record, kind and field is made once.

What cannot be followed is a `Loose` end with its reason and remedy.
"""

from __future__ import annotations

from lineage.linking.describing import describe, merged
from lineage.linking.knowing import known
from lineage.linking.ruling import claims
from lineage.linking.settling import settle
from lineage.linking.telling import Claim
from lineage.linking.words import RULES, Description, Known, Settled

__all__ = [
    "RULES",
    "Claim",
    "Description",
    "Known",
    "Settled",
    "claims",
    "describe",
    "known",
    "merged",
    "settle",
]
