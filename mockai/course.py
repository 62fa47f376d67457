"""The course of a stream: in which order its events come, seen apart for the whole of it and for each thing in it.

How many items, parts and deltas a stream has varies from run to run, and so does which of them come first; that an
item is added before its deltas come, and is done after them, does not. So the events of each choice, item and part are
a course of their own, runs of one label count once, and of the whole stream each such thing is one label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

Course: TypeAlias = dict[str, tuple[int, int]]
"""The first and the last event with each label, in the order of their firsts."""
Courses: TypeAlias = dict[str, list[Course]]
"""The courses of a stream by what they are about: `stream`, `choice`, `message item`, `part of a message item`."""

STREAM = "stream"
ENDS = frozenset(("completed", "incomplete", "failed", "cancelled", "expired", "requires_action"))
FLOWING = (".delta", ".annotation.added", ".partial_image", ".segment", "choices", "items", "parts", "objects", "delta")
"""Labels that come in any number and among each other."""
OCCASIONAL = (".queued", ".partial_image", ".annotation.added", "items", "parts", "objects")
"""What an answer may be too quick for, or have none of."""


def courses(events: Sequence[tuple[str, Any]]) -> Courses:
    """The courses of a stream; each event is its kind and its data (`[DONE]` has none)."""
    found: dict[tuple[str, object], Course] = defaultdict(dict)
    items: dict[object, str] = {}
    for index, (kind, value) in enumerate(events):
        for scope, label in _labels(kind, value if isinstance(value, dict) else {}, items):
            course = found[scope]
            course[label] = (course[label][0] if label in course else index, index)
    several: Courses = defaultdict(list)
    for (about, _), course in found.items():
        several[about].append(course)
    return dict(several)


def _labels(kind: str, value: dict[str, Any], items: dict[object, str]) -> Iterator[tuple[tuple[str, object], str]]:
    """The labels of one event, each with the course that it belongs to."""
    if isinstance(value.get("choices"), list):
        yield from _chunk(value)
        return
    stem, _, stage = kind.rpartition(".")
    label = f"the end of {stem}" if stage in ENDS else kind
    item = value.get("output_index", value.get("item_id"))
    if item is not None and kind.startswith("response."):
        inner = value.get("item")
        if isinstance(inner, dict) and isinstance(inner.get("type"), str):
            items.setdefault(item, inner["type"])
        about = f"{items.get(item, 'other')} item"
        part = next((value[name] for name in ("content_index", "summary_index") if name in value), None)
        yield (STREAM, 0), "items"
        if part is None or stem.endswith(".annotation"):
            yield (about, item), label
        else:
            yield (about, item), "parts"
            yield (f"part of a {about}", (item, part, stem.startswith("response.reasoning"))), label
    elif kind.startswith(("thread.message.", "thread.run.step.")) and isinstance(value.get("id"), str):
        yield (STREAM, 0), "objects"
        yield (kind.removesuffix(f".{stage}"), value["id"]), label
    else:
        yield (STREAM, 0), label


def _chunk(value: dict[str, Any]) -> Iterator[tuple[tuple[str, object], str]]:
    """The labels of a chunk of a chat or of a completion: what it carries."""
    choices = [choice for choice in value["choices"] if isinstance(choice, dict)]
    if choices:
        yield (STREAM, 0), "choices"
    for choice in choices:
        scope = ("choice", choice.get("index"))
        delta = choice.get("delta")
        said = {name: inner for name, inner in delta.items() if inner} if isinstance(delta, dict) else {}
        if "role" in said:
            yield scope, "role"
        if said.keys() - {"role"} or choice.get("text"):
            yield scope, "delta"
        if choice.get("finish_reason"):
            yield scope, "finish_reason"
    if value.get("usage"):
        yield (STREAM, 0), "usage"


def reordered(recorded: Sequence[Courses], fresh: Courses) -> Iterator[tuple[str, str, str]]:
    """What comes in another order than in all recordings: what it is about, and the two labels, as they now come."""
    for about, several in fresh.items():
        before = [course for each in recorded for course in each.get(about, ())]
        for course in several:
            swapped = next(_swapped(before, course), None)
            if swapped is not None:
                yield about, *swapped
                break


def _swapped(recorded: Sequence[Course], course: Course) -> Iterator[tuple[str, str]]:
    """Pairs of labels of which the second was over before the first began in all recordings, nearest ones first."""
    pairs = []
    for late, (begun, _) in course.items():
        for early, (_, ended) in course.items():
            if begun >= ended or late == early or (late.endswith(FLOWING) and early.endswith(FLOWING)):
                continue
            both = [(each[early][1], each[late][0]) for each in recorded if early in each and late in each]
            if both and all(ended < begun for ended, begun in both):
                pairs.append((min(begun - ended for ended, begun in both), late, early))
    yield from ((late, early) for _, late, early in sorted(pairs))


def dropped(recorded: Sequence[Courses], fresh: Courses) -> Iterator[tuple[str, str]]:
    """What no course has any more and all recorded ones had, although its siblings are there."""
    for about, several in fresh.items():
        before = [course for each in recorded for course in each.get(about, ())]
        here = {label for course in several for label in course}
        for label in before[0] if before else ():
            if label in here or label.endswith(OCCASIONAL) or not all(label in course for course in before):
                continue
            if "." not in label or any(_stem(label) == _stem(other) for other in here):
                yield about, label


def _stem(label: str) -> str:
    """What an event is about: `response.output_text` of its delta, its done and its end."""
    return label.removeprefix("the end of ") if label.startswith("the end of ") else label.rpartition(".")[0]
