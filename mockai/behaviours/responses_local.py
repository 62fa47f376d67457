"""Tools that act on a machine: shells, patches and a computer's screen. The client runs them, but for hosted shells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from ..dice import HEX, token
from ..voice import subject
from .responses_use import Item, Made, Use

COMMAND = "ls"
SCREEN = (1024, 768)
"""Pixels of a screen whose size nobody tells."""


def hosted(tool: Mapping[str, Any]) -> bool:
    """Whether a shell is in a container of OpenAI's."""
    return str((tool.get("environment") or {}).get("type")).startswith("container")


def housed(tools: Sequence[Any], rng: Random) -> list[Any]:
    """The tools of a request once the containers are there that it asks for: a shell has one of its own.

    So recorded answers of February and March 2026 show a shell, from their first event on.
    """
    return [_housed(tool, rng) for tool in tools]


def _housed(tool: Any, rng: Random) -> Any:
    asked = tool.get("environment") if isinstance(tool, dict) and tool.get("type") == "shell" else None
    if not isinstance(asked, dict) or asked.get("type") != "container_auto":
        return tool
    return {**tool, "environment": {"type": "container_reference", "container_id": _container(rng)}}


def _container(rng: Random) -> str:
    return f"cntr_{token(rng, 48, HEX)}"


def shell(use: Use) -> Made:
    """A listing; in a container also what comes of it."""
    action = {"commands": [COMMAND], "max_output_length": None, "timeout_ms": None}
    call: Item = {"type": "shell_call", "status": "completed", "action": action, "call_id": use.call_id()}
    given = use.tool.get("environment") or {}
    if not hosted(use.tool):
        return Made(({**call, "environment": {"type": "local"} if given else None},))
    id = given.get("container_id") or _container(use.rng)
    printed = {"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": f"{subject(use.topic)}\n"}
    result: Item = {"type": "shell_call_output", "status": "completed", "call_id": call["call_id"]}
    result |= {"max_output_length": None, "output": [printed]}
    return Made(({**call, "environment": {"type": "container_reference", "container_id": id}}, result))


def local_shell(use: Use) -> Made:
    """A listing, as the first shell tool asked for it."""
    action: Item = {"type": "exec", "command": [COMMAND], "env": {}}
    action |= {"timeout_ms": None, "user": None, "working_directory": None}
    return Made(({"type": "local_shell_call", "status": "completed", "action": action, "call_id": use.call_id()},))


def patch(use: Use) -> Made:
    """A new file with a note on the topic."""
    made = {"type": "create_file", "diff": f"+{subject(use.topic)}\n", "path": "notes.txt"}
    return Made(({"type": "apply_patch_call", "status": "completed", "call_id": use.call_id(), "operation": made},))


def computer(use: Use) -> Made:
    """A look at the screen; a click somewhere on it where the user has shown it.

    The preview has one action a call, and checks; the later tool has many, and no checks (gpt-6-luna, October 2026).
    """
    wide, high = use.tool.get("display_width") or SCREEN[0], use.tool.get("display_height") or SCREEN[1]
    action: Item = {"type": "screenshot"}
    if use.seen:
        place = {"x": use.rng.randrange(wide), "y": use.rng.randrange(high)}
        action = {"type": "click", "button": "left", **place}
    later = use.tool.get("type") == "computer"
    acts = {"actions": [action]} if later else {"action": action}
    item: Item = {"type": "computer_call", "status": "completed", **acts, "call_id": use.call_id()}
    return Made((item if later else {**item, "pending_safety_checks": []},))
