"""Grammars of streams whose events say what they are: spans that begin, go on and end, one inside the other.

A grammar is data. A span's `steps` are the types of its events in their order, in a small notation: `a|b` is either,
`a?` need not come, `a*` may come any number of times, and `~` is where the events of the spans within it stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

INSIDE = "~"


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing in a stream that is not where the API would have put it.

    `number` is the event's, from 1; None where the end of the stream is meant. `path` is the place in the event as a
    tuple of steps. `warning` says that the API, too, has done so now and then.
    """

    number: int | None
    message: str
    path: tuple[str | int, ...] = ()
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a stream: its number from 1, its type (`[DONE]` for that), its value."""

    number: int
    type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Step:
    """The types that may stand at one place of a span, and how often."""

    types: tuple[str, ...]
    many: bool
    must: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a stream: its steps, the span it stands in, and the fields that tell two of its kind apart.

    The first of `by` are those of the span it stands in. All events of a span that have one of the fields in `same`
    have the same value there, those of the spans within it included. `joined` are a field of its first step and one of
    its last: the former, put together, are the latter. A span that ends by one of `early` may leave open what is in it.
    """

    name: str
    steps: str
    by: tuple[str, ...] = ()
    within: str = ""
    same: tuple[str, ...] = ()
    joined: tuple[str, str] | None = None
    early: tuple[str, ...] = ()

    def read(self) -> list[Step]:
        """The steps, read."""
        words = self.steps.split()
        return [Step(tuple(w.rstrip("?*").split("|")), w[-1] in "*~", w[-1] not in "?*~") for w in words]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The spans of a stream; `after` are types that may follow its end, `anywhere` those that may stand anywhere.

    `last` is the type of the one event that ends it all (`[DONE]`, `done`), `done` whether that must come (None: it may
    be left out). `counted` is the field that numbers the events.
    """

    spans: tuple[Span, ...]
    anywhere: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    last: str | None = None
    must_end: bool = True
    counted: str | None = None
    steps: Mapping[str, list[Step]] = field(init=False, default_factory=dict)
    places: Mapping[str, tuple[Span, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", {span.name: span.read() for span in self.spans})
        named = ((each, (span, at)) for span in self.spans for at, s in enumerate(span.read()) for each in s.types)
        object.__setattr__(self, "places", {each: place for each, place in named if each != INSIDE})

    def span(self, name: str) -> Span:
        """The span called `name`."""
        return next(span for span in self.spans if span.name == name)


@dataclass(slots=True)
class _Open:
    """A span that has begun: which step it is at, what its events agreed on, what has been put together."""

    span: Span
    at: int
    resumed: bool
    same: Any = None
    text: list[str] = field(default_factory=list)
    over: bool = False


@dataclass(slots=True)
class Walk:
    """One reading of a stream along a grammar. `resumed` says that its beginning was in another stream."""

    grammar: Grammar
    resumed: bool = False
    spans: dict[tuple[Any, ...], _Open] = field(default_factory=dict)
    failed: bool = False
    ended: bool = False

    def slips(self, events: Sequence[Told], whole: bool) -> Iterator[Slip]:
        """What is out of order; of a stream that is not `whole`, its end is not looked at."""
        grammar = self.grammar
        if grammar.counted is not None:
            yield from counted(events, grammar.counted, self.resumed)
        for event in events:
            if self.ended:
                yield Slip(event.number, f"{event.type} comes after the end, {grammar.last}.")
            elif event.type == grammar.last:
                self.ended = True
            elif event.type == "error":
                self.failed = True
            elif event.type not in grammar.anywhere:
                yield from self.event(event)
        if whole and not self.failed:
            yield from self.left()
        if whole and grammar.last is not None and grammar.must_end and not self.ended:
            yield Slip(None, f"The stream ends without {grammar.last}.")

    def event(self, event: Told) -> Iterator[Slip]:
        """One event that is neither an end nor an error."""
        found = self.grammar.places.get(event.type)
        if found is None:
            over = next((each for each in self.spans.values() if each.over and not each.span.within), None)
            if over and event.type not in self.grammar.after:
                yield Slip(event.number, f"{event.type} comes after the end of the {over.span.name}.")
            return
        span, at = found
        key = tuple(_at(event.value, path) for path in span.by)
        yield from self.inside(span, key, event)
        opened = self.spans.get((span.name, *key))
        if opened is None:
            opened = self.spans[span.name, *key] = _Open(span, -1, self.resumed)
        yield from self.step(opened, at, event)
        yield from self.agreed(opened, event)
        yield from self.joined(opened, at, event)
        steps = self.grammar.steps[span.name]
        if at == len(steps) - 1 and not steps[at].many:
            opened.over = True
            if event.type not in span.early:
                yield from self.unclosed(opened, key, event)

    def inside(self, span: Span, key: tuple[Any, ...], event: Told) -> Iterator[Slip]:
        """Whether the spans around an event have begun and not ended; they are where their insides are from now on."""
        if not span.within:
            return
        above = self.grammar.span(span.within)
        own = key[: len(above.by)]
        yield from self.inside(above, own, event)
        opened = self.spans.get((above.name, *own))
        if opened is None:
            opened = self.spans[above.name, *own] = _Open(above, -1, self.resumed)
            if not self.resumed:
                first = " or ".join(self.grammar.steps[above.name][0].types)
                yield Slip(event.number, f"{event.type} comes before the {above.name} has begun: {first} is missing.")
                opened.resumed = True
        if opened.over:
            yield Slip(event.number, f"{event.type} comes after the end of the {above.name} it is part of.")
            return
        if not opened.resumed:  # what began in another stream may go on before this one says where it is
            steps = self.grammar.steps[above.name]
            at = next(index for index, step in enumerate(steps) if step.types == (INSIDE,))
            yield from self.step(opened, at, event)
        yield from self.agreed(opened, event)

    def step(self, opened: _Open, at: int, event: Told) -> Iterator[Slip]:
        """Move a span on to a step."""
        steps = self.grammar.steps[opened.span.name]
        if at == opened.at and not steps[at].many:
            yield Slip(event.number, f"{event.type} comes a second time in the same {opened.span.name}.")
        elif at < opened.at:
            yield Slip(event.number, f"{event.type} comes too late in its {opened.span.name}.")
        else:
            skipped = [step for step in steps[opened.at + 1 : at] if step.must]
            if skipped and not opened.resumed:
                yield Slip(event.number, f"{event.type} comes before {' or '.join(skipped[0].types)}.")
        opened.at = max(at, opened.at)

    def agreed(self, opened: _Open, event: Told) -> Iterator[Slip]:
        """Whether the events of a span agree on what it is."""
        for path in opened.span.same:
            value = _at(event.value, path)
            if value is None:
                continue
            if opened.same is None:
                opened.same = value
            elif opened.same != value:
                name = opened.span.name
                yield Slip(
                    event.number,
                    f"{path} is {value!r} in {event.type}, and the events before say {opened.same!r} of this {name}.",
                    tuple(path.split(".")),
                )

    def joined(self, opened: _Open, at: int, event: Told) -> Iterator[Slip]:
        """Whether the pieces of a text are the text."""
        span = opened.span
        if span.joined is None or opened.resumed:
            return
        piece, whole = span.joined
        last = len(self.grammar.steps[span.name]) - 1
        value = _at(event.value, whole if at == last else piece)
        if not isinstance(value, str):
            return
        if at < last:
            opened.text.append(value)
        elif value != (text := "".join(opened.text)):
            what = (
                f"{len(text)} characters, and {whole} has {len(value)}" if len(text) != len(value) else "another text"
            )
            yield Slip(event.number, f"The deltas before {event.type} put together are {what}.", (whole,))

    def unclosed(self, above: _Open, key: tuple[Any, ...], event: Told) -> Iterator[Slip]:
        """The spans within one that has ended, and have not."""
        for (_, *own), opened in self.spans.items():
            if opened.span.within == above.span.name and tuple(own[: len(key)]) == key and not opened.over:
                for step in self.lacking(opened):
                    wanted = " or ".join(step.types)
                    yield Slip(
                        event.number, f"{event.type} comes before {wanted}: the {opened.span.name} in it is still open."
                    )
                    opened.over = True
                    break

    def left(self) -> Iterator[Slip]:
        """What the end of the stream leaves open; of spans in each other the outermost."""
        outer = [span for span in self.grammar.spans if not span.within]
        for span in outer:
            begun = [each for (name, *_), each in self.spans.items() if name == span.name]
            missing = [step for each in begun for step in self.lacking(each)]
            if not begun and any(step.must for step in self.grammar.steps[span.name]) and not self.resumed:
                missing = self.grammar.steps[span.name][:1]
            if missing:
                yield Slip(None, f"The stream ends without {' or '.join(missing[0].types)}.")

    def lacking(self, opened: _Open) -> list[Step]:
        """The steps that a span must still take."""
        return [step for step in self.grammar.steps[opened.span.name][opened.at + 1 :] if step.must]


def counted(events: Sequence[Told], name: str, resumed: bool) -> Iterator[Slip]:
    """Whether events are numbered from 0, each one more than the one before; or none is."""
    numbers = [(event, event.value.get(name)) for event in events if isinstance(event.value, dict)]
    if all(number is None for _, number in numbers):
        return
    wanted = numbers[0][1] if resumed else 0
    for event, number in numbers:
        if number is not None and wanted is not None and number != wanted:
            yield Slip(event.number, f"{name} is {number}, and it would be {wanted}.", (name,))
            return
        wanted = number + 1 if isinstance(number, int) else wanted


def _at(value: Any, path: str) -> Any:
    """The value at a dotted path of objects; None where there is none."""
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value if not isinstance(value, dict | list) else None
