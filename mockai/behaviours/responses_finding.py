"""Tools that are not shown to the model until it has searched for them: `defer_loading`, found by `tool_search`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from ..dice import token
from ..strict import SCRIPT, function_fault
from .responses_use import Item

if TYPE_CHECKING:
    from ..maker import Values


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search for tools has to do: the `tool_search` of the request, the tools, and the names still hidden.

    `homes` says for each tool that was ever deferred which namespace it is called in; one in none is its own.
    """

    search: Mapping[str, Any] | None
    tools: Sequence[Mapping[str, Any]]
    hidden: frozenset[str]
    homes: Mapping[str, str]

    @property
    def client(self) -> bool:
        """Whether the client searches, and not OpenAI."""
        return self.search is not None and self.search.get("execution") == "client"


def finding(tools: Sequence[Any], items: Sequence[Mapping[str, Any]]) -> Finding:
    """What there is to be found among a request's tools, after what was found in the `items` before."""
    offered = [tool for tool in tools if isinstance(tool, dict)]
    search = next((tool for tool in offered if tool.get("type") == "tool_search"), None)
    later = {str(tool["name"]): str(home["name"]) for home, tool in _flat(offered) if tool.get("defer_loading")}
    told = _shown_in(items, ("tool_search_output",))
    homes = later | {str(tool["name"]): str(home["name"]) for home, tool in _flat(told)}
    known = {str(tool["name"]) for tool in found(items)}
    return Finding(search, offered, frozenset(later.keys() - known) if search else frozenset(), homes)


def found(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The tools that searches have found and that developers have added, those of namespaces one by one."""
    return [tool for _, tool in _flat(_shown_in(items, ("tool_search_output", "additional_tools")))]


def at_hand(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The tools that a request offers, after what its input says was found and what it adds.

    What was found stands in a namespace of its own name; what the API remembers to have found stays where it was.
    """
    tools: list[Mapping[str, Any]] = list(body.get("tools") or ())
    search = next((tool for tool in tools if tool.get("type") == "tool_search"), {})
    given = body.get("input")
    for item in given if isinstance(given, list) else ():
        kind = item.get("type")
        if kind not in ("additional_tools", "tool_search_output") or REMEMBERED.fullmatch(str(item.get("id"))):
            continue
        homed = kind == "tool_search_output" and _execution(item) == _execution(search)
        for tool in item.get("tools") or ():
            tools = _joined(tools, {name: part for name, part in tool.items() if name != "defer_loading"}, homed)
    return tools


REMEMBERED = re.compile("tso_[0-9a-f]{48,}")
"""The id of what a search has found that the API itself has run."""


def _joined(tools: Sequence[Mapping[str, Any]], tool: Mapping[str, Any], homed: bool) -> list[Mapping[str, Any]]:
    """The tools with one more, in place of one that has its name; or in a namespace behind them if it is `homed`."""
    name = _name(tool)
    kept = [each for each in tools if _name(each) != name]
    if homed and not _space(tool):
        space = {"type": "namespace", "name": name, "description": tool.get("description") or "", "tools": [tool]}
        return [*kept, space]
    return [tool if _name(each) == name else each for each in tools] if len(kept) < len(tools) else [*tools, tool]


def _name(tool: Mapping[str, Any]) -> Any:
    """What tells a tool from the others of a request: hosted ones have no name of their own."""
    return tool.get("name") or tool.get("server_label") or tool.get("type")


def _execution(part: Mapping[str, Any]) -> Any:
    return part.get("execution") or "server"


def _shown_in(items: Sequence[Mapping[str, Any]], kinds: Sequence[str]) -> list[Mapping[str, Any]]:
    return [tool for item in items if item.get("type") in kinds for tool in item.get("tools") or ()]


def _flat(tools: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The tools that have names, each behind the namespace it is in, or behind itself."""
    inner = [(home, tool) for home in tools for tool in (home.get("tools") or () if _space(home) else (home,))]
    return [(home, tool) for home, tool in inner if tool.get("name") and home.get("name")]


def _space(tool: Mapping[str, Any]) -> bool:
    return tool.get("type") == "namespace"


def searched(wanted: Finding, names: Sequence[str], topic: str, rng: Random, values: Values) -> list[Item]:
    """The search for the tools of these names: a call, and what was found where OpenAI searches."""
    if not names or wanted.search is None:
        return []
    call: Item = {"type": "tool_search_call", "status": "completed"}
    if wanted.client:
        return [
            {**call, "arguments": _asked(wanted.search, topic, rng, values), "call_id": f"call_{token(rng, 24)}"}
            | CLIENT
        ]
    paths = list(dict.fromkeys(wanted.homes[name] for name in names))
    shown = [_shown(tool, wanted.hidden) for tool in wanted.tools if tool.get("name") in paths]
    output: Item = {"type": "tool_search_output", "status": "completed", "call_id": None, **SERVER, "tools": shown}
    return [{**call, "arguments": {"paths": paths}, "call_id": None, **SERVER}, output]


SERVER = {"execution": "server"}
CLIENT = {"execution": "client"}


def _shown(tool: Mapping[str, Any], hidden: frozenset[str]) -> Item:
    from .responses_body import shown

    if not _space(tool):
        return shown(tool)
    return shown({**tool, "tools": [each for each in tool.get("tools") or () if each.get("name") in hidden]})


def _asked(search: Mapping[str, Any], topic: str, rng: Random, values: Values) -> Any:
    """The arguments of a search that the client runs, by the schema it gave for them."""
    from ..synthesize import Unsatisfiable, synthesize

    schema = search.get("parameters")
    try:
        return synthesize(schema, rng, values=values) if schema else {"query": topic}
    except Unsatisfiable as error:
        raise function_fault("tool_search", f"{error} {SCRIPT}", param="tools") from error
