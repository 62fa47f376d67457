"""The quick reader says what libyaml says, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockai.errors import CassetteError
from mockai.files import libyaml, lines, yamltext
from mockai.files.yamltext import FlowDict, FlowList

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"
SAMPLES = sorted((Path(__file__).parents[1] / "cassettes").glob("*.yaml"))

WORDS = st.sampled_from(
    ["a", "b c", "", "1", "-1", "-a", "1e3", "null", "~", "yes", "a: b", "a #b", "- a", "|", "x'y", '"', "é",
     "\u3000", "\xa0", "\x85", "\t", "😀", " a", "a ", "\n", "a\n", "a\n\n", "\n\na", "a\n b\n", " a\nb",
     "a\n\n\n  b", "*a", "&a", "[x]", "{y", "https://x/y", "a:", ":a", "?a", "a,b", "=", "--a", "->", ":)", "?!", "::",
     "<<", "\\", "\u2028",
     "0x10", "007", "data: {}\n\n", "---", "...\n", "\x7f", "1.0", "%"]
)  # fmt: skip
TEXT = WORDS | st.text(max_size=8)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
KEYS = st.sampled_from(["key", "json", "exchanges", "content-type", "$ref", "a b", "1", "null", "a: b", "", "é"])
FLOWS = st.lists(LEAVES, max_size=3).map(FlowList) | st.dictionaries(
    KEYS, LEAVES | st.lists(LEAVES, max_size=2).map(FlowList), max_size=3
).map(FlowDict)
VALUES = st.recursive(
    LEAVES | FLOWS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
# What is put into a text, or in place of some of it, to make it another.
SPOILS = st.sampled_from(
    ["", " ", "  ", "\n", "\n\n", "- ", "-", ": ", ":", "#", " #", "'", '"', "|", "|-\n", "[", "]", "{", "}", ", ",
     "a", "0", "\n  ", "\n- ", "\n---\n", "key: ", "&a ", "*a", "!x ", "\\", "\t", "\r", "?", "? ", "\x85",
     "\n      ", "%", "~", "|2\n"]
)  # fmt: skip


def told(text: str) -> Any:
    """What libyaml says of a text: the value and its lines, or None where it is refused."""
    try:
        document = libyaml.parsed(text, "x")
    except CassetteError:
        return None
    return repr(document.value), document.lines


def agrees(text: str) -> bool:
    """Whether the quick reader was sure of a text; what it says is what libyaml says."""
    quick = lines.read(text) if lines.clean(text.encode()) else None
    if quick is None:
        return False
    assert (repr(quick.value), quick.lines) == told(text)
    return True


@given(VALUES)
@example([1 << 64])
@example(FlowList([1 << 64, 1]))
def test_what_is_written_is_read_as_libyaml_reads_it(value: Any) -> None:
    agrees(libyaml.emitted(value, True))
    agrees(libyaml.emitted({"exchanges": [value], "more": value}, True))


@given(st.data())
def test_a_text_that_was_spoilt_is_read_as_libyaml_reads_it_or_not_at_all(data: st.DataObject) -> None:
    text = libyaml.emitted(data.draw(st.dictionaries(KEYS, VALUES, min_size=1) | st.lists(VALUES, min_size=1)), True)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(SPOILS) + text[at + data.draw(st.integers(0, 4)) :]
    agrees(text)


@given(st.lists(SPOILS | WORDS, max_size=12).map("".join))
@example("key:\n")
@example("- - a\n  - b\n")
@example("a: |2\n    b\n   c\n")
@example("a:\n  - b\n")
@example("a: [007]\n")
@example("a: 'b\n- c'\n")
def test_any_text_is_read_as_libyaml_reads_it_or_not_at_all(text: str) -> None:
    agrees(text)
    agrees(text + "\n")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_cassettes_are_read_quickly(sample: Path) -> None:
    assert agrees(sample.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "value",
    [
        {"mockai": 1, "match": FlowDict(version=1, ignore=FlowList(["/user"])), "exchanges": []},
        {"events": ['data: {"a":1}\n\n', "x\n", "y", " z\n\n\n"], "cuts": FlowList([1, 2]), "delays_ms": None},
        [{"key": "0000000e", "deep": [[1, [2.5]], {"a": {"b": "c"}}], "text": "line\nnext\n\nlast 😀 é"}],
    ],
)
def test_what_cassettes_hold_is_read_quickly(value: Any) -> None:
    assert agrees(yamltext.dump(value))


def test_nesting_has_an_end() -> None:
    value: Any = 1
    for _ in range(yamltext.DEEPEST - 1):
        value = {"a": value}
    assert agrees(libyaml.emitted(value, True))
    assert not agrees(libyaml.emitted({"a": {"a": value}}, True))
    with pytest.raises(CassetteError, match="nested more than"):
        yamltext.load(libyaml.emitted({"a": {"a": value}}, True), "x")
