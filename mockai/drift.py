"""Drift: where the API answers in another shape than it did when an answer was recorded.

Shapes are compared, not values: fields, types, words of vocabularies, the order of events, status, headers. What the
schemas call optional, or what varied among the recordings themselves, may come and go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from .course import dropped, reordered
from .expected import ARTICLES, one_of
from .features import Features, Place, Spot, always, merged, owner, shown
from .sight import Sight

Severity: TypeAlias = Literal["breaking", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""`breaking`: code that reads the recorded shape may fail on the new one. `warning`: the shape is one that neither the
recordings nor the schemas know, or is less than it was. `note`: both know that it varies."""

Kind: TypeAlias = Literal["new", "lost", "retyped", "enum", "order", "status", "header", "model", "body"]

HEADERS = re.compile(
    r"x-request-id|openai-(?:processing-ms|version|model)|retry-after(?:-ms)?|location|content-disposition"
    r"|x-ratelimit-(?:limit|remaining|reset)-(?:requests|tokens)"
)
"""Headers of answers that clients read; all others are a matter of what stands between."""

TELLING = ("object", "type", "role", "event")
"""Words by which a client tells what it has before it."""

FLEETING = frozenset(("obfuscation", "service_tier", "system_fingerprint"))
"""Fields that come and go with the load, the account and the machine that answers, whatever the schemas say of them.
`obfuscation` hides how long the deltas of a stream are; no schema of the SDK has it."""

RETIRED = re.compile(
    r"does not exist or you do not have access|has been (?:deprecated|retired|shut ?down|removed|decommissioned)"
    r"|(?:is|been) deprecated|no longer (?:available|supported|offered)|DeploymentNotFound",
    re.IGNORECASE,
)
"""How the API says that it no longer has a model (quoted by its users), beside the code `model_not_found`."""

BY_CHANCE = 1 / 200
"""A field that comes and goes may be missing from all new answers by chance; what is less likely than this is no
chance: four recordings that have it, and four answers that have not."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between the recorded shape and the new one; `place` is written as people write it."""

    kind: Kind
    severity: Severity
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}"


def drift(recorded: Sequence[Sight], fresh: Sight) -> list[Drift]:
    """Where the new answer differs from what was recorded: the first of `recorded`, and others that should look alike.

    The gravest come first.
    """
    own = recorded[0]
    found = list(_outcome(own, fresh))
    if own.reply.status // 100 == fresh.reply.status // 100:
        alike = [each for each in recorded if each.sort == own.sort and each.whole and each.unread is None]
        found += _headers([own, *(each for each in alike if each is not own)], fresh)
        found += _bodies(own, alike, fresh)
    return sorted(found, key=lambda each: SEVERITIES.index(each.severity))


def _outcome(own: Sight, fresh: Sight) -> Iterator[Drift]:
    """Status, and a model that is no more."""
    was, now = own.reply.status, fresh.reply.status
    said = _said(fresh.error)
    if now in (400, 404, 410) and was < 400 and retired(fresh.error):
        yield Drift("model", "breaking", "", f"The model is no longer offered (status {now}){said}")
    elif was != now:
        fine = was >= 400 or now < 400
        yield Drift("status", "warning" if fine else "breaking", "", f"The status was {was} and is {now}{said or '.'}")
    elif was >= 400:
        before, after = ((each.error or {}).get("code") for each in (own, fresh))
        if before != after:
            yield Drift("enum", "warning", "error.code", f"error.code was {before!r} and is {after!r}.")


def retired(error: dict[str, Any] | None) -> bool:
    """Whether the API says in an error that it has no such model any more."""
    code, message = ((error or {}).get(name) for name in ("code", "message"))
    if code in ("model_not_found", "model_deprecated", "DeploymentNotFound"):
        return True
    return isinstance(message, str) and "model" in message.lower() and bool(RETIRED.search(message))


def _said(error: dict[str, Any] | None) -> str:
    message = (error or {}).get("message")
    return f": {message[:300]}" if isinstance(message, str) else ""


def _headers(recorded: Sequence[Sight], fresh: Sight) -> Iterator[Drift]:
    was, now = recorded[0].media, fresh.media
    if was != now:
        yield Drift(
            "header", "breaking", "content-type", f"content-type was {was or 'absent'} and is {now or 'absent'}."
        )
    before = [{name for name, _ in each.reply.headers if HEADERS.fullmatch(name)} for each in recorded]
    after = {name for name, _ in fresh.reply.headers if HEADERS.fullmatch(name)}
    for name in sorted(set.intersection(*before) - after):
        yield Drift("header", "warning", name, f"The header {name} is gone.")
    for name in sorted(after - set[str]().union(*before)):
        yield Drift("header", "note", name, f"The header {name} is new.")


def _bodies(own: Sight, alike: Sequence[Sight], fresh: Sight) -> Iterator[Drift]:
    if not fresh.whole and own.whole:
        yield Drift("body", "breaking", "", "The connection ended before the answer did; the recorded one was whole.")
    elif fresh.unread != own.unread:
        was, now = (each.unread or ("a stream" if each.courses else "JSON") for each in (own, fresh))
        yield Drift("body", "breaking", "", f"The body was {was} and is {now}.")
    elif alike and fresh.sort == alike[0].sort:
        if fresh.error is not None and fresh.courses and own.error is None:
            yield Drift("status", "breaking", "", f"The stream holds an error now{_said(fresh.error) or '.'}")
        yield from _kinds(alike, fresh)
        yield from _shapes(merged([each.features for each in alike]), fresh.features)
        yield from _order(alike, fresh)
    elif alike and fresh.courses.keys() != own.courses.keys():
        yield Drift("body", "breaking", "", f"The answer is {'a' if fresh.courses else 'no'} stream now.")


def _kinds(alike: Sequence[Sight], fresh: Sight) -> Iterator[Drift]:
    """Events of kinds that neither the recordings nor the schemas know."""
    before = {kind for each in alike for kind in each.kinds}
    for kind, known in fresh.kinds.items():
        if not known and kind not in before:
            yield Drift("new", "warning", kind, f"{kind} is a new kind of event, which the schemas do not know.")


def _order(alike: Sequence[Sight], fresh: Sight) -> Iterator[Drift]:
    recorded = [each.courses for each in alike]
    for about, label in dropped(recorded, fresh.courses):
        yield Drift("lost", "breaking", label, f"{_of(label, about)} no longer comes.")
    for about, first, second in reordered(recorded, fresh.courses):
        yield Drift("order", "breaking", first, f"{_of(first, about)} now comes before {second} has ended.")


def _of(label: str, about: str) -> str:
    return label if about == "stream" else f"{label} (of a {about})"


def _shapes(before: Features, after: Features) -> Iterator[Drift]:
    """Fields, types and words."""
    unknown: list[Place] = []  # what is told of a place says enough of what lies below
    for place, spot in after.items():
        if place[-1:] and place[-1].startswith("<"):
            continue
        if any(place[: len(each)] == each for each in unknown):
            continue
        known = before.get(place)
        if known is None and (appeared := _appeared(place, before, after)) is not None:
            yield appeared
            if spot.accepted is None:
                unknown.append(place)
                continue
        for retyped in _types(place, known, spot):
            yield retyped
            unknown.append(place)
        yield from _vocabulary(place, known, spot)
    for place in before:
        above = owner(place)
        if above is None or above not in after or not always(before, place) or always(after, place):
            continue
        if _needed(after[above], before[place], place[-1]):
            how = "is gone" if place not in after else "is no longer always there"
            yield Drift("lost", "breaking", shown(place), f"{shown(place)} {how}, which every real answer has.")
        elif place not in after:
            yield Drift("lost", "note", shown(place), f"{shown(place)} is gone, which may come and go.")


def _appeared(place: Place, before: Features, after: Features) -> Drift | None:
    """A field that no recording has; nothing where no recording has the object that it belongs to."""
    above = owner(place)
    if above is None or above not in before:
        return None
    name, ground = shown(place), after[above].accepted
    if after[place].accepted is None and ground is not None and place[-1] not in FLEETING:
        return Drift("new", "warning", name, f"{name} is new, and the schemas do not know it.")
    return Drift("new", "note", name, f"{name} is new, which may come and go.")


def _types(place: Place, known: Spot | None, spot: Spot) -> Iterator[Drift]:
    """Types that were not recorded here. Null may come and go where the schemas allow it."""
    before = known.kinds if known is not None else set()
    allowed = spot.accepted.kinds if spot.accepted is not None else None
    for kind in sorted(spot.kinds - before):
        if kind == "integer" and "number" in before:
            continue
        permitted = allowed is not None and (kind in allowed or (kind == "integer" and "number" in allowed))
        if permitted and (kind == "null" or before <= {"null"} or {kind, *before} <= {"integer", "number", "null"}):
            continue
        if known is None and (permitted or allowed is None):
            continue
        was = one_of([ARTICLES[each] for each in sorted(before)]) if before else "never there"
        words = f"{shown(place) or 'The answer'} was {was} and is {ARTICLES[kind]}"
        if permitted or (spot.accepted is None and "null" in {kind, *before}):
            severity: Severity = "note" if spot.accepted is None else "warning"
            yield Drift("retyped", severity, shown(place), f"{words}.")
        else:
            beyond = ", which the schemas do not allow" if allowed is not None else ""
            yield Drift("retyped", "breaking", shown(place), f"{words}{beyond}.")


def _vocabulary(place: Place, known: Spot | None, spot: Spot) -> Iterator[Drift]:
    """Words that were not recorded here."""
    before = known.words if known is not None else set()
    words = spot.accepted.words if spot.accepted is not None else None
    for word in sorted(spot.words - before):
        what, was = shown(place), f" (it was {one_of(sorted(map(repr, before)))})" if before else ""
        if words is not None and word not in words:
            severity: Severity = "breaking" if place[-1] in TELLING else "warning"
            yield Drift("enum", severity, what, f"{what} is {word!r}, which the schemas do not know{was}.")
        elif before:
            severity = "note" if words is not None else "warning"
            yield Drift("enum", severity, what, f"{what} is {word!r}, which was not recorded{was}.")


def departed(recorded: Sequence[Sight], fresh: Sequence[Sight]) -> list[Drift]:
    """Optional fields that all recordings of a family have and no new answer has, or the other way round; only where
    chance cannot explain it."""
    found = []
    for before, after, gone in ((recorded, fresh, True), (fresh, recorded, False)):
        for place, spot in merged([each.features for each in before]).items():
            above = owner(place)
            having = [each for each in before if above in each.features]
            lacking = [each for each in after if above in each.features]
            if above is None or not having or not lacking or not all(always(each.features, place) for each in having):
                continue
            if any(place in each.features for each in lacking) or chance(len(having), len(lacking)) > BY_CHANCE:
                continue
            if gone and not _needed(lacking[0].features[above], spot, place[-1]):
                text = f"{shown(place)} is gone from all {len(lacking)} answers; all {len(having)} recordings have it."
                found.append(Drift("lost", "breaking", shown(place), text))
            elif not gone and spot.accepted is not None:
                text = f"{shown(place)} is in all {len(having)} answers; none of {len(lacking)} recordings has it."
                found.append(Drift("new", "warning", shown(place), text))
    return found


def _needed(above: Spot, was: Spot, name: str) -> bool:
    """Whether an object always has this field.

    Where it was but null, and clients know that it may be absent, its absence means the same to them.
    """
    if above.produced is None or not above.produced.needs(name):
        return False
    known = above.accepted is not None and above.accepted.needs(name)
    return known or not (name in FLEETING or was.kinds <= {"null"})


def chance(having: int, lacking: int) -> float:
    """How likely a field that comes and goes is in all of some answers and in none of some others, at the most."""
    both = having + lacking
    return float((having / both) ** having * (lacking / both) ** lacking)
