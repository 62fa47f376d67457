"""Runs of evals: each item of the data is sampled from a model of this mock, if the run says so, and graded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from ..call import Call
from ..collection import collections, filled
from ..dice import HEX, dice, token
from ..errors import BadRequest
from ..grading import UnknownVariable
from ..grading import filled as said
from ..http import Reply, Request
from ..kinds import at, existing, fields, found, made, shown
from ..lifecycle import Move, enter
from ..resources import Resource
from . import Mock, behaviour
from .files import file_named
from .graders import content, grade, refusal

EVALS, ITEMS = "/evals", "/evals/{eval_id}/runs/{run_id}/output_items"
PASSING = {"string_check": 1.0, "label_model": 1.0, "text_similarity": 0.5, "score_model": 0.5, "python": 1.0}
"""The score from which a criterion passes that does not say."""


class NoMessages(ValueError):
    """A field of an item that a run takes for messages, and that holds none."""


NONE = {"code": "", "message": ""}
SAMPLED = {"temperature": 1.0, "top_p": 1.0, "seed": 42, "max_completion_tokens": 2048}
"""How samples are drawn where a run does not say."""


@behaviour("evals.runs.create")
def create(call: Call, mock: Mock) -> Reply:
    """A run that waits for its turn. Raises NotFound for an unknown eval or file, BadRequest for unreadable data."""
    existing(call, mock)
    given = fields(call)
    source = given["data_source"]
    data = list(_items(source["source"], call, mock))
    run = made(
        call,
        mock,
        status="queued",
        model=source.get("model") or "none",
        name=given.get("name") or "Unnamed run",
        metadata=given.get("metadata") or {},
        error=NONE,
        per_model_usage=[],
        per_testing_criteria_results=[],
        result_counts={"total": 0, "errored": 0, "failed": 0, "passed": 0},
    )
    run.value["report_url"] = f"https://platform.openai.com/evaluations/{call.values['eval_id']}?run={run.id}"
    criteria = at(collections()[EVALS], EVALS, call.values["eval_id"], mock, call).value["testing_criteria"]
    mock.resources.set_out(run, _work(call, mock, source, data, criteria))
    return shown(call, mock, run)


@behaviour("evals.runs.cancel")
def cancel(call: Call, mock: Mock) -> Reply:
    """A run that grades no further. Raises BadRequest for one that has ended."""
    run = found(call, mock)
    if run.value["status"] in ("completed", "failed", "canceled") and not run.conjured:
        raise BadRequest(f"Cannot cancel an eval run with status '{run.value['status']}'.")
    mock.resources.set_out(run, None)
    enter(run, "canceled", mock.clock.now())
    return shown(call, mock, run)


def _items(source: Mapping[str, Any], call: Call, mock: Mock) -> Iterator[dict[str, Any]]:
    """The items of a run's data, each with the sample that came with it, if one did."""
    match source["type"]:
        case "file_content":
            yield from source["content"]
        case "file_id":
            file = file_named(source["id"], mock, call)
            for number, line in enumerate((file.content or b"").splitlines(), 1):
                try:
                    value = orjson.loads(line)
                except orjson.JSONDecodeError:
                    value = None
                if isinstance(value, dict) and isinstance(value.get("item"), dict):
                    yield value
                elif not file.conjured:
                    raise BadRequest(f"Line {number} of the file is not an object with an item.", param="data_source")
        case "stored_completions":
            for each in mock.resources.all("/chat/completions"):
                if _meant(each.value, source):
                    text = each.value["choices"][0]["message"].get("content") or ""
                    yield {"item": {"input": each.private.get("messages", [])}, "sample": {"output_text": text}}
        case "responses":
            for each in mock.resources.all("/responses"):
                if _meant(each.value, source):
                    yield {
                        "item": {"input": each.value.get("instructions")},
                        "sample": {"output_text": _text(each.value)},
                    }


def _meant(value: Mapping[str, Any], source: Mapping[str, Any]) -> bool:
    asked = source.get("metadata")
    wanted = asked if isinstance(asked, dict) else {}
    right = all((value.get("metadata") or {}).get(name) == part for name, part in wanted.items())
    return right and source.get("model") in (None, value.get("model"))


def _work(
    call: Call, mock: Mock, source: Mapping[str, Any], data: Sequence[Mapping[str, Any]], criteria: Sequence[Any]
) -> Move:
    """The way of a run through its items to its results."""

    def grade_all(run: Resource, now: float) -> None:
        counts = {"total": len(data), "errored": 0, "failed": 0, "passed": 0}
        results = {each["name"]: {"testing_criteria": each["name"], "passed": 0, "failed": 0} for each in criteria}
        usage: dict[str, dict[str, Any]] = {}
        where = filled(ITEMS, {"eval_id": run.value["eval_id"], "run_id": run.id})
        for number, each in enumerate(data):
            item = _graded(call, mock, source, each, criteria, run, number, now)
            outcome = {"pass": "passed", "fail": "failed", "error": "errored"}[item["status"]]
            counts[outcome] += 1
            for result in item["results"]:
                results[result["name"]]["passed" if result["passed"] else "failed"] += 1
            _count(usage, item["sample"])
            mock.resources.add(where, item)
        run.value["result_counts"] = counts
        run.value["per_testing_criteria_results"] = list(results.values())
        run.value["per_model_usage"] = list(usage.values())
        enter(run, "completed", now)

    def begin(run: Resource, now: float) -> Move:
        enter(run, "in_progress", now)
        return grade_all

    return begin


def _graded(
    call: Call,
    mock: Mock,
    source: Mapping[str, Any],
    given: Mapping[str, Any],
    criteria: Sequence[Mapping[str, Any]],
    run: Resource,
    number: int,
    now: float,
) -> dict[str, Any]:
    """One item of the data as an output item: what a model said to it, and what each criterion finds of that."""
    sample = _sampled(mock, source, given)
    variables = {"item": given["item"], "sample": {"output_text": _output(sample), **(given.get("sample") or {})}}
    grades = [(criterion, grade(criterion, variables, mock)) for criterion in criteria]
    results = [
        {"name": criterion["name"], "type": criterion["type"], "score": found.reward, "sample": None}
        | {"passed": not found.errors and found.reward >= _least(criterion)}
        for criterion, found in grades
    ]
    wrong = sample["error"]["code"] or any(found.errors for _, found in grades)
    status = "error" if wrong else "pass" if all(result["passed"] for result in results) else "fail"
    return {
        "id": "outputitem_" + token(dice("output item", call.seed, run.id, number), 32, HEX),
        "object": "eval.run.output_item",
        "created_at": int(now),
        "run_id": run.id,
        "eval_id": run.value["eval_id"],
        "status": status,
        "datasource_item_id": number,
        "datasource_item": given["item"],
        "results": results,
        "sample": sample,
    }


def _least(criterion: Mapping[str, Any]) -> float:
    """The score from which a criterion passes."""
    told: float | None = criterion.get("pass_threshold")
    return PASSING[criterion["type"]] if told is None else told


def _sampled(mock: Mock, source: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a model of this mock says to an item; what came with the data, where the run samples nothing."""
    asked = source.get("sampling_params") or {}
    known = {**SAMPLED, **{name: asked[name] for name in SAMPLED if asked.get(name) is not None}}
    sample: dict[str, Any] = {
        "model": source.get("model") or "none",
        "input": [],
        "output": [],
        "finish_reason": "stop",
    }
    sample |= {**known, "error": NONE, "usage": _used({})}
    if "input_messages" not in source or not source.get("model"):
        text = (given.get("sample") or {}).get("output_text") or ""
        return sample | {"output": [{"role": "assistant", "content": text}] if text else []}
    try:
        sample["input"] = list(_messages(source["input_messages"], given))
    except UnknownVariable as error:
        return sample | {"error": {"code": "invalid_variable", "message": f"The item has no {error}."}}
    except NoMessages as error:
        return sample | {"error": {"code": "invalid_item_reference", "message": str(error)}}
    chat = source["type"] == "completions"
    body = {"model": source["model"], "messages" if chat else "input": sample["input"]}
    body |= {
        name: asked[name] for name in ("temperature", "top_p", "response_format", "tools", "text") if name in asked
    }
    if asked.get("max_completion_tokens"):
        body["max_completion_tokens" if chat else "max_output_tokens"] = asked["max_completion_tokens"]
    path = "/v1/chat/completions" if chat else "/v1/responses"
    reply = mock.ask(Request("POST", path, "", (("content-type", "application/json"),), orjson.dumps(body)))
    if reply.status >= 400:
        return sample | {"error": refusal(reply)}
    value = orjson.loads(reply.content)
    text = (value["choices"][0]["message"].get("content") or "") if chat else _text(value)
    finish = value["choices"][0]["finish_reason"] if chat else "stop"
    heard = {"model": value["model"], "output": [{"role": "assistant", "content": text}], "finish_reason": finish}
    return sample | heard | {"usage": _used(value.get("usage") or {})}


def _messages(wanted: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The messages that an item becomes: a template filled, or those that a field of the item holds."""
    if wanted["type"] == "item_reference":
        reference = wanted["item_reference"]
        try:
            listed = orjson.loads(said("{{" + reference + "}}", given))
            messages = [{"role": each["role"], "content": str(each["content"])} for each in listed]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise NoMessages(f"{reference} is not a list of messages, each with a role and a content.") from None
        yield from messages
        return
    for each in wanted["template"]:
        yield {"role": each["role"], "content": content(each["content"], given)}


def _output(sample: Mapping[str, Any]) -> str:
    return "".join(each["content"] or "" for each in sample["output"])


def _text(response: Mapping[str, Any]) -> str:
    parts = [part for item in response["output"] if item["type"] == "message" for part in item["content"]]
    return "".join(part.get("text") or "" for part in parts)


def _used(usage: Mapping[str, Any]) -> dict[str, int]:
    given = usage.get("prompt_tokens", usage.get("input_tokens")) or 0
    spoken = usage.get("completion_tokens", usage.get("output_tokens")) or 0
    return {"total_tokens": given + spoken, "completion_tokens": spoken, "prompt_tokens": given, "cached_tokens": 0}


def _count(usage: dict[str, dict[str, Any]], sample: Mapping[str, Any]) -> None:
    if not sample["usage"]["total_tokens"]:
        return
    none = {"model_name": sample["model"], "invocation_count": 0, **_used({})}
    one = usage.setdefault(sample["model"], none)
    one["invocation_count"] += 1
    for name, count in sample["usage"].items():
        one[name] += count
