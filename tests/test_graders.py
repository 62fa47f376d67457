"""Graders: by rule, by formula, and by a model that a stub may script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import BadRequestError, OpenAI

from mockai import MockAI
from mockai.grading import MEASURES, BadFormula, UnknownVariable, checked, filled, formula, similarity
from mockai.operations import operation
from mockai.registry import registry

CHECK: Any = {"type": "string_check", "name": "exact", "operation": "eq", "input": "{{sample.output_text}}"}
CHECK |= {"reference": "{{item.answer}}"}
ALIKE: Any = {"type": "text_similarity", "name": "alike", "evaluation_metric": "rouge_1"}
ALIKE |= {"input": "{{ sample.output_text }}", "reference": "{{ item.answer }}"}
SCORE: Any = {"type": "score_model", "name": "judge", "model": "gpt-4.1", "range": [0, 10]}
SCORE |= {"input": [{"role": "user", "content": "Rate this: {{sample.output_text}}"}]}


@pytest.fixture
def mock() -> MockAI:
    return MockAI()


@pytest.fixture
def client(mock: MockAI) -> Iterator[OpenAI]:
    with OpenAI(api_key="sk", http_client=httpx2.Client(transport=mock.transport(httpx2)), max_retries=0) as made:
        yield made


def run(client: OpenAI, grader: Any, sample: str, **item: Any) -> Any:
    found = client.fine_tuning.alpha.graders.run(grader=grader, model_sample=sample, item=item)
    name = operation("fine_tuning.alpha.graders.run").result
    assert name is not None
    assert registry().valid(name, found.to_dict(mode="json"), "produce")
    return found


# -- the rules


@pytest.mark.parametrize("measure", MEASURES)
@given(one=st.text(max_size=40), other=st.text(max_size=40))
def test_every_measure_lies_between_nothing_and_one(measure: str, one: str, other: str) -> None:
    assert 0 <= similarity(measure, one, other) <= 1


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_knows_likeness(measure: str) -> None:
    same = similarity(measure, "the cat sat on the mat today", "the cat sat on the mat today")
    near = similarity(measure, "the cat sat on the mat yesterday", "the cat sat on the mat today")
    far = similarity(measure, "stock prices fell", "the cat sat on the mat today")
    assert same == pytest.approx(1, abs=1e-6)
    assert same > near > far


def test_known_figures() -> None:
    assert similarity("rouge_1", "the cat", "the dog") == 0.5
    assert similarity("rouge_l", "a b c d", "a c d") == pytest.approx(6 / 7, abs=1e-6)
    assert similarity("rouge_2", "a b c", "a b d") == 0.5
    assert similarity("fuzzy_match", "abcd", "bcde") == 0.75
    assert similarity("bleu", "", "a") == 0


@pytest.mark.parametrize(
    ("operation", "given", "reference", "found"),
    [
        ("eq", "a", "a", True),
        ("ne", "a", "a", False),
        ("like", "A cat", "cat", True),
        ("like", "A Cat", "cat", False),
        ("ilike", "A Cat", "cat", True),
    ],
)
def test_strings_are_checked(operation: str, given: str, reference: str, found: bool) -> None:
    assert checked(operation, given, reference) is found


def test_templates_look_deep_and_do_not_guess() -> None:
    variables = {"item": {"a": [{"b": 1}]}, "sample": {"output_text": "x"}}
    assert filled("{{item.a.0.b}} {{ sample.output_text }} {{item.a}}", variables) == '1 x [{"b":1}]'
    with pytest.raises(UnknownVariable):
        filled("{{item.missing}}", variables)


@pytest.mark.parametrize(
    ("text", "value"), [("0.5 * a + b / 2", 0.9), ("max(a, b, 0)", 1.0), ("-(a ** 2)", -0.64), ("floor(a)", 0)]
)
def test_formulas_are_worked_out(text: str, value: float) -> None:
    assert formula(text, {"a": 0.8, "b": 1.0}) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["", "a +", "c", "__import__('os')", "a.b", "a / 0", "exp(1e9)", "min()", "[1]", "1e308 * 10", "+".join("a" * 600)],
)
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(BadFormula):
        formula(text, {"a": 1.0})


# -- the endpoint


def test_a_sample_is_graded_by_rule(client: OpenAI) -> None:
    assert run(client, CHECK, "Paris", answer="Paris").reward == 1
    missed = run(client, CHECK, "Rome", answer="Paris")
    assert (missed.reward, missed.metadata.scores, missed.metadata.errors.other_error) == (0, {"exact": 0}, False)
    assert run(client, ALIKE, "It is Paris", answer="Paris it is").reward == 1
    unknown = run(client, CHECK, "Paris")
    assert (unknown.reward, unknown.metadata.errors.invalid_variable_error) == (0, True)


def test_a_model_judges_and_a_stub_decides(mock: MockAI, client: OpenAI) -> None:
    made_up = run(client, SCORE, "Paris")
    assert 0 <= made_up.reward <= 10
    assert made_up.metadata.sampled_model_name == "gpt-4.1-2025-04-14"
    mock.on("chat.completions.create", messages__0__content="Rate this: Paris").reply("I give it 7.5 of 10.")
    judged = run(client, SCORE, "Paris")
    assert judged.reward == 7.5
    assert (
        judged.model_grader_token_usage_per_model["gpt-4.1-2025-04-14"]["total_tokens"] == judged.metadata.token_usage
    )
    mock.on("chat.completions.create").reply("No idea.")
    assert run(client, SCORE, "Rome").metadata.errors.model_grader_parse_error
    mock.on("chat.completions.create").refuse("I will not judge.")
    assert run(client, SCORE, "Rome").metadata.errors.model_grader_refusal_error
    mock.on("chat.completions.create").fail(500, message="Out of order.")
    broken = run(client, SCORE, "Rome").metadata.errors
    assert (broken.model_grader_server_error, broken.model_grader_server_error_details) == (True, "Out of order.")


@pytest.mark.parametrize("inner", [{"exact": CHECK, "alike": ALIKE}, ALIKE])
def test_graders_are_joined_by_a_formula(client: OpenAI, inner: Any) -> None:
    grader = {"type": "multi", "name": "both", "graders": inner, "calculate_output": "0.5 * alike + 0.25"}
    found = run(client, grader, "Paris", answer="Paris")
    assert (found.reward, found.sub_rewards["alike"]) == (0.75, 1)
    told = client.fine_tuning.alpha.graders.with_raw_response.validate(grader=grader)
    assert told.http_response.json()["grader"] == grader


def test_what_cannot_grade_is_refused_or_says_so(client: OpenAI) -> None:
    grader: Any = {"type": "multi", "name": "m", "graders": CHECK, "calculate_output": "nobody * 2"}
    with pytest.raises(BadRequestError, match="nobody"):
        client.fine_tuning.alpha.graders.validate(grader=grader)
    code: Any = {"type": "python", "name": "code", "source": "def grade(sample, item): return 1.0"}
    errors = run(client, code, "a").metadata.errors
    assert (errors.python_grader_server_error, errors.python_grader_server_error_type) == (True, "mockai runs no code")


def test_a_label_is_found_in_what_a_model_says(client: OpenAI, mock: MockAI) -> None:
    label: Any = {"type": "label_model", "name": "tone", "model": "gpt-4.1", "labels": ["kind", "unkind"]}
    label |= {"passing_labels": ["kind"], "input": [{"role": "user", "content": {"type": "input_text", "text": "Hi"}}]}
    grader = {"type": "multi", "name": "m", "graders": {"tone": label}, "calculate_output": "tone"}
    mock.on("chat.completions.create").reply("That was Unkind.").times(1).then.reply("kind")
    assert [run(client, grader, "a").reward for _ in "ab"] == [0, 1]


def test_a_gateways_page_is_what_the_model_grader_met(client: OpenAI, mock: MockAI) -> None:
    mock.on("chat.completions.create").fail(502)
    asked: Any = {"type": "score_model", "name": "s", "model": "gpt-4.1", "input": [{"role": "user", "content": "?"}]}
    found = client.fine_tuning.alpha.graders.run(grader=asked, model_sample="a")
    assert found.metadata.errors.to_dict()["model_grader_server_error"]


@pytest.mark.parametrize("ends", [[1], [1, 0], [0, 1, 2]])
def test_a_range_has_two_ends_in_order(client: OpenAI, ends: list[float]) -> None:
    asked: Any = {"type": "score_model", "name": "s", "model": "gpt-4.1", "input": [{"role": "user", "content": "?"}]}
    with pytest.raises(BadRequestError, match="range"):
        client.fine_tuning.alpha.graders.validate(grader=asked | {"range": ends})
