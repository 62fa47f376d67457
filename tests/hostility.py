"""Requests that nobody should send, and faults that nobody would compose: drawn by numbers, the same for the same ones.

A case begins with a request that the schemas allow, and is broken in up to three ways.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import cache
from random import Random
from typing import Any, TypeAlias

from hypothesis import HealthCheck, Phase, given, settings

from mockai.faults import FAULTS
from mockai.http import Request
from mockai.operations import Operation, operations
from mockai.strategies import requests

Breaking: TypeAlias = Callable[[Random, Request], Request]

ODD: Sequence[Any] = (
    *(None, True, False, 0, -1, 1.5, 2**31, 2**63, 2**64, 10**400, -(10**30), 1e308, -0.0),
    *(
        "",
        " ",
        "\u0000",
        "é\u0301",
        "x" * 5_000,
        "1",
        "null",
        "[object Object]",
        "../../etc/passwd",
        "data:;base64,!!!!",
    ),
    *("\ud800", "a\r\nx-evil: 1", "https://[::1", "data:image/png;base64,iVBORw0KGgo=", "file-nope", "resp_nope"),
    *(
        [],
        [[]],
        [None],
        {},
        {"": {}},
        {"type": "text"},
        {"type": None},
        [{"type": "image_url", "image_url": {"url": 1}}],
    ),
    *(float("nan"), float("inf"), float("-inf")),
)
"""Values that stand where others should."""

NAMES = ("type", "role", "content", "model", "n", "stream", "id", "", "__proto__", "é", "a[b]", "messages", "input")

BYTES = (
    *(b"", b"{", b"null", b"[]", b'"text"', b"0", b"NaN", b"{}{}", b"\xff\xfe{}", b"\x00" * 40, b"\xef\xbb\xbf{}"),
    *(b'{"model": "\xff"}', b'{"model": "\\ud800"}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b'{"n": 00}', b"{'a': 1}"),
    *(b"[" * 5_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000, b"[" * 900 + b"]" * 900, b'{"n": ' + b"9" * 5_000 + b"}"),
    *(b"--x\r\n", b"--x--", b"a=1&b=%zz", gzip.compress(b"{}"), gzip.compress(b"x" * 99)[:-7], b"\x1f\x8b garbage"),
)
"""Bodies of requests that no client writes."""

FORMS = (
    b"--%b",
    b"--%b\r\n",
    b"--%b\r\n\r\n",
    b"--%b--",
    b"--%b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--%b--\r\n",
    b'--%b\r\nContent-Disposition: form-data; name="file"; filename="\xff\x00"\r\n\r\n\xff\r\n--%b--\r\n',
    b'--%b\r\nContent-Disposition: form-data; name="a[b][c][][d]"\r\n\r\nx\r\n--%b\r\nbroken\r\n\r\n--%b--\r\n',
    b'--%b\r\nContent-Disposition: form-data; name="model"\r\n\r\n\xff\xfe\r\n--%b--',
    b'--%b\r\nContent-Disposition: form-data; name="model"\r\nContent-Type: \xff\r\n\r\ngpt-5\r\n--%b--\r\n',
)
"""Bodies that call themselves forms; %b is the boundary."""

MEDIA = (
    *("", "text/plain", "application/json; charset=utf-16", "application/json;", "APPLICATION/JSON", "x/y"),
    *("multipart/form-data; boundary=", 'multipart/form-data; boundary="', "multipart/mixed; boundary=x", "é/ü", "/"),
    *("multipart/form-data; boundary=" + "x" * 300, "application/x-www-form-urlencoded", "multipart/form-data; =;"),
)

SEGMENTS = (
    *("", ".", "..", "%", "%zz", "%00", "%2F", "%2e%2e", "%ff%fe", "%ED%A0%80", "é", "a b", "~", "{id}", "x" * 3_000),
    *("v1", "openai", "deployments", "__mockai", "t", "models", "-1", "null", "file-abc", "?", "#", "%F0%9F%98%80"),
)

QUERIES = (
    *("", "&", "=", "&&==", "limit=", "limit=NaN", "limit=-1", "limit=99999999999999999999", "limit=%zz"),
    *("limit=1&limit=2", "order=sideways", "after=", "after=nope", "before=nope&after=nope", "a[b]=c", "a[]=1&a[]=2"),
    *("a[b", "include[]=x", "beta=true", "stream=true", "starting_after=-1", "api-version=", "api-version=é"),
    *("%00=%00", "%ff=%ff", "x=" + "y" * 5_000, "include[]=%ED%A0%80", "group_by=x&start_time=-1"),
    *("start_time=1e400", "start_time=9999999999999", "&" * 3_000),
)

HEADERS = (
    *(("authorization", each) for each in ("", "Bearer", "Bearer ", "Basic eDp5", "Bearer \xff", "k" * 9_000)),
    *(("api-key", each) for each in ("", "k", "\xff")),
    *(("x-mockai-scope", each) for each in ("a", "", "../b", "\xff" * 50)),
    *(("x-mockai-seed", each) for each in ("1", "-1", "--1", "²", "9" * 5_000, "nope", "")),
    *(("accept", each) for each in ("text/event-stream", "*/*", "", "\xff")),
    *(("content-encoding", each) for each in ("gzip", "br", "nope", "")),
    *(("origin", each) for each in ("https://example.com", "null", "")),
    *(("idempotency-key", "x"), ("openai-beta", "assistants=v2"), ("openai-beta", "\xff"), ("range", "bytes=-1-9")),
    *(("openai-organization", "\xff"), ("openai-project", "x" * 9_000), ("x-stainless-retry-count", "\xff")),
    *(("host", "evil"), ("x", "")),
)

WORDS = (
    *(
        "",
        "é",
        "x",
        "gpt-5",
        "files.create",
        "text/html",
        "application/json",
        "a\r\nb: c",
        "\u0000",
        "close",
        "reset",
        "日本",
    ),
    *("insufficient_quota", "slow_down", "content_filter", "nope", "x" * 500),
)
FIGURES: Sequence[Any] = (0, 1, 2, 3, 7, 30, 500, 10**9, 2**70, 0.001, 0.002, -1, 1.5, 1e308, None, True, "1")


# -- requests


@cache
def valid(each: int) -> tuple[Request, ...]:
    """So many requests of every operation, as the schemas allow them."""
    found: list[Request] = []

    def drawn(row: Operation) -> None:
        @settings(
            max_examples=each,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(requests(row))
        def note(request: Request) -> None:
            found.append(request)

        note()

    for row in operations().values():
        if not row.twin:
            drawn(row)
    return tuple(found)


def hostile(random: Random, sane: Sequence[Request]) -> Request:
    """A request, valid and then broken; sometimes valid still."""
    request = random.choice(sane)
    for breaking in random.choices(BREAKINGS, k=random.choice((0, 1, 1, 1, 2, 3))):
        request = breaking(random, request)
    if random.random() < 0.4:
        request = with_header(request, "x-mockai-fault", composed(random))
    return request


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with a header, in place of the one of that name."""
    kept = tuple(pair for pair in request.headers if pair[0] != name)
    return replace(request, headers=(*kept, (name, value)))


def _member(random: Random, request: Request) -> Request:
    """Something in the JSON body is missing, of another type, or nested wrongly."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return replace(request, body=random.choice(BYTES))
    for _ in range(random.choice((1, 1, 2, 5))):
        body = broken(random, body)
    if random.random() < 0.3 and isinstance(body, dict):
        body["stream"] = random.choice((True, True, 1, "true"))
    return replace(request, body=json.dumps(body).encode())


def broken(random: Random, value: Any) -> Any:
    """A value in which one place, at any depth, is not as it was."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        name = random.choice(list(value))
        rest = {key: each for key, each in value.items() if key != name}
        match random.randrange(4):
            case 0:
                return rest
            case 1:
                return {**rest, random.choice(NAMES): value[name]}
            case _:
                return {**value, name: broken(random, value[name])}
    if isinstance(value, list) and value and random.random() < 0.7:
        place = random.randrange(len(value))
        return [*value[:place], broken(random, value[place]), *value[place + random.randrange(2) :]]
    match random.randrange(5):
        case 0:
            return [value]
        case 1:
            return {random.choice(NAMES): value}
        case _:
            return random.choice(ODD)


def _bytes(random: Random, request: Request) -> Request:
    """Bytes of the body are other ones, missing or doubled; or it is another body altogether."""
    body = bytearray(request.body)
    if not body or random.random() < 0.4:
        return replace(request, body=random.choice(BYTES))
    place = random.randrange(len(body))
    match random.randrange(4):
        case 0:
            body[place] = random.randrange(256)
        case 1:
            del body[place:]
        case 2:
            body[place:place] = random.randbytes(random.choice((1, 3, 60)))
        case 3:
            del body[place : place + random.choice((1, 9, 200))]
    return replace(request, body=bytes(body))


def _form(random: Random, request: Request) -> Request:
    """A form that is none."""
    body = random.choice(FORMS).replace(b"%b", b"x")
    return with_header(replace(request, body=body), "content-type", "multipart/form-data; boundary=x")


def _media(random: Random, request: Request) -> Request:
    return with_header(request, "content-type", random.choice(MEDIA))


def _method(random: Random, request: Request) -> Request:
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "WEBSOCKET", "BREW")
    return replace(request, method=random.choice(methods))


def _path(random: Random, request: Request) -> Request:
    """A segment is another, missing or one too many; Azure's paths, scopes and unknown ones."""
    segments = request.path.split("/")[1:]
    place = random.randrange(len(segments))
    segments[place : place + random.randrange(2)] = [random.choice(SEGMENTS)] * random.choice((0, 1, 1, 1, 40))
    start = random.choice(("", "", "", "/openai", "/openai/deployments/gpt-4o", "/t/a", "/t/", "/v1", "//"))
    return replace(request, path=(start + "/" + "/".join(segments)).replace("/v1/v1", "/v1"))


def _azure(random: Random, request: Request) -> Request:
    start = random.choice(("/openai/deployments/gpt-4o", "/openai/deployments/%ff", "/openai", "/openai/v1"))
    query = random.choice(("api-version=2024-10-21", "api-version=preview", "", request.query))
    return with_header(replace(request, path=start + request.path.removeprefix("/v1"), query=query), "api-key", "k")


def _query(random: Random, request: Request) -> Request:
    query = random.choice((request.query + "&", "", "")) + random.choice(QUERIES)
    return replace(request, query=query)


def _header(random: Random, request: Request) -> Request:
    if random.random() < 0.1:
        return replace(request, headers=())
    return with_header(request, *random.choice(HEADERS))


BREAKINGS: tuple[Breaking, ...] = (
    *(_member, _member, _member, _member, _bytes, _form, _media, _method),
    *(_path, _azure, _query, _header, _header),
)


# -- faults


def composed(random: Random) -> str:
    """Up to three faults in the words of a header; now and then no faults at all."""
    return "; ".join(_written(random) for _ in range(random.choice((1, 1, 1, 2, 3))))


def _written(random: Random) -> str:
    name = random.choice(tuple(FAULTS))
    match random.randrange(10):
        case 0:
            return random.choice(
                ("503", "200", "99999", "close(", "()", "close(chunks=)", ";", "\xff", "fail(,,)", "x" * 3_000)
            )
        case 1 | 2:
            return name
    return f"{name}({', '.join(f'{key}={value}' for key, value in _figures(random, name))})"


def _figures(random: Random, name: str) -> Iterator[tuple[str, Any]]:
    """Figures of a fault; mostly those that it can have."""
    for field in fields(FAULTS[name]):
        if random.random() < 0.5:
            kind = str(field.type)
            if random.random() < 0.1:
                yield field.name, random.choice((*FIGURES, *WORDS))
            elif kind.startswith("int"):
                yield field.name, random.choice((0, 1, 2, 3, 7, 40, 400, 429, 451, 500, 503, 529))
            elif kind.startswith("float"):
                yield field.name, random.choice((0, 0.001, 0.002, 0.005))
            else:
                yield field.name, random.choice(WORDS)


WHEN: dict[str, Sequence[Any]] = {
    "operation": (*operations(), *WORDS),
    "probability": (0, 0.5, 1, *FIGURES),
    **dict.fromkeys(("times", "every", "seed"), FIGURES),
}
"""What is said of faults that wait for calls."""


def injection(random: Random) -> Any:
    """Faults as the control surface takes them; now and then not quite."""
    names = random.choices(tuple(FAULTS), k=random.choice((1, 1, 2, 3)))
    entry: dict[str, Any] = {"inject": [{name: dict(_figures(random, name))} for name in names]}
    for key, values in WHEN.items():
        if random.random() < 0.15:
            entry[key] = random.choice(values)
    entry.setdefault("times", random.choice((1, 2, 3)))
    return broken(random, entry) if random.random() < 0.2 else entry


def _answer(random: Random) -> dict[str, Any]:
    """One answer of a stub; some cannot be given."""
    match random.randrange(9):
        case 0:
            return {"reply": random.choice(WORDS)}
        case 1:
            return {"stream": random.choice((["a", random.choice(WORDS)], {"pieces": ["a", "b"], "ttft": 0.001}))}
        case 2:
            return {"fail": random.choice((*FIGURES, *WORDS))}
        case 3:
            return {"fail": {"status": 429, "retry_after": random.choice(FIGURES)}}
        case 4:
            header = {random.choice(("x", "é", "a b", "", "X-Y")): random.choice(WORDS)}
            return {"fail": {"status": 503, "headers": header}}
        case 5:
            return {"call_tool": {"name": random.choice(WORDS), "arguments": random.choice(ODD)}}
        case 6:
            return {"answer": True}
        case 7:
            return {"reply": {"exact": random.choice(ODD), "unchecked": random.random() < 0.7}}
    return {"reply": {"text": "x", "status": random.choice((200, 201, 204, 304, 299, 500, 100, 0, 999))}}


def stub(random: Random) -> Any:
    """A stub as the control surface takes it, with faults; now and then not quite."""
    row = random.choice(tuple(operations().values()))
    id = random.choice((row.id, "chat.completions.create", "responses.create", "POST /embeddings"))
    answers = [_answer(random) for _ in range(random.choice((1, 1, 2)))]
    for answer in answers:
        if random.random() < 0.6:
            names = random.choices(tuple(FAULTS), k=random.choice((1, 2)))
            answer["fault"] = [{name: dict(_figures(random, name))} for name in names]
        if random.random() < 0.4:
            answer["times"] = random.choice((1, 2))
    entry: dict[str, Any] = {"on": id, "answers": answers}
    if random.random() < 0.2:
        entry["where"] = {random.choice(("model", "input", *NAMES)): random.choice(ODD)}
    return broken(random, entry) if random.random() < 0.2 else entry


def controlling(random: Random) -> Request:
    """A request to the control surface: faults and stubs that are declared, questions, nonsense."""
    host = random.choice(("127.0.0.1:1", *["localhost"] * 9, "", "[::1]", "é", "["))
    headers: tuple[tuple[str, str], ...] = (("host", host),)
    if random.random() < 0.1:
        headers = (*headers, random.choice(HEADERS))
    start = random.choice(("/__mockai/", *["/__mockai/"] * 4, "/t/a/__mockai/", "/v1/__mockai/"))
    match random.randrange(10):
        case 0 | 1 | 2:
            place, body = "POST faults", json.dumps(injection(random)).encode()
        case 3 | 4 | 5:
            place, body = "POST stubs", json.dumps(stub(random)).encode()
        case 6:
            clock = {random.choice(("advance", "now", *NAMES)): random.choice((*ODD, 60, 1e10, -1e10, 1_750_000_000))}
            place, body = "POST clock", json.dumps(clock).encode()
        case 7:
            place = random.choice(("POST faults", "POST stubs", "POST clock"))
            body = random.choice((*BYTES, json.dumps(random.choice(ODD)).encode()))
        case _:
            asked = (
                "GET journal",
                "GET verdict",
                "GET stubs",
                "GET faults",
                "GET clock",
                "DELETE stubs",
                "DELETE faults",
                "POST reset",
            )
            place, body = random.choice(asked), b""
    method, _, name = place.partition(" ")
    if random.random() < 0.1:
        method, name = random.choice(("GET", "POST", "BREW")), random.choice(("", "..", "%00", "journal/", name))
    asked = random.choice(
        ("", "", "after=1&limit=3", "limit=-1", "patience=0", "patience=9e9", "source=nope&operation=%ff")
    )
    return Request(method, start + name, asked, headers, body)
