"""The official SDK as a list of methods: id, route, and the types that go in and come out.

Every resource method ends in one call such as `self._post(path_template("/x/{id}", …), body=maybe_transform({…}, T),
cast_to=R)`. Reading that call says more than any signature: which keys travel in the body, which in the query, and
under what path. Nothing here makes a request.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType
from typing import Any

import openai
from openai._resource import SyncAPIResource

VERBS = {"_get": "GET", "_post": "POST", "_put": "PUT", "_patch": "PATCH", "_delete": "DELETE", "_get_api_list": "GET"}
TRANSFORMS = {"maybe_transform", "transform"}


@dataclass(frozen=True, slots=True)
class Params:
    """One half of a request: the TypedDicts it may have, and the Python names of the keys that are really sent."""

    types: tuple[Any, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the SDK that makes one request (or opens one websocket)."""

    id: str
    method: str
    path: str
    module: str
    body: Params | None = None
    query: Params | None = None
    results: tuple[Any, ...] = ()
    stream: Any = None
    page: str | None = None
    multipart: bool = False
    answer: str = "json"
    deprecated: bool = False
    sends: Any = None


def methods() -> list[Method]:
    """Every method of the client's resources that makes a request, sorted by id."""
    client = openai.OpenAI(api_key="unused", admin_api_key="unused")
    found: list[Method] = []
    for prefix, resource in resources(client, ""):
        for name, function in inspect.getmembers(resource, inspect.isfunction):  # inherited ones, too
            if name.startswith("_"):
                continue
            id = f"{prefix}.{name}"
            if name == "connect":
                found.append(websocket(id, function))
            elif method := request(id, function):
                found.append(method)
    return sorted(found, key=lambda method: method.id)


def resources(client: object, name: str) -> Iterator[tuple[str, type]]:
    """Dotted name and class of every resource below `client`."""
    for key in dir(type(client)):
        if key.startswith(("_", "with_")):
            continue
        if isinstance(inspect.getattr_static(type(client), key), cached_property | property):
            child = getattr(client, key)
            if isinstance(child, SyncAPIResource):
                path = f"{name}.{key}" if name else key
                yield path, type(child)
                yield from resources(child, path)


def request(id: str, function: FunctionType) -> Method | None:
    """The one request `function` makes, or None if it only calls other methods."""
    tree = source(function)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and verb(node)]
    if not calls:
        return None
    call, *others = calls
    if others:
        raise ValueError(f"{id} makes {len(calls)} requests; the table has one per method.")
    scope = vars(sys.modules[function.__module__])
    arguments = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    path = call.args[0].args[0] if isinstance(call.args[0], ast.Call) else call.args[0]
    cast_to = evaluate(arguments.get("cast_to", arguments.get("model")), scope, function)
    options = arguments.get("options")
    extras = options.keywords if isinstance(options, ast.Call) else []
    query = next((keyword.value for keyword in extras if keyword.arg == "query"), None)
    page = evaluate(arguments.get("page"), scope, function)
    stream = evaluate(arguments.get("stream_cls"), scope, function)
    named = arguments.get("method")
    always_streams = isinstance(arguments.get("stream"), ast.Constant)
    return Method(
        id=id,
        method=ast.literal_eval(named).upper() if named else verb(call) or "",
        path=ast.literal_eval(path),
        module=function.__module__,
        body=params(arguments.get("body"), scope, tree),
        query=params(query, scope, tree),
        results=() if always_streams else variants(cast_to),
        stream=event(stream[0]) if stream else None,
        page=page[0].__pydantic_generic_metadata__["origin"].__name__ if page else None,
        multipart="files" in arguments or b"multipart/form-data" in ast.unparse(tree).encode(),
        answer="stream" if always_streams else answer(cast_to),
        deprecated=hasattr(function, "__deprecated__"),
    )


def websocket(id: str, function: FunctionType) -> Method:
    """The websocket `function` opens, seen from the client: what it may send and what it will hear."""
    scope = vars(sys.modules[function.__module__])
    opener = str(inspect.signature(function).return_annotation)
    text = inspect.getsource(scope[opener])
    path = re.search(r'"(/[a-z_/]+\{[a-z_]+\}/[a-z]+)"|b"(/[a-z/]+)"', text)
    if path is None:
        raise ValueError(f"{id}: no path in {opener}.")
    connection = scope[opener.removesuffix("Manager")]
    sends = re.search(r"\w+Param\b", str(connection.send.__annotations__["event"]))
    return Method(
        id=id,
        method="GET",
        path=path[1] or path[2],
        module=function.__module__,
        stream=typing.get_type_hints(connection.recv, scope)["return"],
        answer="websocket",
        sends=scope[sends[0]] if sends else None,
    )


def source(function: FunctionType) -> ast.Module:
    """The syntax tree of one function."""
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def verb(call: ast.Call) -> str | None:
    """The HTTP method of `self._post(...)` and its like, None for any other call."""
    callee = call.func
    if isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Name) and callee.value.id == "self":
        return VERBS.get(callee.attr)
    return None


def evaluate(node: ast.expr | None, scope: dict[str, Any], function: FunctionType) -> tuple[Any, ...]:
    """What a type expression stands for; both arms of `A if stream else B`; the return types where it is computed."""
    if node is None:
        return ()
    if isinstance(node, ast.IfExp):
        return evaluate(node.body, scope, function) + evaluate(node.orelse, scope, function)
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id == "cast"):
        returned = variants(eval(function.__annotations__["return"], scope))
        return tuple(each for each in returned if typing.get_origin(each) is not openai.Stream)
    return (eval(compile(ast.Expression(node), "<type>", "eval"), scope),)


def variants(types: Any) -> tuple[Any, ...]:
    """The classes a result may have; none for an answer without JSON."""
    if not isinstance(types, tuple):
        types = typing.get_args(types) if typing.get_origin(types) is not None else (types,)
    return tuple(each for each in types if each not in (None, type(None)) and "Binary" not in str(each))


def event(stream: Any) -> Any:
    """The type of one event of `Stream[Event]`, or of a class made from it."""
    return typing.get_args(stream if typing.get_origin(stream) else stream.__orig_bases__[0])[0]


def answer(types: tuple[Any, ...]) -> str:
    """What kind of body answers: json, binary, text or none."""
    if any("Binary" in str(each) for each in types):
        return "binary"
    if types == (str,):
        return "text"
    return "json" if variants(types) else "none"


def params(node: ast.expr | None, scope: dict[str, Any], tree: ast.Module) -> Params | None:
    """The TypedDicts and keys of `maybe_transform({...}, T)`, wherever in the function the dict is written."""
    if isinstance(node, ast.Name):
        node = assigned(node.id, tree)
    if not isinstance(node, ast.Call):
        return None
    if not (isinstance(node.func, ast.Name) and node.func.id in TRANSFORMS):
        return None
    sent, type_ = node.args
    if isinstance(sent, ast.Name):
        sent = assigned(sent.id, tree) or sent
    if isinstance(sent, ast.Call) and sent.args:
        sent = sent.args[0]
    keys = frozenset(ast.literal_eval(key) for key in sent.keys if key) if isinstance(sent, ast.Dict) else frozenset()
    arms = [type_.body, type_.orelse] if isinstance(type_, ast.IfExp) else [type_]
    return Params(tuple(eval(compile(ast.Expression(arm), "<type>", "eval"), scope) for arm in arms), keys)


def assigned(name: str, tree: ast.Module) -> ast.expr | None:
    """The expression first assigned to `name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and name in [each.id for each in node.targets if isinstance(each, ast.Name)]:
            return node.value
    return None
