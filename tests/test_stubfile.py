"""Stubs as data mean what the Python methods mean, and what is none is said with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking import CHAT, ask, chat, exchange, said, taped

from mockai import ManualClock, MockAI, anything, contains, matches
from mockai.call import Forward
from mockai.errors import StubError
from mockai.files.checking import check_paths
from mockai.files.stubs import load_stubs
from mockai.stubfile import declare

COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-5",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {"role": "assistant", "content": "e", "refusal": None},
        }
    ],
}

SAME: list[tuple[dict[str, Any], Callable[[Any], Any]]] = [
    ({"reply": "Hello!"}, lambda stub: stub.reply("Hello!")),
    ({"reply": {"text": "Hello!"}, "times": 2}, lambda stub: stub.reply("Hello!").times(2)),
    ({"reply": {"exact": COMPLETION}}, lambda stub: stub.reply(exact=COMPLETION)),
    ({"reply": {"exact": {"odd": 1}, "unchecked": True}}, lambda stub: stub.reply(exact={"odd": 1}, unchecked=True)),
    ({"stream": ["He", "llo"]}, lambda stub: stub.stream(["He", "llo"])),
    ({"stream": {"pieces": ["a"], "ttft": 0.1, "tps": 9}}, lambda stub: stub.stream(["a"], ttft=0.1, tps=9)),
    ({"call_tool": {"name": "f", "arguments": {"x": 1}}}, lambda stub: stub.call_tool("f", x=1)),
    ({"call_tool": {"name": "f"}}, lambda stub: stub.call_tool("f")),
    ({"refuse": "No."}, lambda stub: stub.refuse("No.")),
    ({"refuse": True}, lambda stub: stub.refuse()),
    ({"fail": 503}, lambda stub: stub.fail(503)),
    (
        {"fail": {"status": 429, "retry_after": 2, "headers": {"X-A": "b"}, "code": "c"}},
        lambda stub: stub.fail(429, retry_after=2, headers={"X-A": "b"}, code="c"),
    ),
    ({"answer": True}, lambda stub: stub.answer()),
    ({"reply": COMPLETION}, lambda stub: stub.reply(COMPLETION)),
    ({"reply": {"exact": [1], "status": 418}}, lambda stub: stub.reply(exact=[1], status=418)),
    (
        {"call_tools": [{"name": "f"}, {"name": "g", "arguments": {"x": 1}}]},
        lambda stub: stub.call_tools(("f", {}), ("g", {"x": 1})),
    ),
    ({"reasoning": "Hm.", "reply": "42"}, lambda stub: stub.reasoning("Hm.").reply("42")),
    (
        {"reasoning": {"text": "Hm.", "tokens": 9}, "reply": "42"},
        lambda stub: stub.reasoning("Hm.", tokens=9).reply("42"),
    ),
    ({"reply": "Hello!", "always": True}, lambda stub: stub.reply("Hello!").always()),
    (
        {"answers": [{"fail": 429, "times": 2}, {"fail": 500}, {"reply": "Hi."}]},
        lambda stub: stub.fail(429).times(2).then.fail(500).then.reply("Hi."),
    ),
]


@pytest.mark.parametrize(("entry", "typed"), SAME, ids=[next(iter(entry)) for entry, _ in SAME])
def test_an_entry_means_what_the_method_of_its_name_means(entry: dict[str, Any], typed: Callable[[Any], Any]) -> None:
    read, written = MockAI(clock=ManualClock()), MockAI(clock=ManualClock())
    declare(read, [{"on": CHAT, "where": {"model": "gpt-5"}, **entry}])
    typed(written.on(CHAT, model="gpt-5"))
    assert [str(stub) for stub in read.stubs] == [str(stub) for stub in written.stubs]
    for body in ({}, {"stream": True}, {}, {}):
        one, other = ask(read, chat(**body)), ask(written, chat(**body))
        assert (one.status, one.body) == (other.status, other.body)


def test_an_entry_forwards() -> None:
    mock = MockAI()
    declare(mock, [{"on": CHAT, "forward": "http://127.0.0.1:9/v1"}])
    forward = mock.handle(chat())
    assert isinstance(forward, Forward)
    assert forward.base == "http://127.0.0.1:9/v1"
    declare(mock, [{"on": CHAT, "forward": True}])
    assert "there is no upstream" in said(mock)


ELSEWHERE: list[tuple[str, dict[str, Any], str]] = [
    ("embeddings.create", {"embed": [0.5, 0]}, "on('embeddings.create').embed([0.5, 0])"),
    ("embeddings.create", {"embed": [[1, 0], [0, 1]]}, "on('embeddings.create').embed([[1, 0], [0, 1]])"),
    ("embeddings.create", {"embed": {"cat": [1]}}, "on('embeddings.create').embed({'cat': [1]})"),
    ("images.generate", {"image": {"base64": "AAAA"}}, "on('images.generate').image(3 bytes)"),
    ("audio.speech.create", {"speech": "Hi."}, "on('audio.speech.create').speech('Hi.')"),
    ("audio.speech.create", {"speech": {"base64": "AAAA"}}, "on('audio.speech.create').speech(3 bytes)"),
    ("audio.translations.create", {"transcript": "Hi."}, "on('audio.translations.create').transcript('Hi.')"),
    (
        "audio.transcriptions.create",
        {"transcript": {"text": "Hi.", "words": [["Hi", 0, 0.5]]}},
        "on('audio.transcriptions.create').transcript('Hi.')",
    ),
]


@pytest.mark.parametrize(("operation", "answer", "typed"), ELSEWHERE)
def test_an_entry_for_another_operation_as_well(operation: str, answer: dict[str, Any], typed: str) -> None:
    mock = MockAI()
    declare(mock, [{"on": operation, **answer}])
    assert str(mock.stubs[0]) == typed


def test_conditions_on_whole_calls_are_words_as_well() -> None:
    mock = MockAI()
    where = {
        "last_user": {"contains": "weather"},
        "has_tool": ["get_weather"],
        "turn": 1,
        "headers": {"content-type": {"contains": "json"}},
        "/messages/0/role": "user",
        "model": "gpt-5*",
    }
    declare(mock, [{"on": CHAT, "where": where, "reply": "rain"}])
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    assert said(mock, "weather?", tools=[tool]) == "rain"


def test_files_that_a_stub_file_names_stand_beside_it(tmp_path: Path) -> None:
    taped(tmp_path / "c.yaml", exchange(chat("one"), COMPLETION))
    (tmp_path / "cat.png").write_bytes(b"cat")
    (tmp_path / "hi.mp3").write_bytes(b"hi")
    file = tmp_path / "stubs.yaml"
    entries = [
        {"on": CHAT, "answers": [{"fail": 429}, {"from_cassette": "c.yaml"}]},
        {"on": CHAT, "from_cassette": {"path": "c.yaml", "number": 1}},
        {"on": "images.generate", "image": "cat.png"},
        {"on": "images.edit", "image": ["cat.png", "cat.png"]},
        {"on": "audio.speech.create", "speech": {"file": "hi.mp3"}},
    ]
    file.write_text(json.dumps(entries), "utf-8")
    mock = MockAI()
    load_stubs(mock, file)
    assert json.loads(ask(mock, chat("any")).content) == COMPLETION
    assert "image(3 bytes)" not in str(mock.stubs[2])  # it is told as the path
    assert str(mock.stubs[4]).endswith("speech(2 bytes)")
    assert check_paths([file]).findings == ()


def test_conditions_have_their_words_at_any_depth() -> None:
    mock = MockAI()
    where = {
        "messages": [{"content": {"contains": "weather"}}],
        "user": {"matches": "^u"},
        "seed": {"anything": True},
        "metadata": {"contains": "a", "matches": "b"},  # more than one key: an object
    }
    declare(mock, [{"on": CHAT, "where": where, "reply": "rain"}])
    found = mock.stubs[0].where
    assert repr(found["messages"][0]["content"]) == repr(contains("weather"))
    assert repr(found["user"]) == repr(matches("^u"))
    assert found["seed"] is anything
    assert found["metadata"] == where["metadata"]
    assert said(mock, "weather", user="u1", seed=1, metadata={"contains": "a", "matches": "b"}) == "rain"


WRONG: dict[str, Any] = {
    "stubfile-no-object": "Hello!",
    "stubfile-no-operation": {"reply": "Hello!"},
    "stubfile-unknown-operation": {"on": "chat.completion.create", "reply": "Hello!"},
    "stubfile-unknown-word": {"on": CHAT, "replay": "Hello!"},
    "stubfile-beside-answers": {"on": CHAT, "answers": [{"fail": 500}], "reply": "Hello!"},
    "stubfile-where-no-object": {"on": CHAT, "where": ["model"], "reply": "Hello!"},
    "stubfile-unknown-parameter": {"on": CHAT, "where": {"modle": "gpt-5"}, "reply": "Hello!"},
    "stubfile-bad-pattern": {"on": CHAT, "where": {"model": {"matches": "("}}, "reply": "Hello!"},
    "stubfile-no-answer": {"on": CHAT},
    "stubfile-no-answers": {"on": CHAT, "answers": []},
    "stubfile-two-answers": {"on": CHAT, "reply": "Hello!", "fail": 500},
    "stubfile-times-and-always": {"on": CHAT, "reply": "Hello!", "times": 2, "always": True},
    "stubfile-answer-no-object": {"on": CHAT, "answers": ["Hello!"]},
    "stubfile-wrong-type": {"on": CHAT, "fail": {"status": "429"}},
    "stubfile-unknown-field": {"on": CHAT, "fail": {"status": 429, "retry-after": 1}},
    "stubfile-file-from-outside": {"on": "images.generate", "image": "/etc/passwd"},
    "stubfile-no-base64": {"on": "images.generate", "image": {"base64": "?"}},
    "stubfile-far-word": {"on": CHAT, "zzzz": "Hello!"},
    "stubfile-impossible": {"on": CHAT, "reply": {"exact": {"id": 1}}},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_stub_is_refused_and_nothing_of_it_stays(name: str, golden: Callable[[str, object], None]) -> None:
    mock = MockAI()
    mock.on(CHAT).reply("before")
    with pytest.raises(StubError) as refused:
        declare(mock, [{"on": CHAT, "reply": "fine"}, WRONG[name]])
    golden(name, refused.value)
    assert len(mock.stubs) == 1


def test_a_file_is_read_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "stubs.yaml"
    second = "- {on: chat.completions.create, where: {model: gpt-4o}, reply: é}"
    file.write_text(f"- on: chat.completions.create\n  reply: any\n\n{second}\n", "utf-8")
    mock = MockAI()
    load_stubs(mock, file)
    assert [said(mock), said(mock, model="gpt-4o")] == ["any", "é"]


FILES: dict[str, bytes | None] = {
    "stubs-missing": None,
    "stubs-not-utf8": b"- on: \xff",
    "stubs-not-yaml": b"- on: [",
    "stubs-no-list": b"on: chat.completions.create\n",
    "stubs-wrong-entry": b"# one\n- on: models.list\n  answer: true\n\n- on: chat.completions.create\n  modle: x\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_an_error_with_its_line(
    name: str, tmp_path: Path, golden: Callable[[str, object], None]
) -> None:
    file = tmp_path / "stubs.yaml"
    if (text := FILES[name]) is not None:
        file.write_bytes(text)
    with pytest.raises(StubError) as refused:
        load_stubs(MockAI(), file)
    golden(name, str(refused.value).replace(str(file), "stubs.yaml"))
