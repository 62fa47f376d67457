"""Who may answer a call of a mock: each gives a Decision, or None. `ORDER` puts them in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from . import behaviours
from .answers import answer, content
from .call import Call, Decision, Forward
from .errors import CassetteError, Refusal
from .http import Reply
from .operations import nowhere
from .options import RecordMode

if TYPE_CHECKING:
    from .cassette import Cassette, Recording
    from .mock import MockAI
    from .resources import Resource

Source: TypeAlias = Callable[[Call, "MockAI"], Decision | None]


DEAF = (RecordMode.ALL, RecordMode.REWRITE, RecordMode.VERIFY)
"""The record modes that answer nothing from a cassette."""


def stubs(call: Call, mock: MockAI) -> Decision | None:
    """The user's own script; what is said by a stub's `answer()` is said by those who would without it."""
    for stub in reversed(mock.stubs):
        step = stub.step(call)
        if step is None:
            continue
        step.used += 1
        reply = step.answer(call, mock)
        source = "upstream" if isinstance(reply, Forward) else "stub"
        decision = Decision(source, reply) if reply is not None else first(ORDINARY, call, mock)
        return replace(decision, faults=step.faults) if step.faults else decision
    return None


def cassettes(call: Call, mock: MockAI) -> Decision | None:
    """Recorded exchanges, at the speed asked for."""
    if mock.mode in DEAF:
        return None
    for cassette in mock.cassettes:
        take = cassette.play(call)
        if take is not None:
            return Decision("cassette", played(take, mock))
    return None


def played(take: Recording, mock: MockAI) -> Reply:
    """What was recorded. Raises Refusal where it is read only now and turns out to be no answer."""
    try:
        return take.at(mock.speed, mock.exact_pieces)
    except CassetteError as error:
        raise Refusal(str(error), code="mockai_failed", status=500) from None


def upstream(call: Call, mock: MockAI) -> Decision | None:
    """The real API, when the record mode allows it."""
    return Decision("upstream", Forward(call, mock.upstream)) if mock.forwards and mock.upstream else None


def strict(call: Call, mock: MockAI) -> bool:
    """Whether nothing is made up for a call: the user said what is true, by a cassette or a stub of its operation."""
    if mock.unmatched is not None:
        return mock.unmatched == "error"
    return bool(mock.cassettes) or any(stub.operation == call.name for stub in mock.stubs)


def alone(call: Call, mock: MockAI) -> bool:
    """Whether a call can name no objects but the mock's own: nobody else would answer it, and none are made up."""
    return mock.missing == "error" and not mock.forwards and not strict(call, mock)


def strictness(call: Call, mock: MockAI) -> Decision | None:
    """Refuses what nobody scripted or recorded, where the mock is strict."""
    if not strict(call, mock):
        return None
    about = [stub for stub in mock.stubs if stub.operation == call.name]
    if mock.cassettes and not about:
        raise Refusal(missed(call, mock.cassettes), code="cassette_miss")
    from .stubs import unmatched

    raise Refusal(unmatched(call, about or mock.stubs), code="no_stub_matches")


def behaviour(call: Call, mock: MockAI) -> Decision | None:
    """The operation's hand-written behaviour."""
    found = behaviours.find(call.operation.id) if call.operation else None
    return Decision("behaviour", found(call, mock)) if found else None


def linked(call: Call, mock: MockAI) -> Resource | None:
    """What stands at an address that an earlier answer gave out (a picture's `url`): nobody asks for a key there."""
    place, _, name = call.request.path.rpartition("/")
    return mock.resources.find(place, name) if place.startswith("/private/") else None


def resources(call: Call, mock: MockAI) -> Decision | None:
    """The stored objects, for an operation that does no more to them than its kind says, and what links lead to."""
    from .kinds import KINDS

    found = linked(call, mock)
    if found is not None:
        return Decision("resource", content(found.content or b"", found.private["media"]))
    kind = KINDS.get(call.operation.kind) if call.operation else None
    return Decision("resource", kind(call, mock)) if kind else None


def synthesizer(call: Call, _mock: MockAI) -> Decision | None:
    """A valid body of the operation's own schema, the same every time for the same seed."""
    from .dice import dice
    from .registry import registry
    from .synthesize import synthesize

    row = call.operation
    if row is None:
        return None
    if row.result is None:
        return Decision("synthesizer", answer({}))
    schema, valid = registry().schema(row.result, "produce"), registry().validator(row.result, "produce")
    value = synthesize(schema, dice(call.seed, row.id, call.request.body), nulls=True, validator=valid)
    if isinstance(value, dict) and "has_more" in value:  # a made-up page is the last one, or clients page for ever
        value["has_more"] = False
    return Decision("synthesizer", content(value.encode()) if isinstance(value, str) else answer(value))


ORDINARY: Sequence[Source] = (cassettes, upstream, behaviour, resources, synthesizer)
"""Who answers where nothing is scripted, and the mock is not strict."""

ORDER: Sequence[Source] = (stubs, cassettes, upstream, strictness, behaviour, resources, synthesizer)
"""Who is asked, one after the other."""


def first(sources: Sequence[Source], call: Call, mock: MockAI) -> Decision:
    """The decision of the first source that has one.

    Raises NotFound, or MethodNotAllowed, when none has: only what is no operation can be without.
    """
    for source in sources:
        if (decision := source(call, mock)) is not None:
            return decision
    raise nowhere(call.request.method, call.request.path)


def missed(call: Call, cassettes: Sequence[Cassette]) -> str:
    """What to say of a request that was not recorded: the nearest recordings, where they differ, what to do."""
    near = sorted((pair for cassette in cassettes for pair in cassette.nearest(call)), key=lambda pair: len(pair[1]))[
        :3
    ]
    if not near:
        return f"The cassette is empty, so it has no recording of {call.name} (call {call.number}). Record it first."
    lines = [f"No recording answers {call.name} (call {call.number}). The nearest:"]
    due = [take for cassette in cassettes for take in cassette.due()]
    past = "is this request, and it is not its turn." if due else "is this request and has been played already."
    for take, found in near:
        lines.append(f"  {take} " + ("differs in:" if found else past))
        lines += [f"    - {mismatch}" for mismatch in found[:8]]
    lines += _compared(cassettes)
    if due and not near[0][1]:
        turns = [f"  {take}" for take in due[:3]]
        lines += [
            "Recordings answer in their order (playback ordered). It is the turn of:",
            *turns,
            "Ask in the order of the recording, record it again, or play back unordered.",
        ]
    elif not near[0][1]:
        lines.append("Record the repeated request, too, or allow a recording to answer again (allow_playback_repeats).")
    else:
        lines.append(
            "Make the request as it was recorded, record it again (record mode new_episodes), or leave a field that "
            "varies out of the comparison (match.ignore in the cassette)."
        )
    return "\n".join(lines)


def _compared(cassettes: Sequence[Cassette]) -> list[str]:
    """The rules in force, where they are not the usual one."""
    rules = dict.fromkeys(str(cassette.rule) for cassette in cassettes if str(cassette.rule))
    return [f"Requests are compared by a rule: {rule}." for rule in rules]
