"""Addresses that hold their data: which are refused, in which words, and which are let through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_responses import mocked, reply

PNG = "data:image/png;base64,iVBORw0KGgo="
HELLO = "SGVsbG8="
IMAGE = (
    "Expected a base64-encoded data URL with an image MIME type "
    "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {}."
)
PDF = (
    "Expected a base64-encoded data URL with an application/pdf MIME type "
    "(e.g. 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got {}."
)
DOCUMENT = (
    "Expected a base64-encoded data URL with a valid file MIME type "
    "(e.g. 'data:text/plain;base64,SGVsbG8sIFdvcmxkIQ=='), but got {}. Please see "
    "https://platform.openai.com/docs/assistants/tools/file-search#supported-files for supported file types."
)
UNPREFIXED, EMPTY, BROKEN = (
    "a value without the 'data:' prefix",
    "empty base64-encoded bytes",
    "an invalid base64-encoded value",
)


def sent(path: str, **body: Any) -> tuple[int, Any]:
    answer = reply(mocked(admission="semantic"), path, body)
    return answer.status, json.loads(answer.content)


def chatted(part: dict[str, Any]) -> tuple[int, Any]:
    told = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, part]}
    return sent("/v1/chat/completions", model="gpt-4o", messages=[told])


def responded(part: dict[str, Any], role: dict[str, Any] | None = None) -> tuple[int, Any]:
    return sent("/v1/responses", model="gpt-4o", input=[{"role": "user", "content": [part]}, *([role] if role else ())])


def refused(answer: tuple[int, Any], message: str, param: str) -> None:
    status, body = answer
    expected = {"message": message, "type": "invalid_request_error", "param": param, "code": "invalid_value"}
    assert (status, body) == (400, {"error": expected})


FAULTS = [
    ("data:image/png;base64,", EMPTY),
    ("data:image/png;base64,data:image/png;base64,AAAA", BROKEN),
    ("data:image/png;base64,https://example.com/a.png", BROKEN),
    (f"data:application/pdf;base64,{HELLO}", "unsupported MIME type 'application/pdf'"),
]


@pytest.mark.parametrize(("url", "found"), [*FAULTS, (HELLO, UNPREFIXED)])
def test_pictures_of_chats(url: str, found: str) -> None:
    place = "messages[0].content[1].image_url.url"
    answer = chatted({"type": "image_url", "image_url": {"url": url}})
    refused(answer, f"Invalid image URL: '{place}'. {IMAGE.format(found)}", place)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (f"data:text/plain;base64,{HELLO}", "unsupported MIME type 'text/plain'"),
        (HELLO, UNPREFIXED),
        ("data:application/pdf;base64,https://example.com", BROKEN),
    ],
)
def test_chats_read_pdf_alone(data: str, found: str) -> None:
    place = "messages[0].content[1].file.file_data"
    answer = chatted({"type": "file", "file": {"filename": "a.txt", "file_data": data}})
    refused(answer, f"Invalid file data: '{place}'. {PDF.format(found)}", place)


@pytest.mark.parametrize(("url", "found"), FAULTS)
def test_pictures_of_responses(url: str, found: str) -> None:
    place = "input[0].content[0].image_url"
    refused(responded({"type": "input_image", "image_url": url}), f"Invalid '{place}'. {IMAGE.format(found)}", place)


def test_data_that_says_not_what_it_is() -> None:
    place = "input[0].content[0].image_url"
    words = f"Invalid '{place}'. Expected a valid URL, but got a value with an invalid format."
    refused(responded({"type": "input_image", "image_url": HELLO}), words, place)


def test_pictures_that_come_of_calls() -> None:
    place = "input[1].output[0].image_url"
    shown = {"type": "input_image", "image_url": "data:image/png;base64,"}
    output = {"type": "function_call_output", "call_id": "c", "output": [shown]}
    answer = responded({"type": "input_text", "text": "Look"}, output)
    refused(answer, f"Invalid '{place}'. {IMAGE.format(EMPTY)}", place)


@pytest.mark.parametrize("media", ["audio/mpeg", "image/png", "application/octet-stream", "text/x-ruby-script"])
def test_what_is_no_document(media: str) -> None:
    place = "input[0].content[0].file_data"
    answer = responded({"type": "input_file", "filename": "a", "file_data": f"data:{media};base64,{HELLO}"})
    words = DOCUMENT.format(f"unsupported MIME type '{media}'")
    refused(answer, f"Invalid file data: '{place}'. {words}", place)


PDF_OF_HELLO = f"data:application/pdf;base64,{HELLO}"
PLAIN = f"data:text/plain;charset=utf-8;base64,{HELLO}"


@pytest.mark.parametrize("url", [PNG, "https://example.com/a.png"])
def test_pictures_that_are_let_through(url: str) -> None:
    assert chatted({"type": "image_url", "image_url": {"url": url}})[0] == 200
    assert responded({"type": "input_image", "image_url": url})[0] == 200


def test_documents_that_are_let_through() -> None:
    assert chatted({"type": "file", "file": {"filename": "a.pdf", "file_data": PDF_OF_HELLO}})[0] == 200
    for data, name in ((PDF_OF_HELLO, "a.pdf"), (PLAIN, "a.ts"), (HELLO, "a.txt")):
        assert responded({"type": "input_file", "filename": name, "file_data": data})[0] == 200


@pytest.mark.parametrize(
    ("shown", "words", "code"),
    [
        (
            {"file_id": None},
            "Missing mutually exclusive parameters: 'input[0].content[0]'. Ensure you are providing exactly one of: "
            "'file_id' or 'image_url'.",
            "missing_mutually_exclusive_parameters",
        ),
        (
            {"file_id": "file-1", "image_url": PNG},
            "Mutually exclusive parameters: 'input[0].content[0]'. Ensure you are only providing one of: "
            "'file_id' or 'image_url'.",
            "mutually_exclusive_parameters",
        ),
    ],
)
def test_a_picture_is_in_one_place(shown: dict[str, Any], words: str, code: str) -> None:
    status, body = responded({"type": "input_image", **shown})
    assert (status, body["error"]["message"], body["error"]["code"]) == (400, words, code)
    assert body["error"]["param"] == "input[0].content[0]"


def test_a_server_has_an_address() -> None:
    status, body = sent("/v1/responses", model="gpt-4o", input="x", tools=[{"type": "mcp", "server_label": "a"}])
    words = "Missing mutually exclusive parameters: 'tools[0]'. Ensure you are providing exactly one of: "
    words += "'server_url', 'connector_id', or 'tunnel_id'."
    assert (status, body["error"]["message"], body["error"]["param"]) == (400, words, "tools[0]")


SHOWN = {"type": "image_url", "image_url": {"url": PNG}}


def talked(role: str, model: str = "gpt-4o", shown: Any = SHOWN) -> tuple[int, Any]:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = [{"role": "user", "content": "Look"}, {"role": "assistant", "tool_calls": [call]}] * (role == "tool")
    said = {"role": role, "content": [shown], **({"tool_call_id": "c"} if role == "tool" else {})}
    return sent("/v1/chat/completions", model=model, messages=[*asked, said, *([] if asked else ASKED)])


ASKED = [{"role": "user", "content": "And?"}]


@pytest.mark.parametrize("role", ["tool", "assistant", "system", "developer"])
def test_pictures_are_shown_by_users(role: str) -> None:
    place = "messages[2]" if role == "tool" else "messages[0]"
    words = f"Invalid '{place}'. Image URLs are only allowed for messages with role 'user', but this message with role"
    refused(talked(role), f"{words} '{role}' contains an image URL.", place)


def test_later_models_take_those_of_tools() -> None:
    assert talked("tool", "gpt-5.2")[0] == 200
    for empty in ({}, {"image_url": {}}, {"image_url": {"url": 7}}, {"image_url": PNG}):
        assert talked("tool", "gpt-5.2", {"type": "image_url", **empty})[0] == 400
    assert talked("system", "gpt-5.2")[0] == 400
