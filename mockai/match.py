"""When two requests are the same, and where they differ when they are not.

Sameness is a hash of the canonical request: operation, path values, query, and the body as a value (multipart: as its
parts). Base URL, the spelling of JSON, the order of its keys and a multipart boundary do not count; all else does.
Numbers are compared as numbers, as JSON has one number type: `1.0` is `1`. A `Rule` says what else does not count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from .call import Call
from .http import Request
from .matching import PLAIN, Counted, Rule, counted, ruled
from .multipart import Part
from .pointers import NOTHING, drop, picked
from .understand import understand
from .value import value

if TYPE_CHECKING:  # imported when first needed: most requests are compared as they are
    from .volatile import Normaliser, Speller


@value(frozen=True, slots=True)
class Mismatch:
    """One place where a request is not what was wanted. `where` is written like `messages[0].content`."""

    where: str
    wanted: object
    got: object

    def __str__(self) -> str:
        wanted, got = contrasted(self.wanted, self.got)
        return f"{self.where}: wanted {wanted}, got {got}"


class Absent:
    """Stands in a Mismatch for a field that is not there."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()
WINDOW, LEAD = 60, 20
"""How much is shown of a long text that differs from another, and how much of that they have in common."""
WHOLE = counted(PLAIN, None)


def show(value: object) -> str:
    """A value for a message: JSON-like, at most 80 characters."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, FunctionType):
        return value.__name__
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"


def contrasted(one: object, other: object) -> tuple[str, str]:
    """Two values for a message; of long texts, the part where they begin to differ."""
    if isinstance(one, str) and isinstance(other, str):
        pairs = enumerate(zip(one, other, strict=False))
        same = next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))
        if same > LEAD + WINDOW // 2:
            return _window(one, same - LEAD), _window(other, same - LEAD)
    return show(one), show(other)


def _window(text: str, start: int) -> str:
    end = start + WINDOW
    return f"…{text[start:end]!r}{'…' if end < len(text) else ''} ({len(text)} characters)"


def key(request: Request, rule: Rule | Iterable[str] = PLAIN) -> str:
    """The hash of the canonical request, 32 hexadecimal digits, by a rule; JSON pointers alone are ignored ones.

    Two requests have the same key exactly when `differences` finds nothing between them.
    """
    return key_of(understand(request), rule)


def key_of(call: Call, rule: Rule | Iterable[str] = PLAIN) -> str:
    """The key of a request that has been understood already; computed once."""
    if type(rule) is not Rule:
        rule = ruled(rule)
    found = call.keys.get(rule.name)
    if found is None:
        found = call.keys[rule.name] = _key(call, rule)
    return found


def _key(call: Call, rule: Rule) -> str:
    if rule.version > 1:
        seen = repr(_seen(call, _counted(call, rule))).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(b"\0rule " + seen, digest_size=16).hexdigest()
    told = target(call)
    if call.request.query and (asked := query(call.request)):
        told += f"?{asked}"
    body = b""
    if call.request.body:
        body = b"\n" + canonical(call, _counted(call, rule) if rule.ignore else WHOLE)
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass") + body, digest_size=16).hexdigest()


def _speller(normalise: Sequence[Normaliser]) -> Speller:
    from .volatile import Speller

    return Speller(normalise)


def _seen(call: Call, of: Counted) -> tuple[object, ...]:
    """What counts of a request, part by part; equal for two requests exactly when they are the same."""
    return (
        sorted(of.words),
        of.only,
        _target(call, of),
        _query(call, of) if "query" in of.words else None,
        _headers(call, of),
        canonical(call, of) if "body" in of.words and call.request.body else b"",
    )


def _counted(call: Call, rule: Rule) -> Counted:
    return counted(rule, call.operation.id if call.operation else None)


def target(call: Call) -> str:
    """What is asked of whom: operation, deployment and path values, wherever the API is mounted."""
    if call.operation is None:
        return f"{call.request.method} {call.request.path}"
    if not call.values and call.deployment is None:
        return call.operation.id
    return f"{call.operation.id} {call.deployment!r} {sorted(call.values.items())}"


def _target(call: Call, of: Counted) -> str:
    """The target as far as method and path count."""
    if "path" not in of.words:
        return call.request.method if "method" in of.words else ""
    if call.operation is None:
        asked = _speller(of.normalise)(call.request.path)
    else:
        spelt = _speller(of.normalise)
        values = [(name, spelt(value)) for name, value in sorted(call.values.items())]
        place = call.operation.id if "method" in of.words else call.operation.path
        asked = f"{place} {call.deployment!r} {values}"
    return f"{call.request.method} {asked}" if "method" in of.words else asked


def query(request: Request) -> list[tuple[str, str]]:
    """The decoded query, sorted by name; repeats of one name keep their order."""
    return _pairs(request.query)


def _query(call: Call, of: Counted) -> list[tuple[str, str]]:
    spelt = _speller(of.normalise)
    return [(name, spelt(value)) for name, value in query(call.request)]


def _headers(call: Call, of: Counted) -> list[tuple[str, list[str]]]:
    """The values of each header that counts; of a form's content-type without the boundary, which is drawn by lot."""
    found = [(name, [value for head, value in call.request.headers if head == name]) for name in of.headers]
    return [
        (name, ["multipart/form-data"] if call.media.startswith("multipart/") and name == "content-type" else given)
        for name, given in found
    ]


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    return sorted(pairs, key=lambda pair: pair[0])


def canonical(call: Call, of: Counted = WHOLE) -> bytes:
    """The body in one spelling for all that mean the same; what is not JSON begins as no JSON does."""
    request = call.request
    if isinstance(call.body, tuple):
        return b"\0parts " + repr(parts(call.body, of.normalise)).encode("utf-8", "surrogatepass")
    if call.media.startswith("application/x-www-form-urlencoded"):
        spelt = _speller(of.normalise)
        pairs = [(name, spelt(value)) for name, value in _pairs(request.body.decode("utf-8", "surrogateescape"))]
        return b"\0form " + repr(pairs).encode("utf-8", "surrogatepass")
    try:
        if call.body is not None and of is WHOLE and not has_whole_float(call.body):
            return _sorted(call.body)
        return _sorted(_within(exact(request.body), of))
    except (ValueError, RecursionError):
        return b"\0bytes " + (_speller(of.normalise).data(request.body) if of.normalise else request.body)


def _within(value: Any, of: Counted) -> Any:
    """What counts of a JSON value."""
    if of.only:
        value = picked(value, of.only)
        value = {} if value is NOTHING else value
    for way in of.ignored:
        drop(value, way)
    return _speller(of.normalise).value(value) if of.normalise else value


def _sorted(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # integers beyond 64 bits, halves of surrogate pairs
        return json.dumps(value, sort_keys=True).encode()


def has_whole_float(value: Any) -> bool:
    """Whether a JSON value holds a float without a fraction: `1.0`, or an integer too long for the fast parser."""
    found = [value]
    for inner in found:
        kind = type(inner)
        if kind is dict:
            found += inner.values()
        elif kind is list:
            found += inner
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


def comparable(call: Call, of: Counted = WHOLE) -> Any:
    """The body as people compare it: a JSON value, a list of parts, or text."""
    if isinstance(call.body, tuple):
        return parts(call.body, of.normalise)
    try:
        return _within(exact(call.request.body), of) if call.request.body else ABSENT
    except (ValueError, RecursionError):
        return _speller(of.normalise)(call.request.body.decode("utf-8", "surrogateescape"))


def differences(wanted: Call, got: Call, rule: Rule | Iterable[str] = PLAIN) -> Iterator[Mismatch]:
    """Every place where `got` is another request than `wanted`; nothing means they have the same key."""
    rule = ruled(rule)
    if rule.version > 1:
        yield from _differences(wanted, got, _counted(wanted, rule), _counted(got, rule))
        return
    if target(wanted) != target(got):
        yield Mismatch("request", _line(wanted), _line(got))
    if query(wanted.request) != query(got.request):
        yield Mismatch("query", wanted.request.query, got.request.query)
    yield from _bodies(wanted, got, _counted(wanted, rule), _counted(got, rule))


def _differences(wanted: Call, got: Call, one: Counted, other: Counted) -> Iterator[Mismatch]:
    """The differences by a rule that says more than what to ignore."""
    if _target(wanted, one) != _target(got, other) or _kinds(one) != _kinds(other):
        yield Mismatch("request", _line(wanted), _line(got))
    if "query" in one.words & other.words and _query(wanted, one) != _query(got, other):
        yield Mismatch("query", wanted.request.query, got.request.query)
    for (name, asked), (_, given) in zip(_headers(wanted, one), _headers(got, other), strict=False):
        if asked != given:
            yield Mismatch(f"header {name}", ", ".join(asked) or ABSENT, ", ".join(given) or ABSENT)
    if "body" in one.words & other.words:
        yield from _bodies(wanted, got, one, other)


def _kinds(of: Counted) -> tuple[object, ...]:
    return of.words, of.only, of.headers


def _bodies(wanted: Call, got: Call, one: Counted, other: Counted) -> Iterator[Mismatch]:
    if canonical(wanted, one) != canonical(got, other):
        pair = comparable(wanted, one), comparable(got, other)
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


def parts(body: Sequence[Part], normalise: Sequence[Normaliser] = ()) -> list[dict[str, object]]:
    """Multipart as values: files by digest, so that a key or a message never holds a whole file."""
    spelt = _speller(normalise) if normalise else None

    def value(part: Part) -> dict[str, object]:
        filename, data = part.filename, part.data
        if spelt is not None:
            filename, data = filename and spelt(filename), spelt.data(data)
        told: dict[str, object] = {"name": part.name, "filename": filename, "type": part.content_type}
        if filename is None and len(data) <= 4096:
            return {**told, "data": data.decode("utf-8", "surrogateescape")}
        return {**told, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    return [value(part) for part in body]


def _line(call: Call) -> str:
    return f"{call.request.method} {call.request.path}"
