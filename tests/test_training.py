"""Trainings: what is read of a file, which course they take, what is left to the API to decide."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai.training import MOST_SHOWN, BadFile, Step, examples, resolved, steps, table, texts

GOOD = b'{"messages": [{"role": "assistant", "content": "a"}]}\n'


def test_blank_lines_are_no_examples() -> None:
    assert len(examples(GOOD * 6 + b"\n  \n" + GOOD * 4, "supervised", "file-a", "training")) == 10


@pytest.mark.parametrize("line", [b"[]", b"{", b"\xff", b"{} {}"])
def test_a_line_that_is_no_object_is_named(line: bytes) -> None:
    with pytest.raises(BadFile, match=r"invalid validation file\. .* Line 3 is not a dictionary\.$") as caught:
        examples(GOOD * 2 + line, "supervised", "file-a", "validation")
    assert caught.value.code == "invalid_validation_file"


def test_an_example_may_hold_several_conversations() -> None:
    assert texts({"input": {"messages": [1]}, "preferred_output": [2], "non_preferred_output": [3]}) == [[1], [2], [3]]
    assert texts({"messages": [1]}) == [[1]]


@pytest.mark.parametrize(
    ("count", "epochs", "batch"),
    [(3, 25, 1), (10, 10, 1), (40, 3, 1), (5_000, 3, 10), (20_000, 1, 40), (999_999, 1, 256)],
)
def test_the_fewer_the_examples_the_more_often_they_are_seen(count: int, epochs: int, batch: int) -> None:
    asked = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": 0.3}
    assert resolved(asked, count) == {"n_epochs": epochs, "batch_size": batch, "learning_rate_multiplier": 0.3}


@given(st.integers(1, 400), st.integers(1, 30), st.integers(0, 2**31 - 1), st.booleans())
def test_a_course_gets_to_its_end_and_tells_of_each_epoch(each: int, epochs: int, seed: int, validated: bool) -> None:
    total, ends = each * epochs, [each * epoch for epoch in range(1, epochs + 1)]
    course = steps(total, ends, seed, validated=validated)
    numbers = [step.number for step in course]
    assert numbers == sorted(set(numbers))
    assert {1, *ends} <= set(numbers) <= set(range(1, total + 1))
    assert len(numbers) <= MOST_SHOWN + epochs
    assert all(step.loss > 0 and 0 < step.accuracy <= 1 for step in course)
    assert [step.number for step in course if step.whole] == (ends if validated else [])
    assert all((step.valid_loss is not None) == validated for step in course if step.number in ends)
    assert course == steps(total, ends, seed, validated=validated)


def test_a_table_leaves_out_what_was_not_tried() -> None:
    course = [Step(1, 1.5, 0.5), Step(2, 1.0, 0.75, 1.25, 0.6, True)]
    assert base64.b64decode(table(course)).decode().splitlines()[1:] == ["1,1.5,0.5,,", "2,1.0,0.75,1.25,0.6"]
    assert course[1].metrics().keys() >= {"step", "train_loss", "full_valid_loss"}
    assert course[0].words(2) == "Step 1/2: training loss=1.50"
