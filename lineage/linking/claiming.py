"""From one record's fields to claims: the steps that every rule is made of.

`Notes` collects what one record says. Its `follow` is the heart: it reads a
reference, finds what it names, and files the edge under the key where those
meet who can confirm, refine or contradict it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lineage import ids, references
from lineage.errors import InvalidReference
from lineage.graph import Certainty, Derivation, LooseReason, Relation
from lineage.ids import Kind, Target
from lineage.linking.ends import ALLOWED, FORMS, REMEDIES, UPLOADS, is_container
from lineage.linking.telling import (
    CUT,
    NUMBER,
    Body,
    Claim,
    Declared,
    End,
    Implicit,
    Label,
    PathNames,
    Reads,
    Same,
    Says,
    Spelled,
    Tie,
    Writes,
)
from lineage.linking.words import Known, guid_in
from lineage.locations import bay, is_too_broad
from lineage.records import Record

_REPEATED: Final = frozenset(ids.ASSET_KINDS.values())
_MOST_READ: Final = 16_384
_scope: Final = lru_cache(maxsize=1024)(ids.scope_of)  # many records, few workspaces
_LONGEST: Final = 4096  # characters of evidence; what the service sends is far below


def run_key(run: str) -> str:
    """Where everything meets that is said about a run, whatever workspace it is in."""
    return f"run:{run}"


def place_key(place: str) -> str:
    """Where everything meets that is said about places around the physical `place`."""
    return f"place:{bay(place)}"


def run_of(text: str) -> str:
    """The run id in the text of a job or of its output."""
    return text.partition("/jobs/")[2].partition("/")[0]


def job_of(output: str) -> str:
    """The text of the job of a job output."""
    return output.rpartition("/outputs/")[0]


class Notes:
    """The claims of one record, while they are being collected."""

    __slots__ = (
        "above",
        "claims",
        "copied",
        "created",
        "cut",
        "ends",
        "home_job",
        "key",
        "kind",
        "known",
        "origin",
        "own",
        "record",
        "scope",
        "subject",
        "ties",
        "told",
        "where",
    )

    def __init__(self, record: Record, known: Known, created: str) -> None:
        self.record = record
        self.known = known
        self.subject = record.subject
        self.scope = _scope(record.scope)
        self.where = record.scope
        if self.scope is None:
            self.scope, self.where = ids.scope_of(record.subject), record.subject
        self.created = created
        self.claims: list[Claim] = []
        self.ties: list[Tie] = []
        self.ends: list[End] = []
        self.kind = record.kind.value
        self.cut = len(record.scope) + 1 if record.subject.startswith(f"{record.scope}/") else 0
        self.own = record.subject[: self.cut]
        self.key = f"record:{record.subject}|{self.kind}"
        self.home_job = ""  # for the record of a run: its job, by the workspace's name
        self.above: tuple[str, ...] = ()  # the jobs that it is part of
        self.told = ""  # for an asset: the job that its record names, by the workspace's name
        self.copied = False  # an asset copied from another, which says better where it came from
        self.origin: ids.Workspace | ids.LocatedWorkspace | None = None  # where the original lives

    def done(self) -> list[Claim]:
        """All claims, those that need nobody packed into one."""
        if self.ties or self.ends:
            self.file(self.key, Says(tuple(self.ties), tuple(self.ends)))
        return self.claims

    def file(self, key: str, body: Body) -> None:
        self.claims.append(Claim(key, self.subject, self.kind, self.cut, body))

    def short(self, text: str) -> str:
        """The text without the workspace or registry that is the record's own."""
        return CUT + text[self.cut :] if self.cut and text.startswith(self.own) else text

    def lose(self, field: str, value: str, reason: LooseReason, remedy: str = "") -> None:
        """A reference that ends here."""
        self.ends.append(End(NUMBER[reason], field, self.short(value[:_LONGEST]), remedy))

    def tie(
        self,
        effect: Target,
        relation: Relation,
        cause: Target,
        field: str,
        value: str,
        derivation: Derivation,
        certainty: Certainty = Certainty.CONFIRMED,
        name: str = "",
    ) -> Tie:
        """An edge of this record's, in the form that a claim keeps."""
        cut, own, told = self.cut, self.own, cause.text
        value = value[:_LONGEST]
        # Eight times for every job: `short` written out, without its calls.
        return Tie(
            NUMBER[relation],
            NUMBER[derivation],
            NUMBER[certainty],
            NUMBER[effect.kind],
            NUMBER[cause.kind],
            "" if effect.text == self.subject else self.short(effect.text),
            CUT + told[cut:] if cut and told.startswith(own) else told,
            field,
            CUT + value[cut:] if cut and value.startswith(own) else value,
            name,
            cause.path if cause.kind is Kind.JOB_OUTPUT else "",
        )

    def say(self, cause: Target, tie: Tie) -> None:
        """An edge to `cause` that this record alone decides, filed where its other witnesses may be."""
        if cause.kind is Kind.JOB_OUTPUT:
            self.file(run_key(run_of(cause.text)), Says((tie,)))
        else:
            self.ties.append(tie)

    def resolve(self, field: str, value: str, collection: str, raw: str = "") -> Target | None:
        """What the reference names; None, with the loose end noted, when it names nothing.

        raw: what stood in the field, if `value` was made from it.
        """
        asked = (self.where, value, collection)
        target = self.known.read.get(asked)
        if target is not None:
            return target
        try:
            reference = references.parse(value)
        except InvalidReference as error:
            remedy = f"{REMEDIES[LooseReason.BROKEN]} ({error.expected} expected)"
            self.lose(field, raw or value, LooseReason.BROKEN, remedy)
            return None
        target = reference.resolve(self.scope, collection)
        if target is None:
            self.lose(field, raw or value, FORMS.get(reference.form, LooseReason.OPAQUE))
        elif target.kind in _REPEATED:
            if len(self.known.read) >= _MOST_READ:
                self.known.read.clear()
            self.known.read[asked] = target
        return target

    def follow(
        self,
        effect: Target,
        relation: Relation,
        field: str,
        value: str,
        *,
        collection: str = "",
        name: str = "",
        derivation: Derivation = Derivation.REFERENCE,
    ) -> Target | None:
        """Reads the reference in a field and links `effect` to what it names.

        Returns the target that was linked to, or None when the reference ends here.
        """
        if not value:
            return None
        target = self.resolve(field, value, collection)
        return None if target is None else self.point(effect, relation, target, field, value, name, derivation)

    def point(
        self,
        effect: Target,
        relation: Relation,
        target: Target,
        field: str,
        value: str,
        name: str = "",
        derivation: Derivation = Derivation.REFERENCE,
    ) -> Target | None:
        """Links `effect` to a target that was read already."""
        if target.kind is Kind.MODEL or (target.kind is Kind.OTHER and is_container(target.text)):
            self.lose(field, value, LooseReason.NO_VERSION)
            return None
        if target.kind not in ALLOWED[relation]:
            wanted = " or ".join(sorted(ALLOWED[relation]))
            self.lose(field, value, LooseReason.OPAQUE, f"it names a {target.kind}, where {relation} leads to {wanted}")
            return None
        if target.text == effect.text:
            self.lose(field, value, LooseReason.OPAQUE, "it names the record itself, so it says nothing of its origin")
            return None
        if target.label:
            tie = self.tie(effect, relation, target, field, value, Derivation.NAMING, Certainty.INFERRED, name)
            self.file(f"asset:{self.known.home(target.text).rpartition('/labels/')[0]}", Label(tie, self.created))
            return target
        if target.kind is Kind.LOCATION or target.kind is Kind.DATASTORE:
            self._place(effect, relation, target, field, value, name)
            return target
        if target.kind is Kind.JOB and relation is Relation.WAS_DERIVED_FROM:
            relation = Relation.WAS_GENERATED_BY
        self.say(target, self.tie(effect, relation, target, field, value, derivation, name=name))
        self.mention(target, field, value)
        return target

    def mention(self, target: Target, field: str, value: str) -> None:
        """What the mere name of a thing says: a GUID that is a workspace, an asset named after a run."""
        home = self.known.home(target.text)
        if home != target.text:
            self._same(target, home)
            if target.kind is Kind.JOB_OUTPUT:
                self._same(Target(Kind.JOB, job_of(target.text)), job_of(home))
        if target.kind is Kind.DATA_VERSION or target.kind is Kind.MODEL_VERSION:
            self.named(target, field, value)

    def named(self, target: Target, field: str, value: str) -> None:
        """An asset that the service named after the run and the output it came from."""
        if "/azureml_" not in target.text:
            return
        readings = references.implicit_asset(target)
        if not readings:
            return
        scope = ids.scope_of(target.text)
        if scope is None:
            return
        run, output = readings[0]
        cause = ids.job_output(scope, run, output)
        tie = self.tie(target, Relation.WAS_DERIVED_FROM, cause, field, value, Derivation.NAMING, Certainty.INFERRED)
        shortest = min((run for run, _ in readings), key=len)
        self.file(run_key(shortest), Implicit(tie, tuple(readings), self.known.home(scope.text)))

    def _same(self, target: Target, home: str) -> None:
        self.file(f"same:{target.text}", Same(NUMBER[target.kind], target.text, home))

    # places

    def _place(self, effect: Target, relation: Relation, target: Target, field: str, value: str, name: str) -> None:
        tie = self.tie(effect, relation, target, field, value, Derivation.SERVICE_FIELD, name=name)
        self.ties.append(tie)
        if is_too_broad(target.text):
            self.lose(field, value, LooseReason.TOO_BROAD)
            return
        place = self.known.physical(target.text)
        if self.run_in_path(effect, relation, target, place, field, value, name):
            self.spelled(target, place)
            return
        if references.is_local_upload(target):
            if not self.copied and self.record.kind in UPLOADS:
                self.lose(field, value, LooseReason.LOCAL_UPLOAD, UPLOADS[self.record.kind])
            self.spelled(target, place)
            return
        at, via = self._meeting(target, place)
        self.file(place_key(place), Reads(tie, at, via, self.home_job, self.above, self.created, self.told))

    def run_in_path(
        self, effect: Target, relation: Relation, target: Target, place: str, field: str, value: str, name: str
    ) -> bool:
        """Links `effect` and the place itself to the output of the run that the path names, if it names one."""
        found = references.materialised(target)
        if found is None or not found.run or not found.output:
            return False
        scope = found.scope
        if scope is None or isinstance(scope, ids.Registry):
            scope = self._owner(place)
        cause, home = Target(Kind.JOB_OUTPUT, "", found.path), ""
        if scope is not None:
            cause = ids.job_output(scope, found.run, found.output, found.path)
            home = self.known.home(ids.job(scope, found.run).text)
        how = Derivation.MATERIALISED_PATH
        tie = self.tie(effect, relation, cause, field, value, how, Certainty.INFERRED, name)
        # A registry's own storage holds a copy: the run did not write there.
        spelled = "" if isinstance(self.scope, ids.Registry) else self.short(target.text)
        self.file(run_key(found.run), PathNames(tie, spelled, self.short(home), found.output, self.created))
        if scope is not None:
            self.mention(cause, field, value)
        return True

    def _owner(self, place: str) -> ids.Scope | None:
        """The workspace that a bare storage place belongs to, by the datastores that were read."""
        return self.origin or ids.scope_of(self.known.workspace_of(place))

    def _meeting(self, target: Target, place: str) -> tuple[str, str]:
        """The physical place if it is not the spelling itself, and whose record says that it is the same."""
        if target.text == place:
            return "", ""
        store = self.known.home(target.text).partition("/paths/")[0]
        return place, store if store in self.known.datastores else self.known.guids[guid_in(target.text)]

    def spelled(self, target: Target, place: str) -> None:
        """Notes the spelling of a place, where another spelling of it may exist."""
        at, via = self._meeting(target, place)
        if at or self.known.has_aliases(place):
            self.file(place_key(place), Spelled(at, self.short(target.text), self.short(via)))

    def writes(
        self,
        target: Target,
        place: str,
        found: references.Materialised | None,
        output: Target,
        field: str,
        value: str,
        derivation: Derivation,
    ) -> None:
        """An output of this run is written at `target`, physically `place`, whose path names the run `found`."""
        own = found is not None and found.run == run_of(self.subject)
        certainty = Certainty.INFERRED if derivation is Derivation.NAMING else Certainty.CONFIRMED
        tie = self.tie(target, Relation.WAS_GENERATED_BY, output, field, value, derivation, certainty)
        if own:
            self.ties.append(tie)
        if own and found is not None and found.output == "artifacts":
            self.spelled(target, place)  # whoever reads inside names the run, and nothing contains it
            return
        at, via = self._meeting(target, place)
        self.file(place_key(place), Writes(tie, at, via, self.home_job, self.above, self.created, own))

    # names of jobs

    def declared(
        self, effect: Target, job: Target | None, run: str, target: Target | None, field: str, value: str
    ) -> None:
        """The asset's record names the job that it came from; `job` is None when its workspace is not known."""
        found = references.materialised(target) if target is not None and target.kind is Kind.LOCATION else None
        tie = self.tie(
            effect,
            Relation.WAS_GENERATED_BY,
            job or Target(Kind.JOB, ""),
            field,
            value,
            Derivation.SERVICE_FIELD,
            Certainty.CONFIRMED if job else Certainty.INFERRED,
        )
        self.file(
            run_key(run),
            Declared(
                tie,
                self.short(self.known.home(job.text)) if job else "",
                self.known.physical(target.text) if target is not None and target.kind is Kind.LOCATION else "",
                found.run if found else "",
                found.output if found else "",
                found.path if found else "",
                self.created,
            ),
        )
        if job:
            self.mention(job, field, value)
