"""Fixtures of aimock become stubs that answer as the fixtures did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import APIStatusError, OpenAI

from mockai import MockAI
from mockai.files import aimock
from mockai.files.checking import check_paths
from mockai.files.imported import Entry
from mockai.files.importing import import_sources, recognise
from mockai.files.stubs import load_stubs

CHAT = "chat.completions.create"


def imported(folder: Path, *fixtures: dict[str, Any]) -> Entry:
    """The entry of a fixture file with these fixtures."""
    source = folder / "talk.json"
    source.write_text(json.dumps({"fixtures": fixtures}))
    assert recognise(source.read_text()) is aimock
    [entry] = import_sources([source], folder / "out", force=True).entries
    assert entry.error is None, entry
    return entry


def served(folder: Path, *fixtures: dict[str, Any]) -> tuple[MockAI, OpenAI]:
    """A mock with the stubs of these fixtures, and a client of it."""
    entry = imported(folder, *fixtures)
    assert entry.lost == ()
    assert entry.stubs is not None
    mock = MockAI()
    load_stubs(mock, entry.stubs)
    return mock, OpenAI(api_key="sk-any", max_retries=0, http_client=httpx2.Client(transport=mock.transport(httpx2)))


def says(client: OpenAI, text: str, **more: Any) -> Any:
    """The message that answers a question."""
    messages: Any = more.pop("messages", [{"role": "user", "content": text}])
    return client.chat.completions.create(model="gpt-5", messages=messages, **more).choices[0].message


def test_the_first_fixture_that_matches_answers_chat_and_responses_alike(tmp_path: Path):
    mock, client = served(
        tmp_path,
        {"match": {"userMessage": "weather"}, "response": {"content": "Sunny."}},
        {"match": {"userMessage": "the weather"}, "response": {"content": "Never."}},
        {"match": {"userMessage": "json", "model": "gpt-5"}, "response": {"content": {"a": 1}, "usage": {}}},
        {"match": {}, "response": {"content": "What?", "reasoning": "Hm."}},
    )
    assert says(client, "How is the weather?").content == "Sunny."
    assert client.responses.create(model="gpt-5", input="How is the weather?").output_text == "Sunny."
    assert says(client, "some json").content == '{"a":1}'
    assert says(client, "else").content == "What?"
    mock.verify()


def test_tools_are_called_with_their_ids_and_their_results_go_on(tmp_path: Path):
    _, client = served(
        tmp_path,
        {"match": {"toolCallId": "call_7", "toolResultContains": "20"}, "response": {"content": "Warm."}},
        {
            "match": {"userMessage": "weather", "hasToolResult": False, "turnIndex": 0, "toolName": "look"},
            "response": {
                "content": "Wait.",
                "toolCalls": [{"id": "call_7", "name": "look", "arguments": '{"at": "x"}'}],
            },
        },
        {
            "match": {"userMessage": "stop"},
            "response": {"blocks": [{"type": "text", "text": "No."}, {"type": "toolCall", "name": "halt"}]},
        },
    )
    tools: Any = [{"type": "function", "function": {"name": "look"}}]
    asked = says(client, "weather", tools=tools)
    assert asked.content == "Wait."
    [call] = asked.tool_calls
    assert (call.id, call.function.arguments) == ("call_7", '{"at":"x"}')
    talk = [
        {"role": "user", "content": "weather"},
        asked.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": "call_7", "content": "20 degrees"},
    ]
    assert says(client, "", messages=talk, tools=tools).content == "Warm."
    halted = says(client, "stop")
    assert (halted.content, halted.tool_calls[0].function.name) == ("No.", "halt")


def test_answers_in_turn_and_errors(tmp_path: Path):
    _, client = served(
        tmp_path,
        {"match": {"userMessage": "again", "sequenceIndex": 1, "endpoint": "chat"}, "response": {"content": "two"}},
        {"match": {"userMessage": "again", "sequenceIndex": 0, "endpoint": "chat"}, "response": {"content": "one"}},
        {
            "match": {"userMessage": "busy"},
            "response": {"error": {"message": "Slow down.", "type": "rate_limit"}, "status": 429, "retryAfter": 3},
        },
    )
    assert [says(client, "again").content for _ in range(2)] == ["one", "two"]
    with pytest.raises(APIStatusError, match=r"Slow down\.") as caught:
        says(client, "busy")
    assert (caught.value.status_code, caught.value.response.headers["retry-after"]) == (429, "3")


def test_the_other_endpoints(tmp_path: Path):
    _, client = served(
        tmp_path,
        {"match": {"inputText": "cat"}, "response": {"embedding": [0.5, 0.25]}},
        {
            "match": {"userMessage": "a cat", "endpoint": "image"},
            "response": {"image": {"url": "https://x.test/c.png"}},
        },
        {"match": {"endpoint": "speech"}, "response": {"audio": {"b64Json": "aGk=", "contentType": "audio/mpeg"}}},
        {
            "match": {"endpoint": "transcription"},
            "response": {"transcription": {"text": "Hi", "words": [{"word": "Hi", "start": 0, "end": 0.4}]}},
        },
    )
    assert client.embeddings.create(model="m", input="a cat").data[0].embedding == [0.5, 0.25]
    [picture] = client.images.generate(prompt="a cat", model="dall-e-3").data or []
    assert picture.url == "https://x.test/c.png"
    assert client.audio.speech.create(model="tts-1", voice="alloy", input="x").content == b"hi"
    assert client.audio.transcriptions.create(model="whisper-1", file=("a.mp3", b"x")).text == "Hi"


def test_the_matches_of_a_recording_with_its_timings_are_held(tmp_path: Path):
    fixture = {
        "match": {
            "userMessage": "Hi", "model": "gpt-5", "systemMessage": ["Be brief."], "responseFormat": "json_object",
            "context": "here", "turnIndex": 1, "hasToolResult": True,
        },
        "response": {"content": "{}"},
        "recordedTimings": {"ttftMs": 7, "interChunkDelaysMs": [], "totalDurationMs": 7},
        "truncateAfterChunks": 2,
    }  # fmt: skip
    entry = imported(tmp_path, fixture)
    assert entry.notes == {"recordedTimings is not kept": 2}
    assert entry.stubs is not None
    written = entry.stubs.read_text()
    assert written == (
        "# Made from talk.json (aimock). The last stub that matches answers.\n"
        + "".join(
            f"- 'on': {operation}\n  where:\n    last_user:\n      contains: Hi\n    model:\n"
            "      matches: ^gpt\\-5(-\\d.*)?$\n    system:\n      contains: Be brief.\n"
            f"    {form}: json_object\n    headers:\n      x-aimock-context: here\n    turn: 2\n    {last}\n"
            "  reply: '{}'\n  fault:\n    close:\n      chunks: 2\n  always: true\n"
            for operation, form, last in [
                ("responses.create", "text__format__type", "input__-1__type: function_call_output"),
                (CHAT, "response_format__type", "messages__-1__role: tool"),
            ]
        )
    )
    assert check_paths([tmp_path / "out"]).findings == ()
    assert import_sources([tmp_path / "talk.json"], tmp_path / "out").entries[0].error is None
    entry.stubs.write_text("- mine")
    [again] = import_sources([tmp_path / "talk.json"], tmp_path / "out").entries
    assert again.error == f"{entry.stubs} is there and says something else. --force replaces it."


@pytest.mark.parametrize(
    ("fixture", "why"),
    [
        ({"match": {"endpoint": "fal"}, "response": {"json": {}}}, "endpoint fal is not one of OpenAI's"),
        ({"match": {}, "response": {"video": {"id": "v"}}}, "endpoint video is not one of OpenAI's"),
        ({"match": {"predicate": "x"}, "response": {"content": "x"}}, "asks for a predicate, which no stub can"),
        ({"match": {"userMessage": 7}, "response": {"content": "x"}}, "Its userMessage is int"),
        ({"match": {"systemMessage": ["a", "b"]}, "response": {"content": "x"}}, "several texts of the system"),
        ({"match": {"sequenceIndex": 1}, "response": {"content": "x"}}, "does not count from 0"),
        ({"match": {}, "response": {}}, "It has no answer"),
        ({"match": {}, "response": {"content": "x", "toolCalls": 7}}, "toolCalls are not a list"),
        (
            {"match": {}, "response": {"toolCalls": [{"name": "a", "arguments": "{"}]}},
            "arguments of a call are not JSON",
        ),
        ({"match": {}, "response": {"toolCalls": [{"name": "a", "arguments": "[1]"}]}}, "not well-formed"),
        ({"match": {}, "response": {"images": 7}}, "images are not a list"),
        ({"match": {}, "response": {"audio": "?"}}, "not base64"),
        ({"match": {"inputText": "x"}, "response": {"embedding": "x"}}, "not well-formed"),
        ({"match": {"endpoint": "chat"}, "response": {"video": {}}}, "s.create cannot give"),
        ({"match": {}, "response": {"error": {}, "status": 299}}, "299"),
        (
            {"match": {}, "response": {"blocks": [{"type": "toolCall", "name": "a"}, {"type": "text", "text": "b"}]}},
            "speaks after it called a tool",
        ),
        ({"response": {"content": "x"}}, "It has no match"),
        (7, "It is not a mapping"),
    ],
)
def test_what_no_stub_can_say_is_lost_with_the_reason(fixture: Any, why: str, tmp_path: Path):
    entry = imported(tmp_path, {"match": {"userMessage": "Hi"}, "response": {"content": "Hello"}}, fixture)
    assert entry.scripted == 2
    assert entry.lost
    assert all(why in lost.reason for lost in entry.lost), entry.lost
    assert all(lost.what.startswith("fixture 2") for lost in entry.lost)


def test_a_turn_without_results_of_tools_is_asked_of_chat_alone(tmp_path: Path):
    entry = imported(tmp_path, {"match": {"hasToolResult": False}, "response": {"content": "Hello"}})
    assert [lost.what for lost in entry.lost] == ["fixture 1, responses.create"]
    assert entry.scripted == 1


def test_a_key_in_a_fixture_is_not_written(tmp_path: Path):
    source = tmp_path / "talk.json"
    fixture = {"match": {}, "response": {"content": "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"}}
    source.write_text(json.dumps({"fixtures": [fixture]}))
    [entry] = import_sources([source], tmp_path / "out").entries
    assert "what looks like a key" in (entry.error or "")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_folder_of_cassettes_may_hold_stub_files(tmp_path: Path):
    imported(tmp_path, {"match": {}, "response": {"content": "Hello"}})
    (tmp_path / "out" / "empty.yaml").write_text("mockai: 1\nexchanges: []\n")
    assert [cassette.takes for cassette in MockAI(cassette=tmp_path / "out").cassettes] == [{}]
