"""When two requests are the same, and where they differ when they are not.

Sameness is a hash of the canonical request: operation, path values, query, and the body as a value (multipart: as its
parts). Base URL, the spelling of JSON, the order of its keys and a multipart boundary do not count; all else does.
Numbers are compared as numbers, as JSON has one number type: `1.0` is `1`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from .call import Call
from .http import Request
from .multipart import Part
from .understand import understand


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One place where a request is not what was wanted. `where` is written like `messages[0].content`."""

    where: str
    wanted: object
    got: object

    def __str__(self) -> str:
        return f"{self.where}: wanted {show(self.wanted)}, got {show(self.got)}"


class Absent:
    """Stands in a Mismatch for a field that is not there."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()


def show(value: object) -> str:
    """A value for a message: JSON-like, at most 80 characters."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"


def key(request: Request, ignore: Sequence[str] = ()) -> str:
    """The hash of the canonical request, 32 hexadecimal digits; `ignore` holds JSON pointers into the body.

    Two requests have the same key exactly when `differences` finds nothing between them.
    """
    return key_of(understand(request), ignore)


def key_of(call: Call, ignore: Sequence[str] = ()) -> str:
    """The key of a request that has been understood already; computed once."""
    rule = tuple(ignore)
    found = call.keys.get(rule)
    if found is None:
        told = target(call)
        if call.request.query and (asked := query(call.request)):
            told += f"?{asked}"
        body = b"\n" + canonical(call, rule) if call.request.body else b""
        found = hashlib.blake2b(told.encode("utf-8", "surrogatepass") + body, digest_size=16).hexdigest()
        call.keys[rule] = found
    return found


def target(call: Call) -> str:
    """What is asked of whom: operation, deployment and path values, wherever the API is mounted."""
    if call.operation is None:
        return f"{call.request.method} {call.request.path}"
    if not call.values and call.deployment is None:
        return call.operation.id
    return f"{call.operation.id} {call.deployment!r} {sorted(call.values.items())}"


def query(request: Request) -> list[tuple[str, str]]:
    """The decoded query, sorted by name; repeats of one name keep their order."""
    return _pairs(request.query)


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    return sorted(pairs, key=lambda pair: pair[0])


def canonical(call: Call, ignore: Sequence[str] = ()) -> bytes:
    """The body in one spelling for all that mean the same; what is not JSON begins as no JSON does."""
    request = call.request
    if isinstance(call.body, tuple):
        return b"\0parts " + repr(parts(call.body)).encode("utf-8", "surrogatepass")
    if call.media.startswith("application/x-www-form-urlencoded"):
        pairs = _pairs(request.body.decode("utf-8", "surrogateescape"))
        return b"\0form " + repr(pairs).encode("utf-8", "surrogatepass")
    try:
        plain = call.body is not None and not ignore and not has_whole_float(call.body)
        value = call.body if plain else exact(request.body)
    except ValueError:
        return b"\0bytes " + request.body
    for pointer in ignore:
        _drop(value, pointer.split("/")[1:])
    try:
        return _sorted(value)
    except RecursionError:
        return b"\0bytes " + request.body


def _sorted(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # integers beyond 64 bits, halves of surrogate pairs
        return json.dumps(value, sort_keys=True).encode()


def has_whole_float(value: Any) -> bool:
    """Whether a JSON value holds a float without a fraction: `1.0`, or an integer too long for the fast parser."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        kind = type(inner)
        if kind is dict:
            waiting.extend(inner.values())
        elif kind is list:
            waiting.extend(inner)
        elif kind is float and inner.is_integer():
            return True
    return False


def exact(body: bytes) -> Any:
    """JSON whose numbers are kept exactly: whole floats become integers, integers of any size stay.

    Raises ValueError for what is not JSON, NaN and numbers beyond a double among it, and for what is nested too deep.
    """

    def number(text: str) -> float | int:
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise ValueError(f"{text} is beyond a double")
        return int(value) if value.is_integer() else value

    def constant(text: str) -> None:
        raise ValueError(f"{text} is not JSON")

    try:
        return json.loads(body, parse_float=number, parse_constant=constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def comparable(call: Call) -> Any:
    """The body as people compare it: a JSON value, a list of parts, or text."""
    if isinstance(call.body, tuple):
        return parts(call.body)
    try:
        return exact(call.request.body) if call.request.body else ABSENT
    except ValueError:
        return call.request.body.decode("utf-8", "surrogateescape")


def differences(wanted: Call, got: Call, ignore: Sequence[str] = ()) -> Iterator[Mismatch]:
    """Every place where `got` is another request than `wanted`; nothing means they have the same key."""
    if target(wanted) != target(got):
        yield Mismatch("request", _line(wanted), _line(got))
    if query(wanted.request) != query(got.request):
        yield Mismatch("query", wanted.request.query, got.request.query)
    if canonical(wanted, ignore) != canonical(got, ignore):
        pair = comparable(wanted), comparable(got)
        for pointer in ignore:
            for value in pair:
                _drop(value, pointer.split("/")[1:])
        yield from _compared(*pair) or [Mismatch("body", wanted.request.body, got.request.body)]


def _compared(wanted: Any, got: Any) -> list[Mismatch]:
    try:
        return list(compare(wanted, got))
    except RecursionError:  # the values differ somewhere too deep to say where
        return []


def compare(wanted: Any, got: Any, where: str = "") -> Iterator[Mismatch]:
    """Every place where two JSON values differ."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name in (*wanted, *(name for name in got if name not in wanted)):
            path = f"{where}.{name}" if where else name
            yield from compare(wanted.get(name, ABSENT), got.get(name, ABSENT), path)
    elif isinstance(wanted, list) and isinstance(got, list):
        for index in range(max(len(wanted), len(got))):
            one, other = (values[index] if index < len(values) else ABSENT for values in (wanted, got))
            yield from compare(one, other, f"{where}[{index}]")
    elif wanted != got or isinstance(wanted, bool) is not isinstance(got, bool):
        yield Mismatch(where or "body", wanted, got)


def parts(body: Sequence[Part]) -> list[dict[str, object]]:
    """Multipart as values: files by digest, so that a key or a message never holds a whole file."""

    def value(part: Part) -> dict[str, object]:
        told: dict[str, object] = {"name": part.name, "filename": part.filename, "type": part.content_type}
        if part.filename is None and len(part.data) <= 4096:
            return {**told, "data": part.data.decode("utf-8", "surrogateescape")}
        return {**told, "size": len(part.data), "sha256": hashlib.sha256(part.data).hexdigest()}

    return [value(part) for part in body]


def _line(call: Call) -> str:
    return f"{call.request.method} {call.request.path}"


def _drop(value: Any, steps: Sequence[str]) -> None:
    """Take out what a JSON pointer points at, where it is there."""
    if not steps:
        return
    for step in steps[:-1]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return
    last = steps[-1].replace("~1", "/").replace("~0", "~")
    if isinstance(value, dict):
        value.pop(last, None)
    elif isinstance(value, list) and last.isdecimal() and int(last) < len(value):
        del value[int(last)]
