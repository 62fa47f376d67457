"""The tools that the API knows by their type: what stands in an output where one was used, and whose turn is next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .. import catalogue
from ..dice import HEX, token
from ..voice import subject
from . import responses_local as local
from . import responses_mcp as servers
from .chat_sources import citations
from .responses_use import Item, Known, Made, Use, never

_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")
_QUOTED = re.compile(r"[\"“'‘]([^\"“”'‘’]{3,})[\"”'’]")
SOURCE = "https://example.com/"
"""The page that a search without citations has read; the name is reserved (RFC 2606)."""


def hosted_type(kind: str) -> str:
    """The type of a tool without the dates and previews of its versions: `web_search_preview_2025_03_11`."""
    for known in HOSTED:
        if kind == known or kind.startswith((f"{known}_preview", f"{known}_2", f"{known}_use")):
            return known
    return kind


def _web_search(use: Use) -> Made:
    item: Item = {"type": "web_search_call", "status": "completed", "action": _looked(use)}
    flat = [{"type": note["type"], **note["url_citation"]} for note in citations(use.said)]
    return Made((item,), tuple(flat))


def _looked(use: Use) -> Item:
    """A search; where the user names a page, models that reason open it, or look in it for what stands in quotes."""
    page, quoted = _ADDRESS.search(use.topic), _QUOTED.search(use.topic)
    if page and catalogue.like(use.model).reasoning:
        if quoted:
            return {"type": "find_in_page", "pattern": quoted[1], "url": page[0]}
        return {"type": "open_page", "url": page[0]}
    query = subject(use.topic)
    action: Item = {"type": "search", "queries": [query], "query": query}
    if "web_search_call.action.sources" in use.include:
        read = [note["url_citation"]["url"].partition("?")[0] for note in citations(use.said)]
        action["sources"] = [{"type": "url", "url": url} for url in read or (SOURCE,)]
    return action


def _file_search(use: Use) -> Made:
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
    shown = told if "file_search_call.results" in use.include else None
    # A note stands behind the last word, before its full stop, as in recorded answers.
    index = len(use.said) - use.said.endswith((".", "!", "?", "。"))
    notes = [
        {"type": "file_citation", "file_id": hit.file_id, "filename": hit.filename, "index": index} for hit in hits[:1]
    ]
    return Made(
        ({"type": "file_search_call", "status": "completed", "queries": [query], "results": shown},), tuple(notes)
    )


def _code_interpreter(use: Use) -> Made:
    container = use.tool.get("container")
    id = container if isinstance(container, str) else f"cntr_{token(use.rng, 48, HEX)}"
    printed = subject(use.topic)
    shown = "code_interpreter_call.outputs" in use.include
    outputs = [{"type": "logs", "logs": f"{printed}\n"}] if shown else None
    item: Item = {"type": "code_interpreter_call", "status": "completed", "code": f"print({printed!r})"}
    return Made(({**item, "container_id": id, "outputs": outputs},))


def _image(use: Use) -> Made:
    from .responses_images import pictured

    made = pictured(use.tool, use.topic, use.items, use.mock)
    return Made(({"type": "image_generation_call", "status": "completed", **made},))


HOSTED: Mapping[str, Known] = {
    "web_search": Known("web_search_call", _web_search, "search web internet online news latest current today"),
    "file_search": Known("file_search_call", _file_search, "search files documents knowledge according uploaded"),
    "code_interpreter": Known("code_interpreter_call", _code_interpreter, "python code calculate compute plot chart"),
    "image_generation": Known("image_generation_call", _image, "draw image picture illustration generate"),
    "mcp": Known("mcp_call", servers.mcp, "server", servers.free),
    "shell": Known("shell_call", local.shell, "shell command terminal", local.hosted),
    "local_shell": Known("local_shell_call", local.local_shell, "shell command terminal", never),
    "apply_patch": Known("apply_patch_call", local.patch, "patch file edit", never),
    "computer": Known("computer_call", local.computer, "computer screen click browser", never),
}
"""The tools by the type that a request names them by."""


def tool_of(kind: str, tools: Sequence[Any], words: str = "") -> Mapping[str, Any]:
    """What a request says of a tool that it offers; of several MCP servers, of the one whose label is among `words`."""
    offered = [tool for tool in tools if isinstance(tool, dict) and hosted_type(str(tool.get("type"))) == kind]
    labels = [str(tool.get("server_label") or "").lower() for tool in offered]
    named = [tool for tool, label in zip(offered, labels, strict=True) if label and label in words.lower()]
    return next(iter((*named, *offered)), {})
