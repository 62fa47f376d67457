"""MCP servers as a response meets them: what they offer, what is called, and what the user has to approve first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..voice import subject
from .responses_use import Item, Made, Use

LISTING = "mcp_list_tools"
"""The type of the item that says what an MCP server offers."""

REQUEST = "mcp_approval_request"
RESPONSE = "mcp_approval_response"

TOOL = "search"
"""The tool that every MCP server of the mock's has, unless the request allows others only."""


def listings(tools: Sequence[Any], before: Sequence[Mapping[str, Any]]) -> list[Item]:
    """What each MCP server of a request offers, but for those whose tools were listed before."""
    known = {item.get("server_label") for item in before if item.get("type") == LISTING}
    servers = [tool for tool in tools if isinstance(tool, dict) and tool.get("type") == "mcp"]
    return [
        {
            "type": LISTING,
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


def _allowed(tool: Mapping[str, Any]) -> Sequence[str]:
    allowed = tool.get("allowed_tools") or ()
    return (allowed.get("tool_names") or ()) if isinstance(allowed, dict) else allowed


def _called(tool: Mapping[str, Any]) -> str:
    return next(iter(_allowed(tool)), TOOL)


def free(tool: Mapping[str, Any]) -> bool:
    """Whether a server's tool is called without asking.

    A filter names the tools it is about; `read_only` never fits, as the mock's tools say that they write. What no
    filter names is asked for, unless only `always` is given.
    """
    wanted, name = tool.get("require_approval") or "always", _called(tool)
    if not isinstance(wanted, dict):
        return bool(wanted == "never")
    if _fits(wanted.get("always"), name):
        return False
    return _fits(wanted.get("never"), name) or not wanted.get("never")


def _fits(wanted: Mapping[str, Any] | None, name: str) -> bool:
    if not wanted or wanted.get("read_only"):
        return False
    return name in (wanted.get("tool_names") or (name,))


def mcp(use: Use) -> Made:
    """A call of a server's tool, or the request to be allowed it."""
    asked = {"arguments": "{}", "name": _called(use.tool), "server_label": use.tool.get("server_label", "")}
    return Made((_call(asked, None, use.topic) if free(use.tool) else {"type": REQUEST, **asked},))


def _call(asked: Mapping[str, Any], request: str | None, topic: str) -> Item:
    return {
        "type": "mcp_call",
        "status": "completed",
        "approval_request_id": request,
        "arguments": asked["arguments"],
        "error": None,
        "name": asked["name"],
        "output": subject(topic),
        "server_label": asked["server_label"],
    }


def approved(own: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]], topic: str) -> list[Item]:
    """The calls that a request's own items allow, of those that were asked for among all the `known` ones."""
    asked = {item["id"]: item for item in known if item.get("type") == REQUEST}
    allowed = [item["approval_request_id"] for item in own if item.get("type") == RESPONSE and item.get("approve")]
    return [_call(asked[id], id, topic) for id in allowed if id in asked]
