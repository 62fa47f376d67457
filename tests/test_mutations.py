"""One random change of a real recording, and whether `check` finds it.

A change is one of four:

- `type`: a value becomes one of another JSON type;
- `enum`: a word becomes another word;
- `key`: a key is taken away that the schema requires, or that is said to be there in practice
  (`required-in-practice.json`) and is, in all recordings of its kind;
- `order`: two events of a stream change places, one goes elsewhere, is lost, or comes twice.

Not every such change is a fault: a title may be another word, and a parameter may be null. What says so is independent
of what is tested: the official SDK's own types, as they were generated, without mockai's corrections (which make the
accepting reading wider, and are what could hide a fault). A change that these types do not mind is counted as `allowed`
and another is drawn. An order has changed if its kinds of events, each run of one kind taken together, stand otherwise,
or its sequence numbers do.

Places are drawn by their shape (`/choices/*/delta`), so that the numbers of a vector do not crowd out all else.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from mockai.check import check, content, streams
from mockai.complaint import findings
from mockai.data import data
from mockai.grammar import told_type
from mockai.http import Chunk, Exchange, Reply, Request
from mockai.operations import Operation
from mockai.registry import SchemaRegistry, registry
from mockai.sse import DONE, Event, encode, parse
from mockai.understand import understand

SHARED = Path(__file__).parents[2] / "shared"
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
COUNT = 5_000 if NIGHTLY else 320
KINDS = ("type", "enum", "key", "order")
OTHERS = (None, True, 7, "zzz", ["zzz"], {"zzz": 7})
"""A value of each JSON type."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A JSON value of an exchange: its request (`None`), its answer, or one of its events (by index)."""

    value: Any
    schema: str
    event: int | None = None
    request: bool = False


@dataclass(frozen=True, slots=True)
class Real:
    """A recording without a flaw, and the JSON values in it."""

    exchange: Exchange
    row: Operation
    spots: tuple[Spot, ...]
    events: tuple[Event, ...] = ()
    name: str = ""

    def with_value(self, spot: Spot, value: Any) -> Exchange:
        """The exchange with another value in a place."""
        if spot.request:
            return replace(self.exchange, request=replace(self.exchange.request, body=orjson.dumps(value)))
        if spot.event is None:
            return self.with_body(orjson.dumps(value))
        events = list(self.events)
        events[spot.event] = replace(events[spot.event], data=orjson.dumps(value).decode())
        return self.with_events(events)

    def with_events(self, events: list[Event]) -> Exchange:
        """The exchange with other events."""
        return self.with_body(b"".join(map(encode, events)))

    def with_body(self, body: bytes) -> Exchange:
        """The exchange with another body."""
        reply = self.exchange.reply
        kept = tuple(line for line in reply.headers if line[0] != "content-encoding")
        return replace(self.exchange, reply=replace(reply, headers=kept, body=(Chunk(0.0, body),)))


def real(exchange: Exchange, name: str) -> Real | None:
    """A recording of a current operation that went well and has no flaw; None for any other."""
    call = understand(exchange.request)
    row, body = call.operation, content(exchange.reply)
    if row is None or body is None or not 200 <= exchange.reply.status < 300 or check(exchange) != []:
        return None
    spots = []
    if row.body is not None and isinstance(call.body, dict):
        spots.append(Spot(call.body, row.body, request=True))
    if streams(exchange.reply, body):
        events = tuple(parse(body))
        for index, event in enumerate(events):
            if event.data != DONE and row.stream is not None:
                enveloped = row.stream.endswith("AssistantStreamEvent")
                spots.append(Spot(event.value, "" if enveloped else row.stream, index))
        return Real(exchange, row, tuple(spot for spot in spots if spot.schema), events, name)
    if row.answer == "json" and row.result is not None and body.lstrip().startswith((b"{", b"[")):
        spots.append(Spot(orjson.loads(body), row.result))
    return Real(exchange, row, tuple(spots), (), name) if spots else None


def read(line: bytes) -> Exchange | None:
    """An interaction of the recordings; None for one whose bodies are not told in full."""
    told = orjson.loads(line)
    bodies = []
    for body in (told["request_body"], told["response_body"]):
        if body is None:
            bodies.append(b"")
        elif "json" in body:
            bodies.append(orjson.dumps(body["json"]))
        elif "text" in body:
            bodies.append(body["text"].encode())
        else:
            return None
    heads = [
        tuple((name.lower(), value) for name, values in (told[side] or {}).items() for value in values)
        for side in ("request_headers", "response_headers")
    ]
    coded = tuple(line for line in heads[1] if line[0] != "content-encoding")
    address = urlsplit(told["url"])
    request = Request(told["method"], address.path, address.query, heads[0], bodies[0])
    return Exchange(request, Reply(told["status"], coded, (Chunk(0.0, bodies[1]),) if bodies[1] else ()))


@pytest.fixture(scope="module")
def recordings() -> list[Real]:
    """The real recordings that have no flaw; a third of them where only some hundred changes are drawn."""
    if not SHARED.is_dir():
        pytest.skip("the real recordings (../shared/recordings) are not here")
    lines = (SHARED / "recordings" / "interactions.jsonl").read_bytes().splitlines()
    exchanges = [each for line in (lines if NIGHTLY else lines[::3]) if (each := read(line)) is not None]
    found = [one for number, each in enumerate(exchanges, 1) if (one := real(each, f"#{number}")) is not None]
    assert len(found) > 0.8 * len(exchanges)
    return found


@pytest.fixture(scope="module")
def types(tmp_path_factory) -> SchemaRegistry:
    """The SDK's own types, without corrections."""
    folder: Path = tmp_path_factory.mktemp("schemas")
    (folder / "generated").symlink_to(data("schemas") / "generated")
    return SchemaRegistry(folder)


@pytest.fixture(scope="module")
def practice(recordings) -> dict[str, set[str]]:
    """The keys that no answer of an operation lacks: said of today's, and true of all that are recorded."""
    told = orjson.loads((SHARED / "facts" / "required-in-practice.json").read_bytes())
    said = {id: set(names) for id, names in told["more"]}
    for one in recordings:
        for spot in one.spots:
            if not spot.request and spot.event is None and one.row.id in said:
                said[one.row.id] &= spot.value.keys()
    return said


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value but the value itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield (*path, step)
        yield from places(inner, (*path, step))


def shape(path: tuple[Any, ...]) -> str:
    return "".join(f"/{'*' if isinstance(step, int) else step}" for step in path)


def drawn(spot: Spot, dice: random.Random, wanted: Callable[[Any], bool] = lambda _: True) -> tuple[Any, ...] | None:
    """A random place in a value, by its shape, that holds what is `wanted`."""
    shapes: dict[str, list[tuple[Any, ...]]] = {}
    for path in places(spot.value):
        if wanted(at(spot.value, path)):
            shapes.setdefault(shape(path), []).append(path)
    return dice.choice(shapes[dice.choice(sorted(shapes))]) if shapes else None


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(value: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy of a value, with the container at a place changed."""
    copy = deepcopy(value)
    change(at(copy, path[:-1]), path[-1])
    return copy


@dataclass(slots=True)
class Mutant:
    """A changed recording: how, where, and whether it is a fault by the SDK's types."""

    kind: str
    place: str
    exchange: Exchange
    fault: bool = True


@dataclass(slots=True)
class Mutator:
    """Draws changes, the same ones for the same seed."""

    dice: random.Random
    types: SchemaRegistry
    practice: dict[str, set[str]]

    def mutant(self, kind: str, one: Real) -> Mutant | None:
        """One change of a recording; None if it has no place for it."""
        if kind == "order":
            return self.order(one)
        if not one.spots:
            return None
        spot = self.dice.choice(one.spots)
        return {"type": self.type, "enum": self.enum, "key": self.key}[kind](one, spot)

    def type(self, one: Real, spot: Spot) -> Mutant | None:
        path = drawn(spot, self.dice)
        if path is None:
            return None
        other = self.dice.choice([each for each in OTHERS if kind_of(each) != kind_of(at(spot.value, path))])
        return self.made("type", one, spot, path, lambda owner, step: owner.__setitem__(step, other))

    def enum(self, one: Real, spot: Spot) -> Mutant | None:
        path = drawn(spot, self.dice, lambda value: isinstance(value, str))
        if path is None:
            return None
        return self.made("enum", one, spot, path, lambda owner, step: owner.__setitem__(step, owner[step][:3] + "zzz"))

    def key(self, one: Real, spot: Spot) -> Mutant | None:
        keys = []
        schema, validator = registry().schema(spot.schema), registry().validator(spot.schema)
        for path in places(spot.value):
            if isinstance(path[-1], str):
                held = spot.event is None and not spot.request and path[0] in self.practice.get(one.row.id, ())
                keys.append((path, held and len(path) == 1))
        self.dice.shuffle(keys)
        for path, practised in keys:
            without = changed(spot.value, path, lambda owner, step: owner.__delitem__(step))
            required = any(each.code == "missing_required_parameter" for each in findings(schema, without, validator))
            if practised or required:
                return Mutant("key", f"{spot.schema} {shape(path)}", one.with_value(spot, without))
        return None

    def made(
        self, kind: str, one: Real, spot: Spot, path: tuple[Any, ...], change: Callable[[Any, Any], None]
    ) -> Mutant:
        """The change, and whether the SDK's types find more wrong with it than before."""
        value = changed(spot.value, path, change)
        schema, validator = self.types.schema(spot.schema), self.types.validator(spot.schema)
        before, after = (
            {(each.pointer, each.message) for each in findings(schema, held, validator)} for held in (spot.value, value)
        )
        return Mutant(kind, f"{spot.schema} {shape(path)} {at(spot.value, path)!r:.40} -> {at(value, path)!r}",
                      one.with_value(spot, value), bool(after - before))  # fmt: skip

    def order(self, one: Real) -> Mutant | None:
        events = list(one.events)
        if len(events) < 2:
            return None
        way, first, second = (
            self.dice.choice(("swap", "move", "lose", "repeat")),
            *self.dice.sample(range(len(events)), 2),
        )
        if way == "swap":
            events[first], events[second] = events[second], events[first]
        elif way == "move":
            events.insert(second, events.pop(first))
        elif way == "lose":
            del events[first]
        else:
            events.insert(second, events[first])
        fault = order_of(events) != order_of(list(one.events))
        place = f"{way} {first} {second}: {kind_of_event(one.events[first])} {kind_of_event(one.events[second])}"
        return Mutant("order", place, one.with_events(events), fault)


def kind_of(value: Any) -> str:
    """The JSON type of a value, numbers being one."""
    if value is None or isinstance(value, bool | str | list | dict):
        return type(value).__name__
    return "number"


def order_of(events: list[Event]) -> tuple[list[str], list[Any]]:
    """The kinds of events in their order, runs taken together; and their sequence numbers."""
    numbers = [event.value.get("sequence_number") for event in events if event.data != DONE]
    return [kind for kind, _ in groupby(map(kind_of_event, events))], [each for each in numbers if each is not None]


def kind_of_event(event: Event) -> str:
    """What an event is: its type, or for a chunk what is in it."""
    if event.data == DONE:
        return DONE
    value = event.value
    if event.name or told_type(value):
        return event.name or told_type(value)
    kinds = set()
    for choice in value["choices"]:
        delta = choice.get("delta") or {}
        started = any("id" in each for each in delta.get("tool_calls") or ())
        kinds.add(
            "finish" if choice.get("finish_reason") else "role" if "role" in delta else "call" if started else "delta"
        )
    return " ".join(sorted(kinds)) or ("usage" if value.get("usage") else "without choices")


def test_a_change_of_a_real_recording_is_found(recordings, types, practice, capsys):
    mutator = Mutator(random.Random(7), types, practice)
    drawn_, found, allowed = Counter[str](), Counter[str](), Counter[str]()
    missed: list[str] = []
    while drawn_.total() < COUNT:
        kind = KINDS[drawn_.total() % len(KINDS)]
        one = mutator.dice.choice(recordings)
        mutant = mutator.mutant(kind, one)
        if mutant is None:
            continue
        if not mutant.fault:
            allowed[kind] += 1
            continue
        drawn_[kind] += 1
        if check(mutant.exchange):
            found[kind] += 1
        else:
            missed.append(f"{kind}: {mutant.place} ({one.name})")
    with capsys.disabled() if NIGHTLY else nullcontext():
        for kind in KINDS:
            print(f"{kind}: {found[kind]} of {drawn_[kind]} found, {allowed[kind]} more were none by the SDK's types")
        print(f"all: {found.total() / drawn_.total():.2%} of {drawn_.total()}")
        print("\n".join(sorted(missed)))
        print(f"from {len(recordings)} recordings")
    assert found.total() >= 0.98 * drawn_.total(), "\n".join(missed)
