"""What is told of one model version, aspect by aspect."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from lineage.answers import Header
from lineage.graph import Certainty, Evidence, Node
from lineage.lookup import Found

LONGEST: Final = 1024
"""Characters of one value that are shown; what is longer is compared whole."""


class Aspect(StrEnum):
    """What a value tells of, in the order in which a person asks."""

    DATA = "DATA"  # what the job read, by the input's name
    ORIGIN = "ORIGIN"  # data with nothing known before it, by the name of the input that it went in by
    PLACE = "PLACE"  # where data lies, by the same names
    CODE = "CODE"  # snapshot, hash, git repository, branch, commit, whether dirty, script
    ENVIRONMENT = "ENVIRONMENT"  # version, image, conda file, what it is built from
    PACKAGE = "PACKAGE"  # what the conda file asks for, by the package's name
    COMPONENT = "COMPONENT"
    PARAMETER = "PARAMETER"  # what was given by value, by name
    BASE_MODEL = "BASE_MODEL"  # models that the job read, by input, and what a copy was copied from
    COMPUTE = "COMPUTE"
    SUBMITTER = "SUBMITTER"  # who submitted the job, and as whom it ran
    JOB = "JOB"  # the job itself: which, of what type, in which experiment, its command
    SOURCE = "SOURCE"  # output, path and reference as registered
    REGISTRATION = "REGISTRATION"  # who registered the version, and when
    MODEL = "MODEL"  # type, stage, description
    FLAVOR = "FLAVOR"
    TAG = "TAG"
    METRIC = "METRIC"  # as an MLflow server has them


OF_THE_JOB: Final = (
    *(Aspect.DATA, Aspect.ORIGIN, Aspect.PLACE, Aspect.CODE, Aspect.ENVIRONMENT, Aspect.PACKAGE, Aspect.COMPONENT),
    *(Aspect.PARAMETER, Aspect.COMPUTE, Aspect.SUBMITTER, Aspect.JOB, Aspect.METRIC),
)
"""Aspects of which nothing is known when nothing is known of the job."""

OF_THE_MODEL: Final = (Aspect.SOURCE, Aspect.REGISTRATION, Aspect.MODEL, Aspect.FLAVOR, Aspect.TAG)
"""Aspects that the record of the version itself tells."""


class Value(msgspec.Struct, frozen=True):
    """One thing that is told.

    name: which of its aspect: an input, a parameter, `commit`. text: what stands there, cut to `LONGEST`; of a node its
    canonical text. node: the thing, when it is one. identity: what it is compared by. certainty: how far it may be
    believed; AMBIGUOUS where several jobs may have made it and they do not agree.
    """

    aspect: Aspect
    name: str
    text: str
    identity: str
    evidence: Evidence
    node: Node | None = None
    certainty: Certainty = Certainty.CONFIRMED


class Unknown(msgspec.Struct, frozen=True):
    """Why an aspect is not known, in a sentence, what to do, and the thing that was not read when there is one."""

    reason: str
    remedy: str = ""
    node: Node | None = None


class Profile(msgspec.Struct, frozen=True):
    """What one model version was made from, and of whom and what its records speak.

    values: by aspect, then name, then text. unknown: the aspects of which something may be missing, and why.
    """

    header: Header
    found: Found
    values: tuple[Value, ...]
    unknown: dict[Aspect, Unknown]
