"""Hypothesis strategies of what the API takes: requests that are valid by the project's own schemas.

    @given(requests("chat.completions.create", model=st.just("gpt-5")))
    def test_my_proxy_lets_every_chat_through(request): ...

Needs `hypothesis`, which mockai does not install. Everything shrinks towards the least request: members that may be
left out are, lists and texts are empty, unions take their simplest arm.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from math import inf
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from . import catalogue, mp4, multipart, pictures, sounds
from .expected import Resolver, Schema
from .http import Request
from .operations import Operation, operation
from .patterns import matches
from .registry import registry

Strategy: TypeAlias = st.SearchStrategy[Any]
Draw: TypeAlias = Callable[[Strategy], Any]

MARK = "mockai-strategies"
NAMES = string.ascii_letters + string.digits + "_-"
PLACES = 80
"""Members and items of one value; what comes after so many is as small as it may be, which also ends recursion."""

BOUNDS = frozenset(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "propertyNames",
                    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "pattern"))  # fmt: skip
"""Keywords that may stand beside a union, and then hold for each of its arms."""


class Upload(NamedTuple):
    """A file of a form: what stands in a body where its schema says `binary`."""

    filename: str
    data: bytes

    def __repr__(self) -> str:
        return f"Upload({self.filename!r}, {self.data[:40]!r}{'…' * (len(self.data) > 40)})"


WORDS = (
    "Hello!",
    "The quick brown fox jumps over the lazy dog.",
    "Wie heißt du?",
    "こんにちは 👋🏽",
    "\u0000",
    "e\u0301",
)

OBJECTS: tuple[Schema, ...] = (
    {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {"steps": {"type": "array", "items": {"$ref": "#/$defs/step"}}},
        "required": ["steps"],
        "additionalProperties": False,
        "$defs": {"step": {"type": "object", "properties": {"of": {"type": ["number", "null"]}}, "required": ["of"],
                           "additionalProperties": False}},
    },
)  # fmt: skip
"""JSON Schemas that functions and formats of answers may have, in strict mode too."""

MEANT: Mapping[str, Strategy] = {
    "parameters": st.sampled_from(OBJECTS),
    "schema": st.sampled_from(OBJECTS),
    "url": st.sampled_from(("https://example.com/a.png", "data:text/plain;base64,SGVsbG8h")),
    "image_url": st.just("https://example.com/a.png"),
    "file_url": st.just("https://example.com/a.pdf"),
    "server_url": st.just("https://example.com/mcp"),
}
"""What members of a name are meant to be, where their schema leaves it open (an object, a text)."""

USUAL = ("model", "input")
"""What hardly a request leaves out, also where its schema would let it."""

MOSTLY = st.integers(0, 9).map(bool)

ENDPOINTS = {
    "chat": "chat", "completions": "completions", "responses": "responses", "embeddings": "embeddings",
    "moderations": "moderation", "images": "images", "audio.speech": "speech", "audio.transcriptions": "transcription",
    "audio.translations": "translation", "videos": "videos", "realtime": "realtime", "live": "realtime",
    "beta.realtime": "realtime", "beta.responses": "responses", "beta.threads": "chat", "beta.assistants": "chat",
    "evals": "chat", "fine_tuning": "chat",
}  # fmt: skip
"""What a model has to take for an operation whose id begins so."""


def requests(operation: Operation | str, /, **members: Strategy) -> st.SearchStrategy[Request]:
    """Requests that the schemas of an operation allow, ready for `MockAI.handle`; the API's own rules may refuse some.

    `operation` is a row of the table or the SDK's dotted name. `members` say what stands in members of those names, at
    any depth of the body, in the query, or in the path (`thread_id`); those of the body itself are always there. What
    nobody says is drawn from the catalogue (models) or readable (files). A form is sent where the API takes one.
    Raises StubError for an unknown operation.
    """
    row = _row(operation)
    held = {name: members.get(name, st.text(NAMES, min_size=1, max_size=24)) for name in _parameters(row.path)}
    parts = {"path": st.fixed_dictionaries(held), "query": _queries(row, members), "body": bodies(row, **members)}
    return st.fixed_dictionaries(parts).map(lambda drawn: _request(row, **drawn))


def bodies(operation: Operation | str, /, **members: Strategy) -> Strategy:
    """Bodies of an operation's requests, as values with an Upload for every file; None where it takes none."""
    row = _row(operation)
    if row.body is None:
        return st.none()
    models = {"model": _models(row.id)} if _endpoint(row.id) else {}
    meant = {**MEANT, **models, **members}
    return _values(registry().schema(row.body), meant, frozenset(members), _uploads(row.id.partition(".")[0]))


def from_schema(schema: Schema, /, **members: Strategy) -> Strategy:
    """Values that `schema` allows, in the dialect of `schemas/` and references into the schema itself.

    That is: type, enum, const, properties, required, additionalProperties, propertyNames, items, anyOf, pattern, and
    the bounds of numbers and sizes. `examples` are drawn more often than other texts. A member named in `members` is
    drawn from that strategy, wherever it stands and its own schema agrees; in the value itself it is always there.
    """
    return _values(schema, members, frozenset(members), _uploads(""))


def _values(schema: Schema, members: Mapping[str, Strategy], told: frozenset[str], uploads: Strategy) -> Strategy:
    shapes = Shapes(schema)

    @st.composite
    def values(draw: Draw) -> Any:
        return _Value(shapes, members, told, uploads, draw).of(schema)

    return values()


class Shapes:
    """What a document's schemas can be, learnt once: their arms, and how deep the smallest value of each is."""

    def __init__(self, document: Schema) -> None:
        self.resolver = Resolver(document)
        self._arms: dict[int, tuple[list[dict[str, Any]], Schema]] = {}
        self._heights: dict[int, tuple[float, Schema]] = {}

    def arms(self, schema: Schema) -> list[dict[str, Any]]:
        """The alternatives of a schema without references and unions among them, each of one type; simplest first."""
        found = self._arms.get(id(schema))
        if found is None:  # the schema is kept with them, so that its id stays its own
            each = list(self._laid_open(schema))
            found = self._arms[id(schema)] = (sorted(each, key=self.height), schema)
        return found[0]

    def height(self, schema: Schema) -> float:
        """How deep the smallest value of a schema is nested; infinite while it is being found out."""
        found = self._heights.get(id(schema))
        if found is None:
            self._heights[id(schema)] = (inf, schema)
            arms = self._laid_open(schema)
            found = self._heights[id(schema)] = (min((self._height(arm) for arm in arms), default=inf), schema)
            if found[0] == inf:
                del self._heights[id(schema)]
        return found[0]

    def _height(self, arm: dict[str, Any]) -> float:
        inner = [part for name, part in arm.get("properties", {}).items() if name in arm.get("required", ())]
        if arm.get("minItems") and "items" in arm:
            inner.append(arm["items"])
        return 1 + max(map(self.height, inner)) if inner else 0

    def _laid_open(self, schema: Schema) -> Iterator[dict[str, Any]]:
        if not isinstance(schema, dict):
            yield from [{"type": "string"}, {"type": "integer"}, {"type": "object"}] if schema else []
        elif "$ref" in schema:
            yield from self._laid_open(self.resolver.target(schema))
        elif "anyOf" in schema or "oneOf" in schema:
            bounds = {key: each for key, each in schema.items() if key in BOUNDS}
            for arm in schema.get("anyOf") or schema["oneOf"]:
                yield from ({**bounds, **each} if bounds else each for each in self._laid_open(arm))
        elif isinstance(schema.get("type"), list) and not schema.keys() & {"const", "enum"}:
            yield from ({**schema, "type": each} for each in schema["type"])
        else:
            yield schema


class _Value:
    """One value being drawn."""

    def __init__(
        self, shapes: Shapes, members: Mapping[str, Strategy], told: frozenset[str], uploads: Strategy, draw: Draw
    ) -> None:
        self.shapes = shapes
        self.members = members
        self.told = told
        self.uploads = uploads
        self.draw = draw
        self.room = PLACES

    def of(self, schema: Schema) -> Any:
        """A value of a schema."""
        arms = self.shapes.arms(schema)
        if self.room <= 0:
            arms = arms[:1]
        arm = arms[0] if len(arms) == 1 else self.draw(st.sampled_from(arms))
        self.room -= 1
        if "const" in arm:
            return arm["const"]
        if "enum" in arm:
            return self.draw(st.sampled_from(arm["enum"]))
        match arm.get("type", "object" if "properties" in arm else None):
            case "object":
                return self.object(arm)
            case "array":
                return self.array(arm)
            case "string":
                return self.draw(self.uploads if arm.get("format") == "binary" else _texts(arm))
            case "integer":
                return self.draw(_whole(*_range(arm)))
            case "number":
                return self.draw(_numbers(*_range(arm)))
            case "boolean":
                return self.draw(st.booleans())
            case None:
                return self.of(True)
        return None

    def object(self, schema: dict[str, Any]) -> dict[str, Any]:
        """An object: what is required, some of the rest, and names of its own where it takes any."""
        properties, required = schema.get("properties", {}), set(schema.get("required", ()))
        whole = self.room == PLACES - 1
        if whole:
            required |= {*self.told, *(name for name in USUAL if name in properties and self.draw(MOSTLY))}
        made = {name: self.member(name, part) for name, part in properties.items() if name in required}
        others = [name for name in properties if name not in required]
        if others and self.room > 0:
            entries = _entries(st.sampled_from(others), lambda name: self.member(name, properties[name]))
            made |= self.draw(st.lists(entries, unique_by=_first, max_size=len(others) if whole else 3).map(dict))
        more = schema.get("additionalProperties", not properties)
        least = max(0, schema.get("minProperties", 0) - len(made))
        most = min(schema.get("maxProperties", inf) - len(made), least + 2) if self.room > 0 else least
        if more is not False and most > 0:
            names = _own_names(schema.get("propertyNames", {}).get("maxLength", 12)).filter(
                lambda name: name not in made
            )
            entries = _entries(names, lambda _: self.of(more))
            made |= self.draw(st.lists(entries, unique_by=_first, min_size=least, max_size=most).map(dict))
        return made

    def member(self, name: str, schema: Schema) -> Any:
        """The value of a member: what is meant by its name, if its schema agrees."""
        meant = self.members.get(name)
        if meant is not None:
            drawn = self.draw(meant)
            if any(_agrees(arm, drawn) for arm in self.shapes.arms(schema)):
                return drawn
        return self.of(schema)

    def array(self, schema: dict[str, Any]) -> list[Any]:
        """A list: of no item, as many as must be, or up to three more."""
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", inf), least + 3) if self.room > 0 else least
        items = _entries(st.none(), lambda _: self.of(schema.get("items", True))).map(lambda entry: entry[1])
        found: list[Any] = self.draw(st.lists(items, min_size=least, max_size=int(most)))
        return found


def _agrees(arm: dict[str, Any], value: Any) -> bool:
    """Whether a value meant for a name is of the kind an arm asks for, and one of its constants if it has some."""
    offered = arm["enum"] if "enum" in arm else [arm["const"]] if "const" in arm else None
    if offered is not None:
        return value in offered
    kinds: dict[str, Any] = {
        "string": str,
        "object": dict,
        "array": list,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
    }
    if isinstance(value, Upload):
        return arm.get("format") == "binary"
    if isinstance(value, str) and not arm.get("minLength", 0) <= len(value) <= arm.get("maxLength", inf):
        return False
    if isinstance(value, str) and "pattern" in arm and not matches(arm["pattern"], value):
        return False
    kind = arm.get("type")
    return value is None if kind == "null" else kind is None or isinstance(value, kinds[kind])


# -- strategies of single values; each is made once


@st.composite
def _entries(draw: Draw, names: Strategy, value: Callable[[str], Any]) -> tuple[str, Any]:
    """A name and its value in one piece, which hypothesis can take away when it looks for less."""
    name = draw(names)
    return name, value(name)


def _first(entry: tuple[str, Any]) -> str:
    return entry[0]


@cache
def _own_names(most: int) -> Strategy:
    return st.text(NAMES, min_size=1, max_size=min(most, 12))


def _texts(schema: dict[str, Any]) -> Strategy:
    examples = tuple(each for each in schema.get("examples", ()) if isinstance(each, str))
    return _text(schema.get("minLength", 0), schema.get("maxLength"), schema.get("pattern"), examples)


@cache
def _text(least: int, most: int | None, pattern: str | None, examples: tuple[str, ...]) -> Strategy:
    """Texts: short ones of any characters, words, long ones; or what a pattern takes."""
    if pattern is not None:
        found = st.from_regex(pattern, alphabet=st.characters(max_codepoint=126))
        return found.filter(
            lambda text: least <= len(text) <= (most or len(text)) and matches(pattern, text) and text[-1:] != "\n"
        )
    limit = 4_000 if most is None else most
    long = st.builds(lambda word, times: (word * times)[:limit], st.sampled_from(WORDS), st.integers(1, 100))
    fitting = [each for each in (*examples, *WORDS) if least <= len(each) <= limit]
    kinds = [st.text(min_size=least, max_size=min(limit, least + 20))]
    if fitting:
        kinds += [kinds[0], *[st.sampled_from(fitting)] * 5]
    if least < 100:
        kinds.append(long.filter(lambda text: len(text) >= least))
    return st.one_of(kinds)


def _range(schema: dict[str, Any]) -> tuple[Any, Any]:
    """The least and the greatest number, None where there is none."""
    step = 1 if schema.get("type") == "integer" else 1e-6
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    return (
        schema.get("minimum") if above is None else above + step,
        schema.get("maximum") if below is None else below - step,
    )


@cache
def _whole(least: int | None, most: int | None) -> Strategy:
    """Whole numbers in a range; without one mostly those that count something."""
    if least is not None and most is not None:
        return st.integers(int(least), int(most))
    usual = st.integers(least or 0, 100 if most is None else most) if (least or 0) <= (most or 100) else st.nothing()
    return usual | usual | st.integers(-(2**53) if least is None else least, 2**53 if most is None else most)


@cache
def _numbers(least: float | None, most: float | None) -> Strategy:
    """Numbers in a range; without one from -1e9 to 1e9, mostly from 0 to 1."""
    low, high = -1e9 if least is None else least, 1e9 if most is None else most
    edges = st.sampled_from([edge for edge in (0, 1, low, high) if low <= edge <= high])
    return edges | st.floats(max(low, min(0.0, high)), min(high, max(1.0, low))) | st.floats(low, high)


# -- from values to requests


def _row(given: Operation | str) -> Operation:
    return operation(given) if isinstance(given, str) else given


def _endpoint(id: str) -> str | None:
    found = [start for start in ENDPOINTS if id.startswith(f"{start}.")]
    return ENDPOINTS[max(found, key=len)] if found else None


@cache
def _uploads(group: str) -> Strategy:
    """Files that the operations of a group can read: sounds, square pictures, films, else texts."""
    match group:
        case "audio":
            return st.just(Upload("a.mp3", sounds.mp3(0.5)))
        case "images":
            return st.just(Upload("a.png", pictures.picture("png", 64, 64, (90, 120, 150), clear=True)))
        case "videos":
            return st.just(Upload("a.mp4", mp4.mp4(64, 64, 1, (90, 120, 150))))
        case "skills":
            return st.just(Upload("SKILL.md", b"---\nname: a\ndescription: A skill.\n---\nDo it.\n"))
    return st.builds(Upload, st.sampled_from(("notes.txt", "notes.md")), st.sampled_from(WORDS).map(str.encode))


@cache
def _models(id: str) -> Strategy:
    """The models that an operation may be asked of, today's first."""
    found = [model for model in catalogue.models() if _endpoint(id) in model.family.endpoints]
    return st.sampled_from([model.id for model in sorted(found, key=lambda model: -model.created)])


def _parameters(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def _queries(row: Operation, members: Mapping[str, Strategy]) -> Strategy:
    return from_schema(registry().schema(row.query), **members) if row.query else st.just({})


def _request(row: Operation, path: dict[str, str], query: dict[str, Any], body: Any) -> Request:
    """A row's request with these values, as a client with a key sends it."""
    where = "/v1" + re.sub(r"{(\w+)}", lambda found: quote(path[found[1]], safe=""), row.path)
    asked = urlencode([("beta", "true")] * row.beta + [(name, _plain(each)) for name, each in _fields(query)])
    media = f"multipart/form-data; boundary={MARK}" if row.media == "multipart" else "application/json"
    if body is None:
        data = b""
    elif row.media == "multipart":
        data = multipart.build([_part(name, each) for name, each in _fields(body)], MARK)
    else:
        data = json.dumps(body).encode()
    return Request(row.method, where, asked, (("authorization", "Bearer sk-test"), ("content-type", media)), data)


def _fields(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a form: members of objects as `a[b]`, items of lists as `a[]`; null is not sent."""
    for name, each in body.items():
        if isinstance(each, dict):
            for inner, value in _fields(each):
                first, bracket, rest = inner.partition("[")
                yield f"{name}[{first}]{bracket}{rest}", value
        elif isinstance(each, list):
            yield from ((f"{name}[]", item) for item in each if item is not None)
        elif each is not None:
            yield name, each


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _part(name: str, value: Any) -> multipart.Part:
    if isinstance(value, Upload):
        headers = multipart.usual_headers(name, value.filename, None)
        return multipart.Part(name, value.filename, None, headers, value.data)
    return multipart.Part(name, None, None, multipart.usual_headers(name, None, None), _plain(value).encode())
