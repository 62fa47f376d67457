"""When something goes wrong: faults that wait for calls, and the words in which they are asked for.

`close(chunks=3); slow_head(2)` is what a header says; a file or the control surface says
`[{"close": {"chunks": 3}}, {"slow_head": 2}]`. A bare number is a status: `503`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import orjson

from .call import Call
from .dice import dice
from .errors import Refusal, StubError
from .faults import FAULTS, Fault
from .match import show

HEADER = "x-mockai-fault"
ONE = re.compile(r"\s*([a-z_0-9]+)\s*(?:\(([^()]*)\))?\s*")
PART = re.compile(r"\s*(?:([a-z_]+)\s*=\s*)?([^,]+?)\s*")


@dataclass(eq=False)
class Injection:
    """Faults that wait for calls of one operation (None: of any).

    They strike each call, or every n-th (`every`), or with a `probability` that `seed` throws the dice for; and no more
    than `times` times. `seen` and `struck` count the calls; `origin` is the file that they were read from.
    """

    faults: tuple[Fault, ...]
    operation: str | None = None
    times: int | None = None
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    seen: int = 0
    struck: int = 0
    origin: str = ""

    def __post_init__(self) -> None:
        if not self.faults:
            raise StubError("inject(...) needs a fault: mock.inject(close(chunks=3)).")
        sound(self.faults)
        if self.operation is not None:
            from .operations import operation

            self.operation = operation(self.operation).id
        counts = [each for each in (self.every, self.times) if each is not None]
        if (
            not all(isinstance(each, int) and each >= 1 for each in counts)
            or not isinstance(self.probability, int | float)
            or not 0 <= self.probability <= 1
        ):
            raise StubError("inject(...): times and every are 1 or more, probability is from 0 to 1.")

    def strikes(self, call: Call) -> bool:
        """Whether this call is struck; it is counted."""
        if self.operation not in (None, call.name) or self.struck == self.times:
            return False
        self.seen += 1
        if self.seen % self.every or (
            self.probability < 1 and dice("fault", self.seed, self.seen).random() >= self.probability
        ):
            return False
        self.struck += 1
        return True

    def fresh(self) -> Injection:
        """The same faults, with nothing counted yet."""
        return replace(self, seen=0, struck=0)

    def __str__(self) -> str:
        usual = {field.name: field.default for field in fields(self)}
        about = [
            f"{name}={getattr(self, name)!r}"
            for name in ("operation", "times", "every", "probability", "seed")
            if getattr(self, name) != usual[name]
        ]
        return f"inject({', '.join([*map(str, self.faults), *about])})"


def sound(given: Sequence[Any]) -> None:
    """Raise StubError for what is no fault."""
    for fault in given:
        if not isinstance(fault, Fault):
            raise StubError(f"{show(fault)} is no fault. They are in mockai.faults: from mockai.faults import close.")


def due(waiting: Sequence[Injection], call: Call) -> tuple[Fault, ...]:
    """The faults that strike a call: those its header asks for, and those that wait for it.

    Raises Refusal for a header that asks for none that there is.
    """
    asked = call.request.header(HEADER)
    found: tuple[Fault, ...] = ()
    if asked is not None:
        try:
            found = parse(asked)
        except StubError as error:
            raise Refusal(f"The header X-Mockai-Fault is not a fault. {error}", code="bad_fault", status=400) from None
    for injection in waiting:
        if injection.strikes(call):
            found += injection.faults
    return found


# -- in words


def parse(text: str) -> tuple[Fault, ...]:
    """Faults as a header writes them: `close(chunks=3); slow_head(2)`, `503`. Raises StubError."""
    found = []
    for part in text.split(";"):
        written = ONE.fullmatch(part)
        if written is None:
            raise StubError(f"{part.strip()!r} is not a fault. Write name, name(figure) or name(chunks=3); two by ';'.")
        name, inside = written[1], written[2]
        if name.isdecimal() and inside is None:
            found.append(one("fail", int(name)))
            continue
        given, places = {}, list(_figures(name))
        for number, figure in enumerate(PART.fullmatch(each) for each in (inside or "").split(",") if each.strip()):
            if figure is None or (figure[1] is None and number >= len(places)):
                raise StubError(f"{part.strip()!r}: {name} takes {', '.join(places) or 'no figures'}.")
            given[figure[1] or places[number]] = _scalar(figure[2])
        found.append(one(name, given))
    return tuple(found)


def read(value: Any) -> tuple[Fault, ...]:
    """Faults as JSON: a name, a status, an object of names and their figures, or a list of these. Raises StubError."""
    if isinstance(value, list):
        return tuple(fault for each in value for fault in read(each))
    if isinstance(value, str):
        return (one(value, {}),)
    if isinstance(value, int) and not isinstance(value, bool):
        return (one("fail", value),)
    if isinstance(value, Mapping) and value:
        return tuple(one(str(name), figures) for name, figures in value.items())
    raise StubError('A fault is a name ("close"), a status (503), or an object such as {"close": {"chunks": 3}}.')


def one(name: str, figures: Any) -> Fault:
    """The fault called `name`; `figures` is an object, or the first of them alone. Raises StubError."""
    places = _figures(name)
    first = places[0] if places else "figures"
    given = figures if isinstance(figures, Mapping) else {} if figures in (None, True) else {first: figures}
    unknown = [str(key) for key in given if key not in places]
    if unknown:
        raise StubError(f"{name} has no {unknown[0]!r}. It takes {', '.join(places) or 'no figures'}.")
    return FAULTS[name](**given)


def _figures(name: str) -> list[str]:
    if name not in FAULTS:
        import difflib

        near = difflib.get_close_matches(name, FAULTS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(FAULTS)}."
        raise StubError(f"There is no fault {name!r}. {hint}")
    return [field.name for field in fields(FAULTS[name])]


def _scalar(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.strip("'")
