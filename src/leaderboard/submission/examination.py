"""One pass of a submission through all checks, each told as soon as it is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from leaderboard.local_models import hash_model_folder
from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import (
    ChatTemplate,
    EvalRequest,
    ModelFacts,
    ModelReference,
    ModelSource,
    ModelType,
    Precision,
    Provenance,
    Status,
    WithdrawalReason,
    new_request,
)
from leaderboard.submission.estimate import TimeEstimate, memory_needed, seconds_until_its_turn
from leaderboard.submission.findings import CheckName, Facts, Finding, Outcome, passed, refused, skipped, warned
from leaderboard.submission.hub_model import find_public_model
from leaderboard.submission.local_folder import name_of_folder, read_provenance
from leaderboard.submission.model_name import check_hub_id, check_revision, echo, looks_like_folder, typed_folder
from leaderboard.submission.premises import AUTO_PRECISION, BASELINES, Premises, Submitter, Wish
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError
from leaderboard.submission.skeleton import fetch_skeleton

_Choice = TypeVar("_Choice", Precision, ChatTemplate)

_LISTED = 5


@dataclass(frozen=True)
class Candidate:
    """A submission that passed every check: it only has to be queued."""

    request: EvalRequest
    folder: Path | None
    """Where a local model lies."""
    memory_bytes: int | None
    """What its evaluation will need; None where the size is not known."""
    time: TimeEstimate
    place: int
    wait_seconds: float


@dataclass(frozen=True)
class _Subject:
    """What was found under the name that was typed."""

    reference: ModelReference
    weights_sha256: str | None = None
    provenance: Provenance | None = None
    folder: Path | None = None


class Examination:
    """The checks of one wish. Iterate over `findings` once; then there is a candidate, or there were refusals."""

    def __init__(self, premises: Premises, wish: Wish, by: Submitter) -> None:
        self._premises, self._wish, self._by = premises, wish, by
        self._at = CheckName.NAME
        self._name = echo(wish.model.strip())
        self._facts = Facts()
        self._subject: _Subject | None = None
        self.refusals: list[Finding] = []
        self.candidate: Candidate | None = None

    @property
    def name(self) -> str:
        """The model's name as far as it is known; else what was typed, made fit to be shown."""
        return self._name

    def findings(self) -> Iterator[Finding]:
        """Make the checks. Those that need what an earlier one did not find are told as skipped, or not at all."""
        for finding in self._made():
            told = self._as_wished(finding).replaced(words={**finding.words, "model": self.name})
            self._facts = self._facts.with_those_of(finding.facts)
            if told.outcome is Outcome.REFUSED:
                self.refusals.append(told)
            yield told

    def _as_wished(self, finding: Finding) -> Finding:
        """A template that is never to be used hinders nothing by being broken."""
        unused = self._wish.chat_template == ChatTemplate.NONE and finding.check is CheckName.CHAT_TEMPLATE
        return finding.replaced(outcome=Outcome.WARNED) if unused and finding.outcome is Outcome.REFUSED else finding

    def _made(self) -> Iterator[Finding]:
        try:
            chat_template = _chosen(ChatTemplate, self._wish.chat_template)
            precision = _chosen_precision(self._wish.precision)
            yield from self._found()
            if self._subject is None or self.refusals:
                return
            request = self._request(self._subject, precision, chat_template)
            yield from self._judged(request, self._subject.folder)
        except SubmissionRefusedError as no:
            yield refused(self._at, no.problem.code, **no.problem.parameters)

    def _found(self) -> Iterator[Finding]:
        """Find what was meant, and learn what it is."""
        text, revision = self._wish.model.strip(), self._wish.revision.strip()
        folders = self._by.folders_allowed
        if self._wish.baseline:
            self._subject = _Subject(_baseline(text))
            yield passed(CheckName.NAME)
        elif not text:
            raise SubmissionRefusedError(ProblemCode.MODEL_MISSING)
        elif not looks_like_folder(text, folders_allowed=folders):
            yield from self._on_the_hub(check_hub_id(text), check_revision(revision))
        elif not folders:
            raise SubmissionRefusedError(ProblemCode.LOCAL_NOT_ALLOWED)
        elif revision:
            raise SubmissionRefusedError(ProblemCode.LOCAL_WITH_REVISION, revision=echo(revision))
        else:
            yield from self._in_a_folder(typed_folder(text))

    def _on_the_hub(self, model_id: str, revision: str) -> Iterator[Finding]:
        yield passed(CheckName.NAME)
        self._at = CheckName.PUBLIC
        model = find_public_model(self._premises.hub, model_id, revision)
        self._name = model.reference.name
        yield passed(CheckName.PUBLIC, revision=model.reference.revision)
        self._at = CheckName.FILES
        with TemporaryDirectory(prefix="model-") as folder:
            fetch_skeleton(self._premises.hub, model, Path(folder))
            yield passed(CheckName.FILES, count=str(len(model.files)))
            yield from self._premises.read(Path(folder), self._premises.quantisations)
        self._subject = _Subject(model.reference, weights_sha256=model.weights_sha256)

    def _in_a_folder(self, folder: Path) -> Iterator[Finding]:
        name = self._name = name_of_folder(folder)
        provenance = read_provenance(folder)
        yield passed(CheckName.NAME)
        yield from self._premises.read(folder, self._premises.quantisations)
        if self.refusals:  # reading all weights takes long, and would name what nobody evaluates
            return
        hashes = hash_model_folder(folder)
        reference = ModelReference(source=ModelSource.LOCAL, name=name, revision=hashes.files)
        self._subject = _Subject(reference, hashes.weights, provenance, folder)

    def _request(self, subject: _Subject, precision: Precision | None, chat_template: ChatTemplate) -> EvalRequest:
        if self._wish.baseline:
            chosen, facts = Precision.NONE, ModelFacts(type=ModelType.BASELINE)
        else:
            # Packed weights are computed in bfloat16, as their publishers' own code does.
            chosen = precision or self._facts.native_precision or Precision.BFLOAT16
            facts = self._facts.as_model_facts(weights_sha256=subject.weights_sha256, provenance=subject.provenance)
        request = new_request(
            model=subject.reference,
            precision=chosen,
            chat_template=chat_template,
            tasks=self._premises.suite.wanted(),
            suite=self._premises.suite.label,
            facts=facts,
            submitted_at=self._premises.clock(),
        )
        return request.replaced(submitted_by=self._by.account)

    def _judged(self, request: EvalRequest, folder: Path | None) -> Iterator[Finding]:
        """Hold a request against the machine and the queue."""
        view = self._premises.queue.view()
        memory = None
        if not self._wish.baseline:
            self._at = CheckName.SIZE
            memory = memory_needed(self._facts, request.precision, self._premises.batch_size)
            yield self._size(memory)
        self._at = CheckName.TIME
        speeds = self._premises.speeds(view)
        time = speeds.estimate(request.tasks, request.facts.parameters)
        place, wait = len(view.pending()) + 1, seconds_until_its_turn(view, speeds)
        yield self._time(time, place, wait)
        self._at = CheckName.DUPLICATE
        yield _first_of_its_kind(view, request)
        if not self._wish.baseline:
            yield _same_weights(view, request)
        if self._by.account is not None and not self._by.quota_exempt:
            self._at = CheckName.QUOTA
            self._premises.quota.check(view, self._by.account, request.model, request.submitted_at)
            yield passed(CheckName.QUOTA)
        if not self.refusals:
            self.candidate = Candidate(request, folder, memory, time, place, wait)

    def _size(self, needed: int | None) -> Finding:
        available = self._premises.memory_bytes()
        words = {"needed": str(needed or 0), "available": str(available)}
        if needed is None:
            return warned(CheckName.SIZE, ProblemCode.SIZE_UNKNOWN, **words)
        if needed > available:
            return refused(CheckName.SIZE, ProblemCode.TOO_BIG, **words)
        return passed(CheckName.SIZE, **words)

    def _time(self, time: TimeEstimate, place: int, wait: float) -> Finding:
        limit = self._premises.time_limit_seconds
        words = {
            "seconds": f"{time.seconds:.0f}",
            "tasks": str(time.tasks),
            "unknown": str(time.unknown),
            "place": str(place),
            "wait": f"{wait:.0f}",
            "limit": f"{limit:.0f}",
        }
        if time.seconds > limit:
            return refused(CheckName.TIME, ProblemCode.TOO_LONG, **words)
        if time.unknown == time.tasks:
            return warned(CheckName.TIME, ProblemCode.TIME_UNKNOWN, **words)
        return passed(CheckName.TIME, **words)


def check_not_withdrawn(view: QueueView, request: EvalRequest) -> None:
    """Refuse a model that maintainers took down, whatever its revision or its name: only they bring it back.

    Raises:
        SubmissionRefusedError: WITHDRAWN.
    """
    weights = request.facts.weights_sha256
    same_weights = [one for one in view.withdrawn() if weights and one.request.facts.weights_sha256 == weights]
    for withdrawal in (entry.state.withdrawal for entry in (*view.of_model(request.model), *same_weights)):
        if withdrawal is not None and withdrawal.reason is WithdrawalReason.TAKEDOWN:
            date = f"{withdrawal.at:%Y-%m-%d}"
            raise SubmissionRefusedError(ProblemCode.WITHDRAWN, model=request.model.name, date=date)


def _first_of_its_kind(view: QueueView, request: EvalRequest) -> Finding:
    check_not_withdrawn(view, request)
    known = view.entries.get(request.id)
    if known is None or known.may_be_submitted_again:
        return passed(CheckName.DUPLICATE)
    return refused(CheckName.DUPLICATE, repetition(known), id=known.id, status=str(known.state.status))


def repetition(known: QueueEntry) -> ProblemCode:
    """Return why the same wish is not taken a second time: it is on its way or there, or it ended in another way."""
    is_there = known.state.status in {Status.PENDING, Status.RUNNING, Status.FINISHED}
    return ProblemCode.DUPLICATE if is_there else ProblemCode.ENDED_BEFORE


def _same_weights(view: QueueView, request: EvalRequest) -> Finding:
    """Tell of the same bytes under another name: a copy is no new model, and several are several tries."""
    if request.facts.weights_sha256 is None:
        return skipped(CheckName.SAME_WEIGHTS)
    others = {
        entry.request.model.name
        for entry in view.entries.values()
        if entry.request.facts.weights_sha256 == request.facts.weights_sha256
        and entry.request.model.name != request.model.name
    }
    if not others:
        return passed(CheckName.SAME_WEIGHTS)
    listed = ", ".join(sorted(others)[:_LISTED]) + (" …" if len(others) > _LISTED else "")
    return warned(CheckName.SAME_WEIGHTS, ProblemCode.SAME_WEIGHTS, others=listed[:400])


def _chosen_precision(text: str) -> Precision | None:
    """Return what was chosen, None for that of the weights; to compute nothing is for baselines alone."""
    if text == AUTO_PRECISION:
        return None
    precision = _chosen(Precision, text)
    if precision is Precision.NONE:
        raise SubmissionRefusedError(ProblemCode.INVALID_CHOICE, choice=text)
    return precision


def _chosen(kind: type[_Choice], text: str) -> _Choice:
    try:
        return kind(text)
    except ValueError:
        raise SubmissionRefusedError(ProblemCode.INVALID_CHOICE, choice=echo(str(text))) from None


def _baseline(name: str) -> ModelReference:
    """A baseline's revision is the version of lm-eval, whose code is all there is to it."""
    if name not in BASELINES:
        raise SubmissionRefusedError(ProblemCode.UNKNOWN_BASELINE, baseline=echo(name), known=", ".join(BASELINES))
    try:
        revision = version("lm_eval")
    except PackageNotFoundError:
        raise SubmissionRefusedError(ProblemCode.EVALUATION_MISSING) from None
    return ModelReference(source=ModelSource.BASELINE, name=name, revision=revision)
