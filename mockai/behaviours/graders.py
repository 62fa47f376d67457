"""Graders that really grade: by rule, by a formula over others, or by asking a model, which a stub may script.

Code is never executed: a Python grader says so in its errors, and gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from ..answers import answer
from ..call import Call
from ..errors import BadRequest
from ..grading import BadFormula, UnknownVariable, checked, filled, formula, similarity
from ..http import Reply, Request
from ..kinds import fields
from . import Mock, behaviour

ERRORS = (
    "formula_parse_error",
    "sample_parse_error",
    "truncated_observation_error",
    "unresponsive_reward_error",
    "invalid_variable_error",
    "other_error",
    "python_grader_server_error",
    "python_grader_server_error_type",
    "python_grader_runtime_error",
    "python_grader_runtime_error_details",
    "model_grader_server_error",
    "model_grader_refusal_error",
    "model_grader_parse_error",
    "model_grader_server_error_details",
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(slots=True)
class Grade:
    """What a grader finds: a `reward`, the rewards of its parts by name, what went wrong, and what a model said."""

    reward: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)
    label: str | None = None
    model: str | None = None
    usage: dict[str, dict[str, int]] = field(default_factory=dict)


@behaviour("fine_tuning.alpha.graders.run")
def run(call: Call, mock: Mock) -> Reply:
    """The reward of one sample."""
    asked = fields(call)
    grader, text = asked["grader"], asked["model_sample"]
    _check(grader)
    sample: dict[str, Any] = {"output_text": text}
    with suppress(orjson.JSONDecodeError):
        sample["output_json"] = orjson.loads(text)
    found = grade(grader, {"item": asked.get("item"), "sample": sample}, mock)
    used = sum(each.get("total_tokens", 0) for each in found.usage.values())
    metadata = {
        "name": grader["name"],
        "type": grader["type"],
        "errors": {
            name: found.errors.get(name, None if name.endswith(("type", "details")) else False) for name in ERRORS
        },
        "execution_time": 0.0,
        "scores": found.parts or {grader["name"]: found.reward},
        "token_usage": used or None,
        "sampled_model_name": found.model,
    }
    return answer(
        {
            "reward": found.reward,
            "metadata": metadata,
            "sub_rewards": found.parts,
            "model_grader_token_usage_per_model": found.usage,
        }
    )


@behaviour("fine_tuning.alpha.graders.validate")
def validate(call: Call, _mock: Mock) -> Reply:
    """The grader as it was understood. Raises BadRequest for one that could never grade."""
    grader = fields(call)["grader"]
    _check(grader)
    return answer({"grader": grader})


def grade(grader: Mapping[str, Any], variables: Mapping[str, Any], mock: Mock) -> Grade:
    """What a grader finds of the `item` and the `sample` in `variables`; never raises, what goes wrong is in it."""
    try:
        match grader["type"]:
            case "string_check":
                given, reference = (filled(grader[name], variables) for name in ("input", "reference"))
                return Grade(float(checked(grader["operation"], given, reference)))
            case "text_similarity":
                given, reference = (filled(grader[name], variables) for name in ("input", "reference"))
                return Grade(similarity(grader["evaluation_metric"], given, reference))
            case "score_model":
                return _scored(grader, variables, mock)
            case "label_model":
                return _labelled(grader, variables, mock)
            case "multi":
                return _joined(grader, variables, mock)
        told = {"python_grader_server_error": True, "python_grader_server_error_type": "mockai runs no code"}
        return Grade(errors=told)
    except UnknownVariable:
        return Grade(errors={"invalid_variable_error": True})


def parts(grader: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The graders that a multi grader joins, by their names: several by name, or one that has a name itself."""
    inner = grader["graders"]
    yield from ([(inner["name"], inner)] if isinstance(inner.get("type"), str) else inner.items())


def _joined(grader: Mapping[str, Any], variables: Mapping[str, Any], mock: Mock) -> Grade:
    found = {name: grade(inner, variables, mock) for name, inner in parts(grader)}
    whole = Grade(parts={name: each.reward for name, each in found.items()})
    for each in found.values():
        whole.errors |= each.errors
        whole.usage |= each.usage
        whole.model = whole.model or each.model
    try:
        whole.reward = formula(grader["calculate_output"], whole.parts)
    except BadFormula:
        whole.errors["formula_parse_error"] = True
    return whole


def _scored(grader: Mapping[str, Any], variables: Mapping[str, Any], mock: Mock) -> Grade:
    low, high = (grader.get("range") or [0.0, 1.0])[:2]
    schema = {"type": "number", "minimum": low, "maximum": high}
    found, said = _asked(grader, variables, schema, mock)
    if said is None:
        return found
    result = _result(said)
    number = NUMBER.search(str(result))
    if number is None or not low <= float(number[0]) <= high:
        found.errors["model_grader_parse_error"] = True
    else:
        found.reward = float(number[0])
    return found


def _labelled(grader: Mapping[str, Any], variables: Mapping[str, Any], mock: Mock) -> Grade:
    labels = grader["labels"]
    found, said = _asked(grader, variables, {"type": "string", "enum": labels}, mock)
    if said is None:
        return found
    result = str(_result(said))
    found.label = next(
        (label for label in sorted(labels, key=len, reverse=True) if label.lower() in result.lower()), None
    )
    if found.label is None:
        found.errors["model_grader_parse_error"] = True
    found.reward = float(found.label in grader["passing_labels"])
    return found


def _asked(
    grader: Mapping[str, Any], variables: Mapping[str, Any], schema: dict[str, Any], mock: Mock
) -> tuple[Grade, str | None]:
    """What a model says to a grader's messages, asked as any chat of this mock; None where it says nothing."""
    messages = [
        {"role": each.get("role", "user"), "content": content(each["content"], variables)} for each in grader["input"]
    ]
    shape = {"type": "object", "properties": {"result": schema}, "required": ["result"], "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "result", "schema": shape, "strict": True}}
    body = {"model": grader["model"], "messages": messages, "response_format": form}
    headers = (("content-type", "application/json"),)
    reply = mock.ask(Request("POST", "/v1/chat/completions", "", headers, orjson.dumps(body)))
    if reply.status >= 400:
        words = refusal(reply)["message"]
        return Grade(errors={"model_grader_server_error": True, "model_grader_server_error_details": words}), None
    value = orjson.loads(reply.content)
    message, used = value["choices"][0]["message"], value.get("usage") or {}
    found = Grade(model=value.get("model"))
    found.usage[str(value.get("model"))] = {name: count for name, count in used.items() if isinstance(count, int)}
    if message.get("refusal"):
        found.errors["model_grader_refusal_error"] = True
        return found, None
    return found, message.get("content") or ""


def refusal(reply: Reply) -> dict[str, str]:
    """The code and the message of an error; a page that is not the API's, as a gateway sends, is its own message."""
    try:
        error = orjson.loads(reply.content)["error"]
        return {"code": error.get("code") or str(reply.status), "message": error["message"]}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {"code": str(reply.status), "message": reply.content.decode("utf-8", "replace")}


def content(given: Any, variables: Mapping[str, Any]) -> str:
    """The text of a message's content, whatever form it has, with the variables in it."""
    if isinstance(given, str):
        return filled(given, variables)
    listed = given if isinstance(given, list) else [given]
    return "\n".join(filled(part if isinstance(part, str) else str(part.get("text", "")), variables) for part in listed)


def _result(said: str) -> Any:
    try:
        value = orjson.loads(said)
    except orjson.JSONDecodeError:
        return said
    return value.get("result", "") if isinstance(value, dict) else value


def _check(grader: Mapping[str, Any]) -> None:
    """Raise BadRequest for a range without two ends in order, or a formula that cannot be worked out."""
    ends = grader.get("range")
    if ends is not None and (len(ends) != 2 or ends[0] > ends[1]):
        words = f"Invalid range {ends}: give the lowest score and the highest."
        raise BadRequest(words, param="grader.range", code="invalid_grader")
    if grader["type"] == "multi":
        try:
            formula(grader["calculate_output"], {name: 0.5 for name, _ in parts(grader)})
        except BadFormula as error:
            raise BadRequest(str(error), param="grader.calculate_output", code="invalid_grader") from None
