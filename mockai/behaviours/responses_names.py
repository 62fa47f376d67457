"""Ids of responses and of their items: a stem that they share, the time, and chance."""

from __future__ import annotations

from random import Random

from ..dice import HEX, token

PREFIXES = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "web_search_call": "ws",
    "file_search_call": "fs",
    "code_interpreter_call": "ci",
    "image_generation_call": "ig",
    "computer_call": "cu",
    "computer_call_output": "cuo",
    "mcp_call": "mcp",
    "mcp_list_tools": "mcpl",
    "mcp_approval_request": "mcpr",
    "mcp_approval_response": "mcpa",
    "shell_call": "sh",
    "shell_call_output": "sho",
    "local_shell_call": "lsh",
    "local_shell_call_output": "lsho",
    "apply_patch_call": "apc",
    "apply_patch_call_output": "apco",
    "tool_search_call": "tsc",
    "tool_search_output": "tso",
    "program": "cm",
    "program_output": "cmo",
    "compaction": "cmp",
}
"""What the ids of items begin with, by their type."""


def stem(rng: Random, now: float) -> str:
    """What the ids of one response have in common: 16 digits of its own and its time, all hexadecimal."""
    return f"0{token(rng, 15, HEX)}00{int(now):08x}"


def response_id(stem: str, rng: Random) -> str:
    """A new id of a response: 50 hexadecimal digits."""
    return f"resp_{stem}{token(rng, 24, HEX)}"


def item_id(kind: str, stem: str, rng: Random) -> str:
    """A new id of an item of a type."""
    return f"{PREFIXES.get(kind, 'item')}_{stem}{token(rng, 24, HEX)}"
