"""Values that a schema allows, drawn; everything shrinks towards the least: what may be left out is."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from math import inf
from typing import Any, NamedTuple, TypeAlias

from hypothesis import strategies as st

from ..expected import Resolver, Schema
from ..patterns import matches

Strategy: TypeAlias = st.SearchStrategy[Any]
Draw: TypeAlias = Callable[[Strategy], Any]

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

TEXTS = st.sampled_from(("", *WORDS)) | st.text(max_size=8)

TEXT_FILES = st.builds(Upload, st.sampled_from(("notes.txt", "notes.md")), st.sampled_from(WORDS).map(str.encode))

USUAL = ("model", "input")
"""What hardly a request leaves out, also where its schema would let it."""

MOSTLY = st.integers(0, 9).map(bool)


def from_schema(schema: Schema, /, **members: Strategy) -> Strategy:
    """Values that `schema` allows, in the dialect of `schemas/` and references into the schema itself.

    That is: type, enum, const, properties, required, additionalProperties, propertyNames, items, anyOf, pattern, and
    the bounds of numbers and sizes. `examples` are drawn more often than other texts. A member named in `members` is
    drawn from that strategy, wherever it stands and its own schema agrees; in the value itself it is always there.
    """
    return values(schema, members)


def values(
    schema: Schema, members: Mapping[str, Strategy], told: frozenset[str] | None = None, uploads: Strategy | None = None
) -> Strategy:
    """What `from_schema` gives. Of the `members`, `told` (None: all) are always there; `uploads` are its files."""
    shapes = Shapes(schema)

    always = frozenset(members) if told is None else told
    files = (
        st.builds(Upload, st.just("notes.txt"), st.sampled_from(WORDS).map(str.encode)) if uploads is None else uploads
    )

    @st.composite
    def drawn(draw: Draw) -> Any:
        return _Value(shapes, members, always, files, draw).of(schema)

    return drawn()


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
