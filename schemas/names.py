"""What every type of the SDK is called in our schemas: `chat/chat_completion.ChatCompletion`.

The part before the slash is the file below `generated/`, the rest the SDK's module and class. A union has no name of
its own in Python; here it takes the name of the alias under which its module knows it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import typing
from functools import cache
from types import ModuleType
from typing import Any

import openai.types
import typing_extensions
from sdk import Params

ROOT = "openai.types"
PAGES = {
    "SyncPage": "page",
    "SyncCursorPage": "cursor",
    "SyncConversationCursorPage": "conversation",
    "SyncNextCursorPage": "next",
    "SyncTokenPage": "token",
}


@cache
def modules() -> dict[str, ModuleType]:
    """Every module below openai.types by its full name; packages are left out, for they only re-export."""
    found = pkgutil.walk_packages(openai.types.__path__, f"{ROOT}.")
    return {info.name: importlib.import_module(info.name) for info in found if not info.ispkg}


@cache
def aliases() -> dict[str, list[tuple[str, Any]]]:
    """The aliases each module defines itself, by the module's full name."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for module, body in modules().items():
        for node in ast.parse(inspect.getsource(body)).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            if isinstance(target, ast.Name) and typing.get_origin(value := getattr(body, target.id)) is not None:
                found.setdefault(module, []).append((target.id, value))
    return found


@cache
def homes() -> dict[tuple[str, int], str]:
    """Where an alias is defined, by its name and identity: importing modules share the very same object."""
    return {(name, id(value)): module for module, pairs in aliases().items() for name, value in pairs}


def named(module: str, name: str) -> str:
    """`openai.types.chat.chat_completion` and `Choice` as one schema name."""
    folder, _, leaf = module.removeprefix(f"{ROOT}.").rpartition(".")
    return f"{folder.replace('.', '/') or 'openai'}/{leaf}.{name}"


def alias(value: Any, module: str) -> str | None:
    """The schema name under which `module` knows this union or literal, or None if it is written out in place.

    An alias inside an Optional or a larger union is flattened by Python and so has lost its name.
    """
    if typing.get_origin(value) is None:
        return None
    space = vars(modules()[module]) if module in modules() else vars(importlib.import_module(module))
    for name, known in space.items():
        if name[0].isupper() and typing.get_origin(known) is not None and same(known, value):
            home = homes().get((name, id(known)))
            if home:
                return named(home, name)
    return None


def params_name(params: Params) -> str:
    """The name of a request: the twins for streaming and not streaming are one schema."""
    first = params.types[0]
    if typing_extensions.is_typeddict(first):
        return named(first.__module__, first.__qualname__.removesuffix("NonStreaming").removesuffix("Streaming"))
    return anywhere(typing.get_args(first))


def same(one: Any, other: Any) -> bool:
    """Whether two type expressions are the same, with or without the metadata around them."""
    return bool(one is other or bare(one) == bare(other))


def bare(value: Any) -> Any:
    """A type without `Annotated` around it."""
    return typing.get_args(value)[0] if typing.get_origin(value) is typing.Annotated else value


def anywhere(value: Any) -> str:
    """The schema name of a union of classes, searched in all modules; a `str` arm is plain text and does not count."""
    wanted = {each for each in value if each is not str}
    for module, pairs in sorted(aliases().items()):
        for name, known in pairs:
            if set(typing.get_args(bare(known))) == wanted:
                return named(module, name)
    raise ValueError(f"No alias stands for {value}.")


def hints(model: type) -> dict[str, tuple[Any, str]]:
    """The annotations of a model or TypedDict, inherited ones first, each with the module it was written in."""
    found: dict[str, tuple[Any, str]] = {}
    for each in reversed(lineage(model)):
        for name, hint in vars(each).get("__annotations__", {}).items():
            if name.startswith("_") and not typing_extensions.is_typeddict(each):
                continue
            module = each.__module__
            if isinstance(hint, typing.ForwardRef):
                module, hint = hint.__forward_module__ or module, hint.__forward_arg__
            space = vars(importlib.import_module(module))
            found[name] = (eval(hint, space) if isinstance(hint, str) else hint, module)
    return found


def lineage(model: type) -> list[type]:
    """The classes of the SDK's types that `model` is made of, itself first."""
    if typing_extensions.is_typeddict(model):  # it forgets its parents and keeps copies of their annotations
        return [model]
    return [each for each in model.__mro__ if each.__module__.startswith(ROOT)]
