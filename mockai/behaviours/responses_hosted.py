"""The tools that OpenAI runs itself: what stands in an output where one was used, and which events tell of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from ..dice import HEX, token
from ..voice import subject
from . import Mock


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a tool: the tool as the request describes it, what it is used for, and what may be told of it."""

    tool: Mapping[str, Any]
    topic: str
    include: frozenset[str]
    rng: Random
    mock: Mock


LISTING = "mcp_list_tools"
"""The type of the item that says what an MCP server offers."""

Item: TypeAlias = dict[str, Any]
Fields: TypeAlias = "Callable[[Use], tuple[Item, list[Item]]]"
"""What an item holds beside its id, type and status; and the notes that the text which follows takes from it."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """A tool of OpenAI's: the type of its item, the fields of it, the words it is about, and the events on its way.

    `early` are the fields that the item has when it begins. `answers` is False where the client has to run it, so
    that the model has nothing to say yet.
    """

    item: str
    fields: Fields
    about: str
    events: tuple[str, ...] = ()
    early: Mapping[str, Any] | None = None
    answers: bool = True


def hosted_type(kind: str) -> str:
    """The type of a tool without the dates and previews of its versions: `web_search_preview_2025_03_11`."""
    for known in HOSTED:
        if kind == known or kind.startswith((f"{known}_preview", f"{known}_2", f"{known}_use")):
            return known
    return kind


def _web_search(use: Use) -> tuple[Item, list[Item]]:
    query = subject(use.topic)
    action: Item = {"type": "search", "queries": [query], "query": query}
    if "web_search_call.action.sources" in use.include:
        action["sources"] = [{"type": "url", "url": SOURCE}]
    return {"action": action}, []


SOURCE = "https://example.com/"
"""The page that every search of the mock has read; the name is reserved (RFC 2606)."""


def _file_search(use: Use) -> tuple[Item, list[Item]]:
    from .vector_search import search

    query = use.topic or "file"
    ranking = use.tool.get("ranking_options") or {}
    hits = search(
        use.mock,
        use.tool.get("vector_store_ids") or (),
        [query],
        most=use.tool.get("max_num_results") or 20,
        filters=use.tool.get("filters"),
        threshold=ranking.get("score_threshold") or 0.0,
    )
    told = [
        {
            "attributes": dict(hit.attributes),
            "file_id": hit.file_id,
            "filename": hit.filename,
            "score": hit.score,
            "text": hit.text,
            "vector_store_id": hit.vector_store_id,
        }
        for hit in hits
    ]
    notes: list[Item] = [
        {"type": "file_citation", "file_id": hit.file_id, "filename": hit.filename, "index": 0} for hit in hits[:1]
    ]
    return {"queries": [query], "results": told if "file_search_call.results" in use.include else None}, notes


def _code_interpreter(use: Use) -> tuple[Item, list[Item]]:
    container = use.tool.get("container")
    id = container if isinstance(container, str) else f"cntr_{token(use.rng, 48, HEX)}"
    printed = subject(use.topic)
    shown = "code_interpreter_call.outputs" in use.include
    outputs = [{"type": "logs", "logs": f"{printed}\n"}] if shown else None
    return {"code": f"print({printed!r})", "container_id": id, "outputs": outputs}, []


def _image(use: Use) -> tuple[Item, list[Item]]:
    from ..pictures import base64_of, picture

    form = use.tool.get("output_format") or "png"
    colour = (use.rng.randrange(256), use.rng.randrange(256), use.rng.randrange(256))
    size = use.tool.get("size") or "auto"
    wide, _, high = ("1024x1024" if size == "auto" else size).partition("x")
    quality = use.tool.get("quality") or "auto"
    return {
        "action": "generate",
        "background": "opaque",
        "output_format": form,
        "quality": "medium" if quality == "auto" else quality,
        "result": base64_of(picture(form, int(wide), int(high), colour)),
        "revised_prompt": use.topic,
        "size": f"{wide}x{high}",
    }, []


TOOL = "search"
"""The tool that every MCP server of the mock's has, unless the request allows others only."""


def _allowed(tool: Mapping[str, Any]) -> Sequence[str]:
    allowed = tool.get("allowed_tools") or ()
    return (allowed.get("tool_names") or ()) if isinstance(allowed, dict) else allowed


def listings(tools: Sequence[Any], before: Sequence[Mapping[str, Any]]) -> list[Item]:
    """What each MCP server of a request offers, but for those whose tools were listed before."""
    known = {item.get("server_label") for item in before if item.get("type") == LISTING}
    servers = [tool for tool in tools if isinstance(tool, dict) and tool.get("type") == "mcp"]
    return [
        {
            "error": None,
            "server_label": server.get("server_label", ""),
            "tools": [
                {
                    "annotations": {"read_only": False},
                    "description": "",
                    "input_schema": {"type": "object", "properties": {}, "additionalProperties": False},
                    "name": name,
                }
                for name in _allowed(server) or (TOOL,)
            ],
        }
        for server in servers
        if server.get("server_label") not in known
    ]


def _mcp(use: Use) -> tuple[Item, list[Item]]:
    return {
        "approval_request_id": None,
        "arguments": "{}",
        "error": None,
        "name": next(iter(_allowed(use.tool)), TOOL),
        "output": subject(use.topic),
        "server_label": use.tool.get("server_label", ""),
    }, []


def _call_id(rng: Random) -> str:
    return f"call_{token(rng, 24)}"


def _shell(use: Use) -> tuple[Item, list[Item]]:
    action = {"commands": ["ls"], "max_output_length": None, "timeout_ms": None}
    return {"action": action, "call_id": _call_id(use.rng), "environment": None}, []


def _local_shell(use: Use) -> tuple[Item, list[Item]]:
    action: Item = {"type": "exec", "command": ["ls"], "env": {}}
    action |= {"timeout_ms": None, "user": None, "working_directory": None}
    return {"action": action, "call_id": _call_id(use.rng)}, []


def _patch(use: Use) -> tuple[Item, list[Item]]:
    made = {"type": "create_file", "diff": f"+{subject(use.topic)}\n", "path": "notes.txt"}
    return {"call_id": _call_id(use.rng), "operation": made}, []


def _computer(use: Use) -> tuple[Item, list[Item]]:
    return {"action": {"type": "screenshot"}, "call_id": _call_id(use.rng), "pending_safety_checks": []}, []


HOSTED: Mapping[str, Hosted] = {
    "web_search": Hosted(
        "web_search_call",
        _web_search,
        "search web internet online news latest current today",
        ("in_progress", "searching", "completed"),
        {"action": {"type": "search"}},
    ),
    "file_search": Hosted(
        "file_search_call",
        _file_search,
        "search files documents knowledge according uploaded",
        ("in_progress", "searching", "completed"),
        {"results": None},
    ),
    "code_interpreter": Hosted(
        "code_interpreter_call",
        _code_interpreter,
        "python code calculate compute plot chart",
        ("in_progress", "code", "interpreting", "completed"),
        {"code": "", "outputs": None},
    ),
    "image_generation": Hosted(
        "image_generation_call",
        _image,
        "draw image picture illustration generate",
        ("in_progress", "generating", "completed"),
        {"result": None},
    ),
    "mcp": Hosted("mcp_call", _mcp, "server", ("in_progress", "arguments", "completed"), {"arguments": ""}),
    "shell": Hosted("shell_call", _shell, "shell command terminal", answers=False),
    "local_shell": Hosted("local_shell_call", _local_shell, "shell command terminal", answers=False),
    "apply_patch": Hosted("apply_patch_call", _patch, "patch file edit", answers=False),
    "computer": Hosted("computer_call", _computer, "computer screen click browser", answers=False),
}
"""The tools by the type that a request names them by."""

BY_ITEM: Mapping[str, Hosted] = {each.item: each for each in HOSTED.values()}
"""The tools by the type of their items."""


def tool_of(kind: str, tools: Sequence[Any]) -> Mapping[str, Any]:
    """What a request says of a tool that it offers."""
    return next((tool for tool in tools if isinstance(tool, dict) and hosted_type(str(tool.get("type"))) == kind), {})
