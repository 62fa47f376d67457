"""Fine-tuning: jobs that read their files, train step by step, and leave a model behind that answers.

The messages of the events, the order they come in and the names of checkpoints are those of real jobs, as their owners
show them. A job is validating_files, then queued, running, and succeeded; failed where a file is bad.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import catalogue, kinds, pages, tokens, training
from ..answers import answer
from ..call import Call
from ..collection import collections, place
from ..dice import dice, token
from ..errors import BadRequest
from ..http import Reply
from ..lifecycle import Move
from ..resources import Resource
from . import Mock, behaviour
from .chat_tokens import prompt_tokens
from .files import keep
from .models import PLACE as MODELS

JOBS = "/fine_tuning/jobs"
EVENTS = "/fine_tuning/jobs/{fine_tuning_job_id}/events"
CHECKPOINTS = "/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints"
ORGANIZATION = "mockai"
PLAIN = ("n_epochs", "batch_size", "learning_rate_multiplier")
OWN: dict[str, tuple[str, ...]] = {
    "supervised": PLAIN,
    "dpo": (*PLAIN, "beta"),
    "reinforcement": (*PLAIN, "compute_multiplier", "eval_interval", "eval_samples", "reasoning_effort"),
}
"""The hyperparameters of each method."""

PAUSABLE = ("validating_files", "queued", "running")
OVER = ("succeeded", "failed", "cancelled")
KEPT_EPOCHS = 3
"""Epochs, counted from the end, whose models are kept."""


@behaviour("fine_tuning.jobs.create")
def create(call: Call, mock: Mock) -> Reply:
    """A new job. Raises BadRequest for a file that is not there, or is not there for this."""
    body = kinds.fields(call)
    files = {name: _file(call, mock, f"{name}_file", body.get(f"{name}_file")) for name in ("training", "validation")}
    rng, now = kinds.chance(call, mock), mock.clock.now()
    method, asked = _method(body)
    value = {
        "object": "fine_tuning.job",
        "id": collections()[JOBS].id(rng),
        "model": catalogue.answers_as(body["model"]),
        "created_at": int(now),
        "finished_at": None,
        "fine_tuned_model": None,
        "organization_id": f"org-{ORGANIZATION}",
        "result_files": [],
        "status": "validating_files",
        "validation_file": body.get("validation_file"),
        "training_file": body["training_file"],
        "hyperparameters": {name: asked[name] for name in PLAIN},
        "trained_tokens": None,
        "error": None,
        "user_provided_suffix": body.get("suffix"),
        "seed": rng.randrange(2**31) if body.get("seed") is None else body["seed"],
        "estimated_finish": None,
        "integrations": body.get("integrations") or [],
        "metadata": body.get("metadata"),
        "method": method,
    }
    job = mock.resources.add(JOBS, value)
    _tell(job, mock, call, now, f"Created fine-tuning job: {job.id}")
    _tell(job, mock, call, now, _validating(body))
    mock.resources.set_out(job, _Work(call, mock, files).validate)
    return kinds.shown(call, mock, job)


@behaviour("fine_tuning.jobs.cancel")
def cancel(call: Call, mock: Mock) -> Reply:
    """A job that ends here. Raises BadRequest where it has ended already."""
    job = kinds.found(call, mock)
    if job.value["status"] in OVER and not job.conjured:
        raise BadRequest(f"Job has already completed: {job.id}")
    mock.resources.set_out(job, None)
    job.value |= {"status": "cancelled", "finished_at": int(mock.clock.now())}
    _tell(job, mock, call, mock.clock.now(), "The job has been cancelled")
    return kinds.shown(call, mock, job)


@behaviour("fine_tuning.jobs.pause")
def pause(call: Call, mock: Mock) -> Reply:
    """A job that rests. Raises BadRequest where there is nothing going on; one that was made up stays as it is."""
    job = kinds.found(call, mock)
    if job.conjured:
        return kinds.shown(call, mock, job)
    if job.value["status"] not in PAUSABLE:
        raise _unfit("pause", job)
    job.value["status"] = "paused"
    job.private["rest"] = job.next
    mock.resources.set_out(job, None)
    _tell(job, mock, call, mock.clock.now(), "The job has been paused")
    return kinds.shown(call, mock, job)


@behaviour("fine_tuning.jobs.resume")
def resume(call: Call, mock: Mock) -> Reply:
    """A job that goes on where it rested. Raises BadRequest where it does not rest."""
    job = kinds.found(call, mock)
    if not job.conjured and job.value["status"] != "paused":
        raise _unfit("resume", job)
    job.value["status"] = "queued"
    mock.resources.set_out(job, job.private.pop("rest", None))
    _tell(job, mock, call, mock.clock.now(), "The job has been resumed")
    return kinds.shown(call, mock, job)


@behaviour("fine_tuning.checkpoints.permissions.create")
def permit(call: Call, mock: Mock) -> Reply:
    """The permissions of some projects to use a checkpoint."""
    where, _ = place(call)
    made = [
        mock.resources.add(where, _permission(call, mock, project)) for project in kinds.fields(call)["project_ids"]
    ]
    return answer(pages.envelope(call, made, more=False))


def _permission(call: Call, mock: Mock, project: str) -> dict[str, Any]:
    return {
        "object": "checkpoint.permission",
        "id": f"cp_{token(kinds.chance(call, mock), 24)}",
        "created_at": int(mock.clock.now()),
        "project_id": project,
    }


def _unfit(verb: str, job: Resource) -> BadRequest:
    return BadRequest(f'Cannot {verb} a job {job.id} that already has status "{job.value["status"]}".')


def _file(call: Call, mock: Mock, name: str, id: str | None) -> Resource | None:
    if id is None:
        return None
    if mock.missing == "conjure":
        return kinds.named("/files", id, mock, call)
    found = mock.resources.find("/files", id)
    if found is None or found.value.get("purpose") != "fine-tune":
        raise BadRequest(f"invalid {name}: {id}", param=name)
    return found


def _validating(body: dict[str, Any]) -> str:
    second = f" and validation file: {body['validation_file']}" if body.get("validation_file") else ""
    return f"Validating training file: {body['training_file']}{second}"


def _method(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The method of a job with all of its hyperparameters, and these alone; `auto` is what nobody has decided yet."""
    given = body.get("method") or {"type": "supervised"}
    kind = given["type"]
    own = given.get(kind) or {}
    asked = dict.fromkeys(OWN[kind], "auto") | {
        name: value
        for name, value in {**(body.get("hyperparameters") or {}), **(own.get("hyperparameters") or {})}.items()
        if value is not None
    }
    if asked.get("reasoning_effort") == "auto":
        asked["reasoning_effort"] = "default"
    return {"type": kind, kind: {**own, "hyperparameters": asked}}, asked


def _tell(
    job: Resource, mock: Mock, call: Call, now: float, message: str, *, level: str = "info", data: Any = None
) -> None:
    """Note an event of a job."""
    value = {
        "object": "fine_tuning.job.event",
        "id": collections()[EVENTS].id(kinds.chance(call, mock)),
        "created_at": int(now),
        "level": level,
        "message": message,
        "data": data or {},
        "type": "metrics" if data else "message",
    }
    mock.resources.add(f"{job.path}/events", value)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a job does, one status after the other: each method is a step of its lifecycle.

    How many `examples` it has, and how many `tokens` they are, is the job's own private knowledge.
    """

    call: Call
    mock: Mock
    files: Mapping[str, Resource | None]

    def validate(self, job: Resource, now: float) -> Move | None:
        """Read the files; the job waits for its turn, or has failed."""
        job.private |= {"examples": training.FEWEST, "tokens": 0}
        for name, file in self.files.items():
            if file is None or file.conjured:
                continue
            try:
                found = training.examples(file.content or b"", job.value["method"]["type"], file.id, name)
            except training.BadFile as error:
                self._fail(job, now, f"{name}_file", error)
                return None
            if name == "training":
                job.private |= {"examples": len(found), "tokens": sum(self._size(example) for example in found)}
        _tell(job, self.mock, self.call, now, "Files validated, moving job to queued state")
        job.value["status"] = "queued"
        return self.start

    def start(self, job: Resource, now: float) -> Move | None:
        """Decide what was left open, and run."""
        job.value["status"] = "running"
        method = job.value["method"]
        own = method[method["type"]]
        own["hyperparameters"] = training.resolved(own["hyperparameters"], job.private["examples"])
        job.value["hyperparameters"] = {name: own["hyperparameters"][name] for name in PLAIN}
        _tell(job, self.mock, self.call, now, "Fine-tuning job started")
        return self.succeed

    def succeed(self, job: Resource, now: float) -> Move | None:
        """Train: events for the steps, checkpoints for the last epochs, a file of results, and a model."""
        value = job.value
        epochs, batch = value["hyperparameters"]["n_epochs"], value["hyperparameters"]["batch_size"]
        each = -(-job.private["examples"] // batch)
        total = each * epochs
        ends = [each * epoch for epoch in range(1, epochs + 1)]
        course = training.steps(total, ends, value["seed"], validated=self.files["validation"] is not None)
        for step in course:
            _tell(job, self.mock, self.call, now, step.words(total), data=step.data(total))
        model = self._checkpoints(job, now, {step.number: step for step in course}, ends[-KEPT_EPOCHS:])
        _tell(job, self.mock, self.call, now, f"New fine-tuned model created: {model}")
        results = keep(
            self.call, self.mock, filename="step_metrics.csv", data=training.table(course), purpose="fine-tune-results"
        )
        value |= {
            "status": "succeeded",
            "finished_at": int(now),
            "fine_tuned_model": model,
            "result_files": [results.id],
            "trained_tokens": job.private["tokens"] * epochs,
        }
        _tell(job, self.mock, self.call, now, "The job has successfully completed")
        return None

    def _checkpoints(self, job: Resource, now: float, course: dict[int, training.Step], ends: list[int]) -> str:
        """The models of the last epochs, each under a name of its own; the last is the job's, and its name is given."""
        name = ""
        for end in ends:
            rng = dice(self.call.seed, "model", job.id, end)
            base = job.value["model"].removeprefix("ft:").partition(":")[0]
            name = f"ft:{base}:{ORGANIZATION}:{job.value['user_provided_suffix'] or ''}:{token(rng, 8)}"
            if end != ends[-1]:
                name += f":ckpt-step-{end}"
                _tell(job, self.mock, self.call, now, f"Checkpoint created at step {end} with Snapshot ID: {name}")
            value = {
                "object": "fine_tuning.job.checkpoint",
                "id": collections()[CHECKPOINTS].id(rng),
                "created_at": int(now),
                "fine_tuned_model_checkpoint": name,
                "fine_tuning_job_id": job.id,
                "metrics": course[end].metrics(),
                "step_number": end,
            }
            self.mock.resources.add(f"{job.path}/checkpoints", value)
            model = {"id": name, "object": "model", "created": int(now), "owned_by": ORGANIZATION}
            self.mock.resources.add(MODELS, model)
        return name

    def _fail(self, job: Resource, now: float, param: str, error: training.BadFile) -> None:
        job.value |= {
            "status": "failed",
            "finished_at": int(now),
            "error": {"code": error.code, "message": str(error), "param": param},
        }
        _tell(job, self.mock, self.call, now, str(error), level="error")

    def _size(self, example: dict[str, Any]) -> int:
        """The tokens of an example, counted as those of a chat are."""
        model = kinds.fields(self.call)["model"]
        if "prompt" in example:
            return tokens.count(example["prompt"] + example["completion"], model)
        return sum(prompt_tokens({"messages": messages}, model) for messages in training.texts(example))
