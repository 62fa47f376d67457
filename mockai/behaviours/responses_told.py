"""How each kind of item is told of in a stream: what it has at first, and what happens until it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from .. import tokens
from ..dice import token
from .responses_message import message

Event: TypeAlias = dict[str, Any]

BLOCK = 16
"""A delta and its obfuscation together are a multiple of this many characters: padding hides how long a token is."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a response is told: whose tokens cut its texts, and the chance that pads them.

    `pieces` are the cuts of the words of a message, where they have their own; `glimpses` is how often a picture is
    seen before it is finished.
    """

    model: str
    rng: Random | None
    pieces: Sequence[str] | None = None
    glimpses: int = 0

    def words(self, text: str) -> Iterator[Event]:
        """The words of a message in deltas."""
        own = self.pieces is not None and "".join(self.pieces) == text
        yield from map(self.padded, self.pieces if own and self.pieces is not None else tokens.split(text, self.model))

    def cut(self, text: str) -> Iterator[Event]:
        """Any other text in deltas."""
        yield from map(self.padded, tokens.split(text, self.model))

    def padded(self, delta: str) -> Event:
        """A delta, and what hides how long it is."""
        return {"delta": delta} | ({"obfuscation": token(self.rng, -len(delta) % BLOCK)} if self.rng else {})


Between: TypeAlias = "Callable[[Event, Event, Way], Iterator[Event]]"
"""The events between the first and the last of an item, which is at the place that every one of them names."""


def told(item: Event, where: Event, way: Way) -> tuple[Event, Iterator[Event]]:
    """An item as it is at first, and the events until it is what it is in the end."""
    early, between = TOLD.get(item["type"], ({}, _nothing))
    status = {"status": "in_progress"} if "status" in item else {}
    first = {**item, **status, **(early(item) if callable(early) else early)}
    if item["type"] in BARE:
        first = {name: first[name] for name in ("id", "type", "status") if name in first}
    return first, between(item, where, way)


def _nothing(_item: Event, _where: Event, _way: Way) -> Iterator[Event]:
    return iter(())


def _steps(*names: str) -> Between:
    def between(item: Event, where: Event, _way: Way) -> Iterator[Event]:
        for name in names:
            yield {"type": f"response.{item['type']}.{name}", **where}

    return between


def _message(item: Event, where: Event, way: Way) -> Iterator[Event]:
    return message(item, where, way.words, way.cut)


def _reasoning(item: Event, where: Event, way: Way) -> Iterator[Event]:
    for place, part in enumerate(item.get("summary") or ()):
        here = {**where, "summary_index": place}
        yield {"type": "response.reasoning_summary_part.added", "part": {**part, "text": ""}, **here}
        for delta in way.cut(part["text"]):
            yield {"type": "response.reasoning_summary_text.delta", **delta, **here}
        yield {"type": "response.reasoning_summary_text.done", "text": part["text"], **here}
        yield {"type": "response.reasoning_summary_part.done", "part": part, **here}


def _text(name: str, field: str) -> Between:
    """A field that the model writes itself, in deltas."""

    def between(item: Event, where: Event, way: Way) -> Iterator[Event]:
        yield from _piecewise(name, field, way.cut(item[field]), item, where)

    return between


def _piecewise(name: str, field: str, deltas: Iterable[Event], item: Event, where: Event) -> Iterator[Event]:
    for delta in deltas:
        yield {"type": f"response.{name}.delta", **delta, **where}
    yield {"type": f"response.{name}.done", field: item[field], **where}


def _arguments(item: Event, where: Event, way: Way) -> Iterator[Event]:
    """The arguments of a call: those that a program has put together are not written by the model, and come at once."""
    text = item["arguments"]
    deltas = [way.padded(text)] if (item.get("caller") or {}).get("type") == "program" else way.cut(text)
    yield from _piecewise("function_call_arguments", "arguments", deltas, item, where)


def _code(item: Event, where: Event, way: Way) -> Iterator[Event]:
    yield {"type": "response.code_interpreter_call.in_progress", **where}
    yield from _text("code_interpreter_call_code", "code")(item, where, way)
    yield from _steps("interpreting", "completed")(item, where, way)


def _image(item: Event, where: Event, way: Way) -> Iterator[Event]:
    """An image on its way, seen as often as the request wants to see it."""
    yield from _steps("in_progress", "generating")(item, where, way)
    look: Event = {name: item[name] for name in ("background", "output_format", "quality", "size") if name in item}
    for place, picture in enumerate(_glimpses(item, way.glimpses) if way.glimpses else ()):
        seen = {"partial_image_b64": picture, "partial_image_index": place}
        yield {"type": "response.image_generation_call.partial_image", **seen, **look, **where}
    yield from _steps("completed")(item, where, way)


def _glimpses(item: Event, count: int) -> Sequence[str]:
    from .responses_images import glimpses

    return glimpses(item, count)


def _mcp(item: Event, where: Event, way: Way) -> Iterator[Event]:
    """A call whose arguments come in one delta, whatever their length."""
    yield {"type": "response.mcp_call.in_progress", **where}
    yield from _piecewise("mcp_call_arguments", "arguments", [way.padded(item["arguments"])], item, where)
    yield from _steps("failed" if item.get("error") else "completed")(item, where, way)


def _shell(item: Event, where: Event, way: Way) -> Iterator[Event]:
    """The commands, one after the other; their events name the place of the item alone."""
    for place, command in enumerate(item["action"]["commands"]):
        here = {"output_index": where["output_index"], "command_index": place}
        yield {"type": "response.shell_call_command.added", "command": "", **here}
        for delta in way.cut(command):
            yield {"type": "response.shell_call_command.delta", **delta, **here}
        yield {"type": "response.shell_call_command.done", "command": command, **here}


def _printed(item: Event, where: Event, _way: Way) -> Iterator[Event]:
    for place, output in enumerate(item["output"]):
        here = {**where, "command_index": place}
        told = {name: output[name] for name in ("stderr", "stdout") if output[name]}
        if told:
            yield {"type": "response.shell_call_output_content.delta", "delta": told, **here}
        yield {"type": "response.shell_call_output_content.done", "output": [output], **here}


def _patch(item: Event, where: Event, way: Way) -> Iterator[Event]:
    """The diff of a patch; a file that is deleted has none."""
    name, diff = "response.apply_patch_call_operation_diff", item["operation"].get("diff")
    if diff is None:
        return
    for delta in way.cut(diff):
        yield {"type": f"{name}.delta", **delta, **where}
    yield {"type": f"{name}.done", "diff": diff, **where}


def _undrawn(item: Event) -> Event:
    empty = {"diff": ""} if "diff" in item["operation"] else {}
    return {"operation": {**item["operation"], **empty}}


def _unrun(item: Event) -> Event:
    """Code without a letter, and without what comes of it; a list of that where it will be told."""
    return {"code": "", "outputs": [] if isinstance(item.get("outputs"), list) else None}


def _unwritten(item: Event) -> Event:
    return {"action": {**item["action"], "commands": []}}


def _as_it_ends(item: Event) -> Event:
    return {"status": item["status"]} if "status" in item else {}


BARE = frozenset(("image_generation_call",))
"""Kinds of items of which nothing is told at first but what they are (all recordings from June to December 2025)."""

TOLD: Mapping[str, tuple[Event | Callable[[Event], Event], Between]] = {
    "message": ({"content": []}, _message),
    "reasoning": ({"summary": []}, _reasoning),
    "function_call": ({"arguments": ""}, _arguments),
    "custom_tool_call": ({"input": ""}, _text("custom_tool_call_input", "input")),
    "web_search_call": ({"action": {"type": "search"}}, _steps("in_progress", "searching", "completed")),
    "file_search_call": ({"queries": [], "results": None}, _steps("in_progress", "searching", "completed")),
    "code_interpreter_call": (_unrun, _code),
    "image_generation_call": ({}, _image),
    "mcp_list_tools": ({"tools": []}, _steps("in_progress", "completed")),
    "mcp_call": ({"arguments": "", "output": None}, _mcp),
    "tool_search_call": ({"arguments": {}}, _nothing),
    "shell_call": (_unwritten, _shell),
    "shell_call_output": ({"output": []}, _printed),
    "apply_patch_call": (_undrawn, _patch),
    "apply_patch_call_output": (_as_it_ends, _nothing),
    "program": ({"code": ""}, _nothing),
    "program_output": ({"status": "completed", "result": ""}, _nothing),
}
"""What kinds of items have at first, and how they are told of; any other is only begun and done.

Orders are those of recorded streams, and of `shared/facts` where these have none.
"""
