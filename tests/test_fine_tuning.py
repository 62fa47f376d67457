"""Fine-tuning: jobs over real files, their events and checkpoints, the models they leave, who may use those."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from asking import HEADERS, ask, chat, request

from mockai import MockAI
from mockai.clock import ManualClock
from mockai.http import Request
from mockai.multipart import Part, build, usual_headers
from mockai.registry import registry

JOBS = "/v1/fine_tuning/jobs"
JOB = "fine_tuning/fine_tuning_job.FineTuningJob"
EVENTS = "fine_tuning/fine_tuning_job_event.FineTuningJobEvent.cursor"
CHECKPOINTS = "fine_tuning/jobs/fine_tuning_job_checkpoint.FineTuningJobCheckpoint.cursor"
CHAT = {"messages": [{"role": "user", "content": "hi there"}, {"role": "assistant", "content": "Hello!"}]}
PAIR = {"prompt": "hi", "completion": "Hello!"}
PREFERENCE = {
    "input": {"messages": CHAT["messages"][:1]},
    "preferred_output": CHAT["messages"][1:],
    "non_preferred_output": [{"role": "assistant", "content": "No."}],
}


def mocked(**options: Any) -> MockAI:
    return MockAI(clock=ManualClock(), **options)


def file(mock: MockAI, *examples: Any, count: int = 12, purpose: str = "fine-tune") -> str:
    data = b"\n".join(json.dumps(each).encode() for each in examples * count)
    parts = (
        Part("purpose", headers=usual_headers("purpose", None, None), data=purpose.encode()),
        Part("file", headers=usual_headers("file", "train.jsonl", None), data=data),
    )
    media = ("content-type", "multipart/form-data; boundary=x")
    return str(
        json.loads(ask(mock, Request("POST", "/v1/files", "", (HEADERS[0], media), build(parts, "x"))).content)["id"]
    )


def told(mock: MockAI, path: str, query: str = "", method: str = "GET", **body: Any) -> Any:
    return json.loads(ask(mock, request(path, method=method, query=query, **body)).content)


def begun(mock: MockAI, *examples: Any, **more: Any) -> Any:
    body = {"model": "gpt-4o-mini", "training_file": file(mock, *(examples or (CHAT,)))} | more
    return json.loads(ask(mock, Request("POST", JOBS, "", HEADERS, json.dumps(body).encode())).content)


def ended(mock: MockAI, *examples: Any, **more: Any) -> Any:
    return told(mock, f"{JOBS}/{begun(mock, *examples, **more)['id']}")


def events(mock: MockAI, id: str) -> list[str]:
    page = told(mock, f"{JOBS}/{id}/events", "limit=1000")
    assert registry().valid(EVENTS, page, "produce")
    return [event["message"] for event in page["data"]]


def test_a_new_job_is_as_the_api_shows_it() -> None:
    mock = mocked()
    job = begun(mock, suffix="acme", seed=7, metadata={"a": "b"})
    assert registry().valid(JOB, job, "produce")
    assert job["id"].startswith("ftjob-")
    assert job == job | {
        "object": "fine_tuning.job",
        "model": "gpt-4o-mini-2024-07-18",
        "created_at": 1_750_000_000,
        "finished_at": None,
        "fine_tuned_model": None,
        "result_files": [],
        "status": "validating_files",
        "hyperparameters": {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"},
        "trained_tokens": None,
        "user_provided_suffix": "acme",
        "seed": 7,
        "metadata": {"a": "b"},
        "integrations": [],
    }
    assert [each["id"] for each in told(mock, JOBS, "metadata[a]=b")["data"]] == [job["id"]]
    assert told(mock, JOBS, "metadata[a]=c") == {"object": "list", "data": [], "has_more": False}


def test_a_job_that_is_done_has_a_model_and_results() -> None:
    mock = mocked()
    job = ended(mock, suffix="acme")
    assert registry().valid(JOB, job, "produce")
    assert (job["status"], job["finished_at"], job["error"]) == ("succeeded", 1_750_000_000, None)
    assert job["fine_tuned_model"].startswith("ft:gpt-4o-mini-2024-07-18:mockai:acme:")
    assert job["hyperparameters"] == {"n_epochs": 8, "batch_size": 1, "learning_rate_multiplier": 2.0}
    assert job["method"]["supervised"]["hyperparameters"] == job["hyperparameters"]
    assert job["trained_tokens"] == 12 * 8 * 15
    [id] = job["result_files"]
    results = told(mock, f"/v1/files/{id}")
    assert (results["purpose"], results["filename"]) == ("fine-tune-results", "step_metrics.csv")
    table = base64.b64decode(ask(mock, request(f"/v1/files/{id}/content", method="GET")).content).decode().splitlines()
    assert table[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert [line.partition(",")[0] for line in table[1:]] == [str(step) for step in range(1, 97)]


def test_events_tell_the_whole_story_the_newest_first() -> None:
    mock = mocked()
    validated = file(mock, CHAT, count=3)
    job = ended(mock, validation_file=validated, hyperparameters={"n_epochs": 2})
    checkpoint, last = (
        each["fine_tuned_model_checkpoint"] for each in told(mock, f"{JOBS}/{job['id']}/checkpoints")["data"][::-1]
    )
    story = events(mock, job["id"])
    assert story[:3] == [
        "The job has successfully completed",
        f"New fine-tuned model created: {last}",
        f"Checkpoint created at step 12 with Snapshot ID: {checkpoint}",
    ]
    assert story[3].startswith("Step 24/24: training loss=")
    assert ", validation loss=" in story[3]
    assert ", full validation loss=" in story[3]
    assert story[-5].startswith("Step 1/24: training loss=")
    assert story[-4:] == [
        "Fine-tuning job started",
        "Files validated, moving job to queued state",
        f"Validating training file: {job['training_file']} and validation file: {validated}",
        f"Created fine-tuning job: {job['id']}",
    ]
    page = told(mock, f"{JOBS}/{job['id']}/events", "limit=2")
    assert page["has_more"]
    rest = told(mock, f"{JOBS}/{job['id']}/events", f"limit=2&after={page['data'][1]['id']}")
    assert [event["message"] for event in rest["data"]] == story[2:4]
    assert rest["data"][1]["type"] == "metrics"
    assert rest["data"][1]["data"]["total_steps"] == 24


@pytest.mark.parametrize(("epochs", "steps"), [(1, [12]), (2, [24, 12]), (5, [60, 48, 36])])
def test_the_last_three_epochs_leave_checkpoints_that_answer(epochs: int, steps: list[int]) -> None:
    mock = mocked()
    job = ended(mock, hyperparameters={"n_epochs": epochs})
    page = told(mock, f"{JOBS}/{job['id']}/checkpoints")
    assert registry().valid(CHECKPOINTS, page, "produce")
    assert [each["step_number"] for each in page["data"]] == steps
    names = [each["fine_tuned_model_checkpoint"] for each in page["data"]]
    assert names[0] == job["fine_tuned_model"]
    assert [name.rpartition(":")[2] for name in names[1:]] == [f"ckpt-step-{step}" for step in steps[1:]]
    listed = [model["id"] for model in told(mock, "/v1/models")["data"]]
    assert set(names) <= set(listed)
    for name in names:
        assert told(mock, f"/v1/models/{name}") == {
            "id": name, "object": "model", "created": 1_750_000_000, "owned_by": "mockai", "shutdown_date": None,
        }  # fmt: skip
        assert json.loads(ask(mock, chat(model=name)).content)["model"] == name


def test_a_tuned_model_can_be_tuned_further_and_deleted() -> None:
    mock = mocked(admission="semantic")
    first = ended(mock)["fine_tuned_model"]
    second = ended(mock, model=first)["fine_tuned_model"]
    assert second.startswith("ft:gpt-4o-mini-2024-07-18:mockai::")
    assert told(mock, f"/v1/models/{first}", method="DELETE") == {"object": "model", "id": first, "deleted": True}
    for method in ("GET", "DELETE"):
        assert told(mock, f"/v1/models/{first}", method=method)["error"]["code"] == "model_not_found"
    assert first not in {model["id"] for model in told(mock, "/v1/models")["data"]}
    gone = ask(mock, chat(model=first))
    assert (gone.status, json.loads(gone.content)["error"]["code"]) == (404, "model_not_found")
    assert ask(mock, chat(model=second)).status == 200


def test_a_tuned_model_that_was_made_elsewhere_is_known_until_it_is_deleted() -> None:
    mock, name = mocked(), "/v1/models/ft:gpt-4o-mini-2024-07-18:acme::abc"
    assert told(mock, name)["owned_by"] == "acme"
    assert told(mock, name, method="DELETE")["deleted"]
    assert told(mock, name)["error"]["code"] == "model_not_found"


@pytest.mark.parametrize(
    ("method", "example"),
    [
        ({"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.5}}}, PREFERENCE),
        ({"type": "supervised"}, PAIR),
        (
            {
                "type": "reinforcement",
                "reinforcement": {
                    "grader": {"type": "string_check", "name": "g", "operation": "eq", "input": "a", "reference": "b"}
                },
            },
            CHAT,
        ),
    ],
)
def test_each_method_has_examples_and_hyperparameters_of_its_own(method: Any, example: Any) -> None:
    job = ended(mocked(), example, method=method)
    assert job["status"] == "succeeded"
    assert registry().valid(JOB, job, "produce")
    own = job["method"][method["type"]]["hyperparameters"]
    assert "auto" not in own.values()
    assert (own.get("beta"), own.get("reasoning_effort")) == {
        "dpo": (0.5, None), "supervised": (None, None), "reinforcement": (None, "default"),
    }[method["type"]]  # fmt: skip


START = "The job failed due to an invalid training file. "
FORM = START + "Invalid file format. "
BUT = "but the specified fine-tuning job is not using"


@pytest.mark.parametrize(
    ("example", "method", "code", "message"),
    [
        ({"messages": [{"content": "x"}]}, "supervised", "invalid_training_file",
         FORM + "Example 1, message 0 Discriminator 'role' is missing in value"),
        ({"text": "x"}, "supervised", "invalid_training_file",
         START + "Unexpected file format, expected either prompt/completion pairs or chat messages."),
        ({"messages": CHAT["messages"][:1]}, "supervised", "invalid_training_file",
         FORM + "Example 1, last message must be from the assistant"),
        (PREFERENCE, "supervised", "invalid_training_file",
         FORM + f"Input file {{file}} is in the preference format, {BUT} 'dpo' as the training method "
         "(provided method=supervised)."),
        (CHAT, "dpo", "invalid_training_file",
         FORM + f"Input file {{file}} is in the fine-tune-chat format, {BUT} 'supervised' as the training method "
         "(provided method=dpo)."),
    ],
)  # fmt: skip
def test_a_job_with_a_bad_file_fails_and_says_why(example: Any, method: str, code: str, message: str) -> None:
    mock = mocked()
    job = ended(mock, example, method={"type": method})
    words = message.format(file=job["training_file"])
    assert job["status"] == "failed"
    assert job["error"] == {"code": code, "message": words, "param": "training_file"}
    assert registry().valid(JOB, job, "produce")
    assert events(mock, job["id"])[0] == words
    assert told(mock, f"{JOBS}/{job['id']}/checkpoints")["data"] == []


def test_ten_examples_are_the_fewest() -> None:
    mock = mocked()
    job = ended(mock, training_file=file(mock, CHAT, count=9))
    assert job["error"] == {
        "code": "invalid_n_examples",
        "message": "Training file has 9 example(s), but must have at least 10 examples",
        "param": "training_file",
    }


def test_a_file_for_validation_is_read_too() -> None:
    mock = mocked()
    assert ended(mock, validation_file=file(mock, {"text": "x"}, count=1))["error"]["param"] == "validation_file"


@pytest.mark.parametrize("name", ["training_file", "validation_file"])
@pytest.mark.parametrize("purpose", [None, "assistants"])
def test_a_file_must_be_there_for_this(name: str, purpose: str | None) -> None:
    mock = mocked()
    id = file(mock, CHAT, purpose=purpose) if purpose else "file-none"
    assert begun(mock, **{name: id})["error"] == {
        "message": f"invalid {name}: {id}",
        "type": "invalid_request_error",
        "param": name,
        "code": None,
    }


def test_a_job_can_rest_and_go_on() -> None:
    mock = mocked()
    path = f"{JOBS}/{begun(mock)['id']}"
    assert told(mock, f"{path}/pause", method="POST")["status"] == "paused"
    job = told(mock, path)
    assert (job["status"], registry().valid(JOB, job, "produce")) == ("paused", True)
    assert "Cannot pause" in told(mock, f"{path}/pause", method="POST")["error"]["message"]
    assert told(mock, f"{path}/resume", method="POST")["status"] == "queued"
    assert told(mock, path)["status"] == "succeeded"
    for verb in ("pause", "resume"):
        assert f"Cannot {verb}" in told(mock, f"{path}/{verb}", method="POST")["error"]["message"]


def test_a_job_can_be_cancelled_until_it_is_over() -> None:
    mock = mocked()
    path = f"{JOBS}/{begun(mock)['id']}"
    assert told(mock, f"{path}/cancel", method="POST")["status"] == "cancelled"
    assert told(mock, path)["finished_at"] == 1_750_000_000
    again = told(mock, f"{path}/cancel", method="POST")["error"]
    assert again["message"] == f"Job has already completed: {path.rpartition('/')[2]}"


def test_a_job_takes_a_step_at_a_time_where_looks_move_it() -> None:
    mock = mocked(lifecycle="looks=1")
    path = f"{JOBS}/{begun(mock)['id']}"
    assert [told(mock, path)["status"] for _ in range(4)] == ["queued", "running", "succeeded", "succeeded"]


@pytest.mark.parametrize("path", ["", "/events", "/checkpoints"])
def test_an_unknown_job(path: str) -> None:
    assert told(mocked(), f"{JOBS}/123{path}")["error"] == {
        "message": "Could not find fine tune: 123",
        "type": "invalid_request_error",
        "param": "fine_tune_id",
        "code": "fine_tune_not_found",
    }


def test_what_was_never_made_may_be_conjured() -> None:
    mock = mocked(missing="conjure")
    job = told(mock, JOBS, method="POST", model="gpt-4o", training_file="file-x", validation_file="file-y")
    assert told(mock, f"{JOBS}/{job['id']}")["status"] == "succeeded"
    for verb, status in (("pause", "succeeded"), ("resume", "queued"), ("cancel", "cancelled")):
        assert told(mock, f"{JOBS}/ftjob-x/{verb}", method="POST")["status"] == status


def test_projects_may_be_let_at_a_checkpoint() -> None:
    mock, path = mocked(), "/v1/fine_tuning/checkpoints/ft:gpt-4o:a::b:ckpt-step-3/permissions"
    made = told(mock, path, method="POST", project_ids=["proj_a", "proj_b"])
    assert registry().valid(
        "fine_tuning/checkpoints/permission_create_response.PermissionCreateResponse.page", made, "produce"
    )
    ids = [each["id"] for each in made["data"]]
    assert [each["id"] for each in told(mock, path)["data"]] == ids[::-1]
    assert [each["id"] for each in told(mock, path, "order=ascending")["data"]] == ids
    assert [each["id"] for each in told(mock, path, "project_id=proj_b")["data"]] == ids[1:]
    gone = told(mock, f"{path}/{ids[0]}", method="DELETE")
    assert gone == {"deleted": True, "id": ids[0], "object": "checkpoint.permission"}
    assert [each["id"] for each in told(mock, path)["data"]] == ids[1:]
    assert "error" in told(mock, f"{path}/{ids[0]}", method="DELETE")


@pytest.mark.parametrize(
    ("model", "method", "message"),
    [
        ("gpt-9", "supervised", "Model gpt-9 is not available for fine-tuning or does not exist."),
        ("gpt-5", "supervised", "Model gpt-5 is not available for fine-tuning or does not exist."),
        ("o4-mini", "supervised", "Model o4-mini does not support fine-tuning with the method 'supervised'."),
        ("gpt-4.1", "reinforcement", "Model gpt-4.1 does not support fine-tuning with the method 'reinforcement'."),
    ],
)
def test_which_models_can_be_tuned(model: str, method: str, message: str) -> None:
    mock = mocked(admission="semantic")
    grader = {"grader": {"type": "string_check", "name": "g", "operation": "eq", "input": "a", "reference": "b"}}
    how = {"type": method} | ({"reinforcement": grader} if method == "reinforcement" else {})
    assert begun(mock, model=model, method=how)["error"]["message"] == message
    assert "error" not in begun(mock) or begun(mock)["error"] is None
