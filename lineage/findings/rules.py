"""The rules in words: the one place that documentation, reports, SARIF and the command line take them from."""

from __future__ import annotations

from typing import Final

from lineage.findings.words import Code, Rule, Severity
from lineage.ids import Kind

_MADE: Final = (Kind.MODEL_VERSION, Kind.DATA_VERSION, Kind.JOB)

RULES: Final[dict[Code, Rule]] = {
    rule.code: rule
    for rule in (
        Rule(
            Code.NO_PROVENANCE,
            Severity.ERROR,
            "No job is known to have made this model version",
            "Neither the service nor the path of the model names a job, and nobody is known to have written where it "
            "lies. A version copied from a registry counts by what it was copied from. A base model of somebody else "
            "is found too: nothing in Azure ML says where it comes from.",
            "register the model from the output of the job that made it (azureml://jobs/JOB/outputs/OUTPUT)",
            (Kind.MODEL_VERSION,),
        ),
        Rule(
            Code.LOOSE_SOURCE,
            Severity.WARNING,
            "A reference that cannot be followed hides what this was made from",
            "A record names something that leads nowhere: text in no known scheme, broken grammar, a template that was "
            "never filled in, a whole datastore, or a label that fits no version. Uploads from a local disk, places "
            "outside Azure ML and places that no job wrote are not counted: there lineage ends of itself.",
            "correct the reference at its source, or register what it names as an asset",
            (*_MADE, Kind.DEPLOYMENT),
        ),
        Rule(
            Code.AMBIGUOUS_PRODUCER,
            Severity.ERROR,
            "Several jobs wrote the place that this was made from",
            "A place was written by more than one job, so it is one of them that made what was read there. The last "
            "that ended before the reader was created is the likeliest, and all are kept. The times are those of the "
            "jobs; the service does not say when a file was last written.",
            "let each job write to a place of its own: leave the output's path to the service, and register from there",
            _MADE,
        ),
        Rule(
            Code.JOB_DIFFERS,
            Severity.WARNING,
            "The job that the model version declares is not the run whose files it holds",
            "The service's field `jobName` names one job, and the path of the model lies in the output of another run. "
            "Where the records tell how the two belong together (a step of the declared pipeline, or an earlier run "
            "that a step reused) the finding says so and is a note.",
            "trace both; whoever repeats the training must repeat the run that wrote the files",
            (Kind.MODEL_VERSION,),
        ),
        Rule(
            Code.JOB_DELETED,
            Severity.ERROR,
            "A job behind a model version no longer exists in the service",
            "The service answers 404 for a job that a record still names. What it ran, with which data and code, can "
            "be learnt only from what an earlier crawl kept.",
            "keep the recording or the index of a crawl that still had it; set retention so that jobs outlive models",
            (Kind.JOB,),
        ),
        Rule(
            Code.CROSS_WORKSPACE,
            Severity.WARNING,
            "Made from something in another workspace",
            "The direct source lies in another workspace, whose access, retention and records are managed apart. "
            "Copies through a registry are not counted: that is what registries are for. Nor are the data assets that "
            "the service makes for each run.",
            "share the source through a registry, or waive the finding where it is meant so",
            _MADE,
        ),
        Rule(
            Code.DIRTY_GIT,
            Severity.WARNING,
            "The code was submitted from a working tree with changes that were not committed",
            "The job's property `azureml.git.dirty` is true: the commit it names is not what ran. What ran is the code "
            "snapshot, as long as that is kept.",
            "submit from a clean checkout; until then compare the code snapshot with the commit",
            (Kind.JOB,),
        ),
        Rule(
            Code.NO_GIT,
            Severity.NOTE,
            "The job names no commit of its code",
            "The job ran code from a snapshot, and neither it, nor a pipeline that it is part of, nor a run that it "
            "reuses names a git commit. The client writes these properties when it submits from a git checkout.",
            "submit from a git checkout, so that the job names repository and commit",
            (Kind.JOB,),
        ),
        Rule(
            Code.MUTABLE_ENVIRONMENT,
            Severity.WARNING,
            "The environment may be another image tomorrow",
            "The image is named by `latest` or by no tag, or a job names its environment by a label: each run may get "
            "another one. A fixed tag without a digest is a note, because whoever owns the repository can move it. "
            "An environment that is built from a Dockerfile is not judged: the file lies outside the records.",
            "name the image by digest (REPOSITORY@sha256:…), and the environment by version",
            (Kind.ENVIRONMENT_VERSION, Kind.JOB, Kind.DEPLOYMENT),
        ),
        Rule(
            Code.UNPINNED_PACKAGES,
            Severity.WARNING,
            "Packages of the environment have no fixed version",
            "The conda file asks for packages without a version, with a range, or from a moving place, so building it "
            "again may give other code. `name=1.2` of conda and `name==1.2` of pip count as fixed; so does an address "
            "with a commit or a digest. What a requirements file says lies outside the records.",
            "write the exact version of each package, as `pip freeze` or `conda env export` print it",
            (Kind.ENVIRONMENT_VERSION,),
        ),
        Rule(
            Code.RAW_URI,
            Severity.WARNING,
            "A path was read though a data asset is registered for it",
            "The job names a place, and a data version registered before it names the same place or a folder around "
            "it. Read through the asset, the version would be on record and access could be managed with it. Assets "
            "that the service makes for each run are not counted.",
            "name the input by its asset: azureml:NAME:VERSION",
            (Kind.JOB,),
        ),
        Rule(
            Code.TRAIN_TEST_OVERLAP,
            Severity.ERROR,
            "Test data is, or comes from, the data that the model was trained on",
            "The inputs called test, validation, evaluation or holdout are compared with the training data of the same "
            "job, or of the jobs that made the model it evaluates: the same version, a path in the other, or, as a "
            "warning, data that was derived from the other. Roles are known by the names of inputs only, and a split "
            "inside a program is seen by nobody.",
            "evaluate on data that training never read, and register both as versions of their own",
            (Kind.JOB,),
        ),
        Rule(
            Code.RETIRED_DEPLOYED,
            Severity.ERROR,
            "A deployment serves a model version that is archived or deleted",
            "The model version behind the deployment is archived, or the service no longer has it. What is served "
            "can then not be looked at, compared or deployed again.",
            "deploy a version that is in use, or restore this one if it was archived by mistake",
            (Kind.DEPLOYMENT,),
        ),
        Rule(
            Code.UNRESOLVED_DEPLOYED,
            Severity.ERROR,
            "It is not known what a deployment serves",
            "The deployment names a model that was never read, may not be read by the identity of the crawl, or whose "
            "name leads nowhere.",
            "crawl the workspace or registry of the model, or grant the crawl's identity Reader there",
            (Kind.DEPLOYMENT,),
        ),
        Rule(
            Code.SAME_PERSON,
            Severity.WARNING,
            "One identity trained, registered and deployed",
            "The records name the same identity as submitter of the job, as creator of the model version and as "
            "creator of the deployment. Identities are compared as the service writes them. Where it does not say who "
            "deployed, nobody is guessed: the finding is then a note on the two that are known. An application as "
            "identity is a note too, because it does not say who started it.",
            "have another person, or a pipeline that needs an approval, deploy; the Activity Log tells who did",
            (Kind.DEPLOYMENT,),
        ),
        Rule(
            Code.STALE_SCOPE,
            Severity.WARNING,
            "What is known of a workspace or registry is old or not whole",
            "It was last crawled longer ago than allowed, or a listing was not read to its end, so something may be "
            "missing or gone. Answers through the service count the age up to when the generation was published; "
            "`lineage check` counts up to now.",
            "crawl it again: lineage crawl TARGET",
            (),
        ),
    )
}
"""Every rule by its code, in the order in which they are told."""

ORDER: Final = {code: number for number, code in enumerate(RULES)}
assert set(RULES) == set(Code), "a code without words"
