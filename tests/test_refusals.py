"""What the API refuses by itself, family by family: status, type, code and param of every kind of mistake."""

from __future__ import annotations

import json
from binascii import a2b_base64
from typing import Any

import pytest

from mockai import MockAI, admit
from mockai.http import Reply, Request
from mockai.multipart import Part, build, usual_headers

KEY = ("authorization", "Bearer sk-any")
JSON, FORM = ("content-type", "application/json"), ("content-type", "multipart/form-data; boundary=cut")
USER = {"role": "user", "content": "hi"}
LONG = "word " * 1_100_000
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
LINE = b'{"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": {}}\n'
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PNG = a2b_base64(DOT)


def showing(url: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}


def chat_format(**more: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": True, **more}}}


def chat_tool(**more: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {"name": "f", **more}}]}


def text_format(**more: Any) -> dict[str, Any]:
    return {"text": {"format": {"type": "json_schema", "name": "x", "strict": True, **more}}}


def tool(**more: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "name": "f", **more}]}


NO_PICTURE = "data:image/jpeg;base64,Qk0AAAAAAAAA"
UNKNOWN: tuple[Any, ...] = ({"zzz": 1}, 400, "unknown_parameter", "zzz")
GONE: Any = object()
"""A field that a request lacks."""

# the path, a request that is taken, and what it takes to be refused: (change, status, code, param[, type])
FAMILIES: dict[str, tuple[str, dict[str, Any], list[tuple[Any, ...]]]] = {
    "chat": (
        "/chat/completions",
        {"model": "gpt-4.1", "messages": [USER]},
        [
            ({"zzz": 1}, 400, None, None),
            ({"zzz": 1, "model": "o4-mini"}, 400, "unknown_parameter", "zzz"),
            ({"messages": [{"role": "user"}]}, 400, None, "messages.[0].content"),
            (
                {"messages": [{**USER, "content": [{"type": ["text"]}]}]},
                *(400, "invalid_type", "messages[0].content[0].type"),
            ),
            ({"messages": [{"role": "developer"}]}, 400, "missing_required_parameter", "messages[0].content"),
            (
                {"messages": [{**USER, "role": "assistant", "tool_calls": []}]},
                400,
                "empty_array",
                "messages[0].tool_calls",
            ),
            ({"messages": [{**USER, "mood": 1}]}, 400, "unknown_parameter", "messages[0].mood"),
            ({"messages": [{**USER, "content": 7}]}, 400, "invalid_type", "messages[0].content"),
            ({"messages": [{**USER, "role": "x"}]}, 400, "invalid_value", "messages[0].role"),
            ({"messages": [{**USER, "name": "Ada L."}]}, 400, "invalid_value", "messages[0].name"),
            ({"messages": [showing(NO_PICTURE)]}, 400, "invalid_image_format", None),
            ({"messages": []}, 400, "empty_array", "messages"),
            ({"messages": GONE}, 400, "missing_required_parameter", "messages"),
            ({"messages": [{**USER, "content": LONG}]}, 400, "context_length_exceeded", "messages"),
            ({"model": GONE}, 400, None, None),
            ({"model": "gpt-99"}, 404, "model_not_found", None),
            ({"model": "whisper-1"}, 404, None, "model"),
            ({"temperature": 9}, 400, "decimal_above_max_value", "temperature"),
            ({"temperature": -1}, 400, "decimal_below_min_value", "temperature"),
            ({"n": 0}, 400, "integer_below_min_value", "n"),
            ({"n": 129}, 400, "integer_above_max_value", "n"),
            ({"stream": "yes"}, 400, "invalid_type", "stream"),
            ({"model": "o3", "temperature": 0.5}, 400, "unsupported_value", "temperature"),
            ({"model": "o3", "max_tokens": 9}, 400, "unsupported_parameter", "max_tokens"),
            ({"web_search_options": {}}, 400, None, "web_search_options"),
            ({"metadata": {"run": "1"}}, 400, None, "metadata"),
            ({"logit_bias": {"sea": 5}}, 400, None, "logit_bias"),
            (chat_format(name="x y", schema=OBJECT), 400, "invalid_value", "response_format.json_schema.name"),
            (chat_format(schema={"type": "objekt"}), 400, None, "response_format"),
            (chat_format(schema=OBJECT), 400, None, "response_format"),
            (chat_tool(name="f g"), 400, "invalid_value", "tools[0].function.name"),
            (
                chat_tool(parameters={"type": "array"}),
                *(400, "invalid_function_parameters", "tools[0].function.parameters"),
            ),
            (
                chat_tool(parameters=OBJECT, strict=True),
                *(400, "invalid_function_parameters", "tools[0].function.parameters"),
            ),
        ],
    ),
    "responses": (
        "/responses",
        {"model": "gpt-4.1", "input": "hi"},
        [
            UNKNOWN,
            ({"input": 7}, 400, "invalid_type", "input"),
            ({"input": [{**USER, "content": 7}]}, 400, "invalid_type", "input[0].content"),
            (
                {"input": [{**USER, "content": [{"type": "input_image", "image_url": NO_PICTURE}]}]},
                400,
                "invalid_value",
                "input",
            ),
            ({"input": LONG}, 400, "context_length_exceeded", "input"),
            ({"input": GONE}, 400, "missing_required_parameter", "input"),
            ({"model": GONE}, 400, "missing_required_parameter", "model"),
            ({"model": "gpt-99"}, 400, "model_not_found", "model"),
            ({"temperature": -1}, 400, "decimal_below_min_value", "temperature"),
            ({"previous_response_id": "resp_x"}, 400, "previous_response_not_found", "previous_response_id"),
            ({"conversation": "conv_x"}, 404, None, None),
            (text_format(name="x y", schema=OBJECT), 400, "invalid_value", "text.format.name"),
            (text_format(schema={"type": "objekt"}), 400, "invalid_json_schema", "text.format.schema"),
            (text_format(schema=OBJECT), 400, "invalid_json_schema", "text.format.schema"),
            (tool(parameters={"type": "array"}), 400, "invalid_function_parameters", "tools[0].parameters"),
            (tool(parameters=OBJECT, strict=True), 400, "invalid_function_parameters", "tools[0].parameters"),
            (
                {"input": [{**USER, "content": [{"type": "input_file", "filename": "a.mp3", "file_data": "AAAA"}]}]},
                *(400, "unsupported_file", "input"),
            ),
            ({"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]}, 400, None, "input"),
            ({"reasoning": {"summary": "auto"}}, 400, "unsupported_parameter", "reasoning.summary"),
            ({"model": "gpt-5", "reasoning": {"summary": "concise"}}, 400, "unsupported_value", "reasoning.summary"),
            ({"include": ["reasoning.encrypted_content"]}, 400, None, "include"),
        ],
    ),
    "completions": (
        "/completions",
        {"model": "gpt-3.5-turbo-instruct", "prompt": "hi"},
        [
            UNKNOWN,
            ({"model": GONE}, 400, None, None),
            ({"model": "gpt-99"}, 404, "model_not_found", None),
            ({"model": "gpt-4.1"}, 404, None, "model"),
            ({"temperature": 9}, 400, "decimal_above_max_value", "temperature"),
            ({"prompt": [999_999]}, 400, None, None),
        ],
    ),
    "embeddings": (
        "/embeddings",
        {"model": "text-embedding-3-small", "input": "hi"},
        [
            UNKNOWN,
            ({"input": {}}, 400, None, None),
            ({"input": []}, 400, "empty_array", "input"),
            ({"input": ["a"] * 2049}, 400, "array_above_max_length", "input"),
            ({"input": "word " * 9_000}, 400, None, None),
            ({"input": GONE}, 400, None, None),
            ({"model": GONE}, 400, None, None),
            ({"model": 5}, 400, None, None),
            ({"model": "x-99"}, 404, "model_not_found", None),
            ({"model": "gpt-4.1"}, 403, None, None),
            ({"dimensions": 0}, 400, None, None),
            ({"dimensions": "x"}, 400, None, None),
            ({"dimensions": 9_999}, 400, None, None),
            ({"encoding_format": "x"}, 400, None, None),
        ],
    ),
    "images": (
        "/images/generations",
        {"model": "gpt-image-1", "prompt": "A dot", "size": "1024x1024"},
        [
            UNKNOWN,
            ({"response_format": "url"}, 400, "unknown_parameter", "response_format"),
            ({"prompt": ""}, 400, "empty_string", "prompt"),
            ({"prompt": "x" * 32_001}, 400, "string_above_max_length", "prompt"),
            ({"prompt": GONE}, 400, "missing_required_parameter", "prompt"),
            ({"n": 11}, 400, "integer_above_max_value", "n"),
            ({"output_compression": 101}, 400, "integer_above_max_value", "output_compression"),
            ({"background": "x"}, 400, "invalid_value", "background"),
            ({"output_format": "x"}, 400, "invalid_value", "output_format"),
            ({"quality": "x"}, 400, "invalid_value", "quality"),
            ({"output_format": "gif"}, 400, "invalid_value", "output_format"),
            ({"quality": "max"}, 400, "invalid_value", "quality"),
            ({"quality": 1, "output_compression": 101}, 400, "invalid_type", "quality"),
            ({"prompt": "", "n": 0}, 400, "empty_string", "prompt"),
            ({"size": "1x1"}, 400, "invalid_value", "size", "image_generation_user_error"),
            ({"model": "x-99"}, 400, "invalid_value", "model", "image_generation_user_error"),
        ],
    ),
    "edits": (
        "/images/edits",
        {"model": "gpt-image-1", "prompt": "A dot", "image": ("a.png", PNG)},
        [
            ({"image": GONE}, 400, "missing_required_parameter", "image"),
            ({"image": ("a.txt", b"hi")}, 400, "invalid_image_file", "image", "image_generation_user_error"),
            ({"mask": ("a.txt", b"hi")}, 400, "invalid_mask_image_format", "mask", "image_generation_user_error"),
            ({"model": "x-99"}, 400, "invalid_value", "model", "image_generation_user_error"),
            ({"n": "many"}, 400, "invalid_type", "n"),
            ({"model": "dall-e-2", "image": ("a.jpg", b"\xff\xd8\xff")}, 400, None, None),
        ],
    ),
    "speech": (
        "/audio/speech",
        {"model": "tts-1", "input": "hi", "voice": "alloy"},
        [
            UNKNOWN,
            ({"input": ""}, 400, None, None),
            ({"input": "x" * 4_097}, 400, None, None),
            ({"voice": "bob"}, 400, None, None),
            ({"voice": GONE}, 400, None, None),
            ({"model": GONE}, 400, None, None),
            ({"input": 5}, 400, None, None),
            ({"speed": 9}, 400, None, None),
            ({"response_format": "x"}, 400, "unsupported_value", "response_format"),
            ({"model": "x-99"}, 404, "model_not_found", None),
        ],
    ),
    "transcriptions": (
        "/audio/transcriptions",
        {"model": "whisper-1", "file": ("a.mp3", b"ID3")},
        [
            UNKNOWN,
            ({"file": GONE}, 400, None, None),
            ({"model": GONE}, 400, None, None),
            ({"file": ("a.txt", b"hi")}, 400, None, None),
            ({"file": ("a.mp3", bytes((25 << 20) + 1))}, 413, None, None),
            ({"response_format": "pdf"}, 400, None, None),
            ({"response_format": "pdf", "model": "gpt-4o-transcribe"}, 400, "unsupported_value", "response_format"),
            ({"model": "x-99"}, 404, "model_not_found", None),
        ],
    ),
    "files": (
        "/files",
        {"purpose": "batch", "file": ("a.jsonl", LINE)},
        [
            ({"purpose": GONE}, 400, None, None),
            ({"purpose": "fun"}, 400, None, None),
            ({"file": GONE}, 400, None, None),
            ({"file": ("a.txt", b"hi")}, 400, None, None),
        ],
    ),
    "assistants": (
        "/assistants",
        {"model": "gpt-4.1"},
        [
            UNKNOWN,
            ({"model": GONE}, 400, "missing_required_parameter", "model"),
            ({"model": "gpt-99"}, 400, "model_not_found", "model"),
            ({"metadata": {"modified": True}}, 400, "invalid_type", "metadata.modified"),
            ({"tools": [{"type": "x"}]}, 400, "invalid_value", "tools[0].type"),
            ({"name": "x" * 257}, 400, "string_above_max_length", "name"),
            ({"temperature": 3}, 400, "decimal_above_max_value", "temperature"),
        ],
    ),
    "threads": (
        "/threads",
        {"messages": [USER]},
        [
            UNKNOWN,
            ({"messages": [{**USER, "role": "system"}]}, 400, "invalid_value", "messages[0].role"),
            ({"metadata": {"a": 1}}, 400, "invalid_type", "metadata.a"),
        ],
    ),
    "vector stores": (
        "/vector_stores",
        {"name": "notes"},
        [
            UNKNOWN,
            ({"name": 7}, 400, "invalid_type", "name"),
            ({"file_ids": ["file-x"]}, 404, None, "id"),
            (
                {"expires_after": {"anchor": "last_active_at", "days": 0}},
                *(400, "integer_below_min_value", "expires_after.days"),
            ),
        ],
    ),
    "moderations": (
        "/moderations",
        {"input": "hi"},
        [
            UNKNOWN,
            ({"input": 7}, 400, "invalid_type", "input"),
            ({"input": GONE}, 400, None, None),
            ({"model": "x-99"}, 400, None, None),
        ],
    ),
    "uploads": (
        "/uploads",
        {"bytes": 1, "filename": "a.txt", "mime_type": "text/plain", "purpose": "assistants"},
        [
            ({"bytes": GONE}, 400, None, None),
            ({"bytes": "x"}, 400, None, None),
            ({"purpose": "x"}, 400, None, "purpose"),
        ],
    ),
}

# what names a file that was uploaded: `FILE` is its id
ON_A_FILE: dict[str, tuple[str, str, dict[str, Any], list[tuple[Any, ...]]]] = {
    "batches": (
        "batch",
        "/batches",
        {"endpoint": "/v1/embeddings", "completion_window": "24h", "input_file_id": "FILE"},
        [
            UNKNOWN,
            ({"input_file_id": GONE}, 400, "missing_required_parameter", "input_file_id"),
            ({"input_file_id": "file-x"}, 404, None, "id"),
            ({"endpoint": "/v1/x"}, 400, "invalid_value", "endpoint"),
            ({"completion_window": "1h"}, 400, "invalid_value", "completion_window"),
        ],
    ),
    "fine-tuning": (
        "fine-tune",
        "/fine_tuning/jobs",
        {"model": "gpt-4.1-2025-04-14", "training_file": "FILE"},
        [
            UNKNOWN,
            ({"model": GONE}, 400, "missing_required_parameter", "model"),
            ({"model": "gpt-99"}, 400, "model_not_available", None),
            ({"training_file": GONE}, 400, "missing_required_parameter", "training_file"),
            ({"training_file": "file-x"}, 400, None, "training_file"),
            ({"suffix": "x" * 65}, 400, "string_above_max_length", "suffix"),
            ({"hyperparameters": {"n_epochs": 0}}, 400, "integer_below_min_value", "hyperparameters.n_epochs"),
        ],
    ),
}

UNKNOWN_IDS: list[tuple[str, str | None, str | None]] = [
    ("GET /files/file-x", None, "id"),
    ("DELETE /files/file-x", None, "id"),
    ("GET /files/file-x/content", None, "id"),
    ("GET /chat/completions/chatcmpl-x", "not_found", "completion_id"),
    ("GET /responses/resp_x", None, None),
    ("POST /responses/resp_x/cancel", None, None),
    ("GET /conversations/conv_x", None, None),
    ("GET /assistants/asst_x", None, None),
    ("GET /threads/thread_x", None, None),
    ("GET /threads/thread_x/messages", None, None),
    ("GET /batches/batch_x", None, None),
    ("POST /batches/batch_x/cancel", None, None),
    ("GET /vector_stores/vs_x", None, None),
    ("DELETE /vector_stores/vs_x", None, None),
    ("GET /fine_tuning/jobs/ftjob-x", "fine_tune_not_found", "fine_tune_id"),
    ("POST /fine_tuning/jobs/ftjob-x/cancel", "fine_tune_not_found", "fine_tune_id"),
    ("GET /models/x-99", "model_not_found", "model"),
    ("DELETE /models/x-99", "model_not_found", "model"),
    ("POST /uploads/upload_x/cancel", None, None),
    ("GET /evals/eval_x", None, None),
    ("GET /containers/cntr_x", None, None),
    ("GET /videos/video_x", None, None),
    ("GET /x", None, None),
]


def asked(mock: MockAI, route: str, body: Any = None, *, headers: Any = (KEY, JSON)) -> Reply:
    """The answer to a request; a dictionary is a form where something in it is a file, bytes are sent as they are."""
    method, path = route.split() if " " in route else ("POST", route)
    if isinstance(body, dict) and (path.startswith("/files") or path in ("/images/edits", "/audio/transcriptions")):
        fields = [(name, *(value if isinstance(value, tuple) else (None, value))) for name, value in body.items()]
        data = [
            (name, file, value if isinstance(value, bytes) else str(value).encode()) for name, file, value in fields
        ]
        parts = [Part(name, file, None, usual_headers(name, file, None), value) for name, file, value in data]
        headers, body = (KEY, FORM), build(parts, "cut")
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    reply = mock.handle(Request(method, "/v1" + path, "", headers, raw))
    assert isinstance(reply, Reply)
    return reply


def error(reply: Reply) -> tuple[Any, ...]:
    """What an answer says went wrong, in the shape of the API's errors."""
    told = json.loads(reply.content)["error"]
    assert told.keys() == {"message", "type", "param", "code"}
    assert told["message"]
    return reply.status, told["type"], told["code"], told["param"]


def wanted(status: int, code: str | None, param: str | None, kind: str = "invalid_request_error") -> tuple[Any, ...]:
    return status, kind, code, param


def changed(body: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (body | change).items() if value is not GONE}


ROWS = [
    pytest.param(path, body, change, wanted(*about), id=f"{family}-{next(iter(change))}-{number}")
    for family, (path, body, rows) in FAMILIES.items()
    for number, (change, *about) in enumerate(rows)
]


@pytest.fixture(scope="module")
def mock() -> MockAI:
    return MockAI(admission="semantic", words=8)


@pytest.mark.parametrize(("path", "body", "change", "expected"), ROWS)
def test_a_mistake_is_refused_as_the_api_refuses_it(
    mock: MockAI, path: str, body: Any, change: Any, expected: Any
) -> None:
    assert error(asked(mock, path, changed(body, change))) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_without_the_mistake_it_is_taken(mock: MockAI, family: str) -> None:
    path, body, _ = FAMILIES[family]
    assert asked(mock, path, body).status == 200


@pytest.mark.parametrize("family", ON_A_FILE)
def test_what_needs_a_file_is_refused_for_its_own_mistakes(mock: MockAI, family: str) -> None:
    purpose, path, body, rows = ON_A_FILE[family]
    file = json.loads(asked(mock, "/files", {"purpose": purpose, "file": ("a.jsonl", LINE * 10)}).content)["id"]
    taken = {name: file if value == "FILE" else value for name, value in body.items()}
    for change, *about in rows:
        assert error(asked(mock, path, changed(taken, change))) == wanted(*about), change
    assert asked(mock, path, taken).status == 200


@pytest.mark.parametrize(("route", "code", "param"), UNKNOWN_IDS, ids=[row[0] for row in UNKNOWN_IDS])
def test_what_does_not_exist_is_not_found(mock: MockAI, route: str, code: str | None, param: str | None) -> None:
    assert error(asked(mock, route)) == wanted(404, code, param)


def test_the_state_of_an_object_can_forbid_a_request(mock: MockAI) -> None:
    def made(route: str, **body: Any) -> Any:
        return json.loads(asked(mock, route, body).content)["id"]

    response = made("/responses", model="gpt-4.1", input="hi")
    notes = made("/files", purpose="assistants", file=("a.txt", b"hi"))
    thread, helper = made("/threads"), made("/assistants", model="gpt-4.1")
    runs = f"/threads/{thread}/runs"
    assert error(asked(mock, runs, {"assistant_id": helper})) == wanted(400, "invalid_thread", None)
    made(f"/threads/{thread}/messages", role="user", content="hi")
    run = made(runs, assistant_id=helper)
    assert json.loads(asked(mock, f"GET {runs}/{run}").content)["status"] == "completed"
    for route, body in (
        (f"/responses/{response}/cancel", None),
        (f"GET /files/{notes}/content", None),
        (f"{runs}/{run}/cancel", None),
        (f"{runs}/{run}/submit_tool_outputs", {"tool_outputs": []}),
    ):
        assert error(asked(mock, route, body)) == wanted(400, None, None), route
    about = {"endpoint": "/v1/embeddings", "completion_window": "24h", "input_file_id": notes}
    assert error(asked(mock, "/batches", about)) == wanted(400, None, "input_file_id")


# -- whatever is asked for

FORMS = {"edits", "transcriptions", "files"}
ASKING_FOR_A_MODEL = {"chat", "completions", "embeddings"}


@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - FORMS))
def test_a_body_is_json_and_says_so(mock: MockAI, family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, body, _ = FAMILIES[family]
    for broken in (b"{", b"[1]", b"hi", b'{"a": NaN}'):
        assert error(asked(mock, path, broken)) == wanted(400, None, None), broken
    for media in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        expected = wanted(400, None if family in ASKING_FOR_A_MODEL else "unsupported_content_type", None)
        assert error(asked(mock, path, body, headers=(KEY, ("content-type", media)))) == expected
    for media in ("application/json; charset=utf-8", "Application/JSON"):
        assert asked(mock, path, body, headers=(KEY, ("content-type", media))).status == 200
    monkeypatch.setattr(admit, "MOST_BYTES", 10)
    assert error(asked(mock, path, body)) == wanted(413, "request_too_large", None)


@pytest.mark.parametrize("family", sorted(FORMS))
def test_a_form_is_a_form(mock: MockAI, family: str) -> None:
    assert error(asked(mock, FAMILIES[family][0], b"hi", headers=(KEY, FORM))) == wanted(400, None, None)
    plain = (KEY, ("content-type", "text/plain"))
    expected = wanted(400, "unsupported_content_type", None)
    assert error(asked(mock, FAMILIES[family][0], b"hi", headers=plain)) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_a_key_is_needed_and_may_be_wrong(family: str) -> None:
    mock = MockAI(api_key=["sk-right-key"])
    path = FAMILIES[family][0]
    assert error(asked(mock, path, b"{}", headers=(JSON,))) == wanted(401, None, None)
    assert error(asked(mock, path, b"{}", headers=(KEY, JSON))) == wanted(401, "invalid_api_key", None)


@pytest.mark.parametrize("route", ["PUT /chat/completions", "DELETE /embeddings", "PATCH /files"])
def test_another_method_is_not_allowed(mock: MockAI, route: str) -> None:
    reply = asked(mock, route)
    assert error(reply) == wanted(405, None, None)
    assert "POST" in (reply.header("allow") or "")
