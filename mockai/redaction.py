"""What users want taken out of everything that is written, beside the keys that are always taken out.

A text that has to go is replaced by a pseudonym, the same for the same text: `redacted-user-7f3a9c21d0e4`. So a live
request that is redacted as the recorded one was is still the same request. A pseudonym cannot be turned back; but who
guesses the text can see that the guess is right, unless a `salt` is given that is known to nobody but those who record
and replay.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, TypeAlias, cast

from .errors import ConfigError, RedactionFailed
from .http import NAME, Exchange
from .pointers import Steps, checked, listed, meant, split, steps
from .secrets import HEADERS

Filter: TypeAlias = Callable[[Exchange], Exchange | None]
"""The exchange as it may be written, or None for one that may not. For a request that is being matched the reply has
status 0 and nothing in it."""

PSEUDONYM = re.compile(r"redacted-[a-z0-9_]+-[0-9a-f]{12}")
NEVER_KEPT = HEADERS | {"cookie", "set-cookie"}
EMAIL = r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9-])"
USUAL = {"emails": (EMAIL, "email")}
"""Patterns with a name of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class Redaction:
    """Rules of redaction.

    headers    header fields that are dropped, of requests and of answers
    keep       request headers that are kept, beside accept, content-encoding, content-type and openai-beta
    query      query parameters whose values become pseudonyms
    json       JSON pointers into bodies and into the events of streams, with `*` for every member, and perhaps the
               operation in front (`responses.create:/user`): texts there become pseudonyms, numbers 0, what is true
               false; in a mapping, the values are what stands there instead: `{"/user": "somebody"}`
    multipart  fields of forms whose contents, and names of files, become pseudonyms
    patterns   regular expressions: what they match in paths, queries, headers and bodies becomes a pseudonym; a name of
               USUAL; or a mapping from them to the word in the pseudonym
    filter     the last word before all this: see Filter
    salt       what pseudonyms depend on, beside the text; `env:NAME` is the value of an environment variable
    """

    headers: Sequence[str] = ()
    keep: Sequence[str] = ()
    query: Sequence[str] = ()
    json: Sequence[str] | Mapping[str, Any] = ()
    multipart: Sequence[str] = ()
    patterns: Sequence[str] | Mapping[str, str] = ()
    filter: Filter | None = None
    salt: str = ""

    def __post_init__(self) -> None:
        for name in ("headers", "keep", "query", "multipart"):
            given = listed(getattr(self, name))
            object.__setattr__(self, name, tuple(_word(each, name).lower() for each in given))
        for name in ("json", "patterns"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else given)
        for header in (*self.headers, *self.keep):
            if not NAME.fullmatch(header):
                raise ConfigError(f"Not the name of a header to redact: {header!r}.")
        for header in self.keep:
            if header in NEVER_KEPT:
                raise ConfigError(f"The header {header} proves who asks, and is never written: take it out of keep.")
        if not isinstance(self.salt, str):
            raise ConfigError(f"A salt is a text, not {self.salt!r}.")
        if self.salt.startswith("env:"):
            object.__setattr__(self, "salt", _variable(self.salt.removeprefix("env:")))
        places(self)
        expressions(self)

    def pseudonym(self, kind: str, text: str) -> str:
        """What stands for a text: the same for the same text, kind and salt; itself for one that is empty or done."""
        if not text or PSEUDONYM.fullmatch(text):
            return text
        key = hashlib.sha256(self.salt.encode("utf-8", "surrogatepass")).digest() if self.salt else b""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6, key=key).hexdigest()
        return f"redacted-{re.sub('[^a-z0-9]+', '_', kind.lower()).strip('_') or 'value'}-{digest}"

    def filtered(self, exchange: Exchange) -> Exchange | None:
        """What the filter leaves of an exchange. Raises RedactionFailed where it fails: then nothing is written."""
        if self.filter is None:
            return exchange
        from .covering import Cover

        what = f"{exchange.request.method} {Cover(self).text(exchange.request.path)}"
        try:
            left = self.filter(exchange)
        except Exception as error:
            raise RedactionFailed(
                f"The filter given as redact failed on {what} with {type(error).__name__}, so the exchange was not "
                "written. A filter is also asked about requests that are being matched: their reply has status 0."
            ) from None
        if left is not None and not isinstance(left, Exchange):
            raise RedactionFailed(
                f"The filter given as redact returned {type(left).__name__} for {what}, so the exchange was not "
                "written. It must return an Exchange, or None for one that may not be written."
            )
        return left

    def found(self, text: str) -> str | None:
        """The pattern that matches somewhere in a text, pseudonyms aside."""
        for pattern, _ in expressions(self):
            if any(pattern.search(piece) for piece in PSEUDONYM.split(text)):
                return pattern.pattern
        return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a JSON body something has to go, for which operations, what it is called, and what takes its place."""

    operation: str
    way: Steps
    kind: str
    fixed: bool = False
    instead: Any = None


@lru_cache(maxsize=256)
def places(redaction: Redaction, operation: str | None = "") -> Sequence[Place]:
    """The places of a redaction, those for one operation if it is named (None: for a path that is none).

    Raises ConfigError for what is no pointer.
    """
    given = redaction.json
    fixed = isinstance(given, Mapping)
    found = []
    for text in given:
        prefix, pointer = split(checked(text, "to redact"))
        named = [step for step in steps(pointer) if step and not step.isdecimal()]
        instead = given[text] if isinstance(given, Mapping) else None
        place = Place(prefix, steps(pointer), named[-1] if named else "value", fixed and instead is not None, instead)
        if operation == "" or meant(prefix, operation):
            found.append(place)
    return found


@lru_cache(maxsize=64)
def expressions(redaction: Redaction) -> Sequence[tuple[re.Pattern[str], str]]:
    """The patterns of a redaction, each with its word. Raises ConfigError for what is no regular expression."""
    given = redaction.patterns
    found = []
    for text in given:
        pattern, kind = USUAL.get(text, (text, "text"))
        kind = (given[text] or kind) if isinstance(given, Mapping) else kind
        try:
            found.append((re.compile(pattern), kind))
        except (re.error, TypeError) as error:
            raise ConfigError(f"Not a regular expression to redact: {text!r} ({error}).") from None
        if found[-1][0].search(""):
            raise ConfigError(f"A pattern to redact must match some text, and {text!r} matches none as well.")
    return found


def redaction(given: Any) -> Redaction | None:
    """What was given as `redact`: a Redaction, a filter, a mapping or `KIND=VALUE` texts of a Redaction's fields, or
    several of these. None for nothing. Raises ConfigError for what is none of them."""
    if given is None or isinstance(given, Redaction):
        return given
    if isinstance(given, str):
        return _of({(word := _split(given))[0]: word[1]})
    if isinstance(given, Mapping):
        return _of(given)
    if callable(given):
        return Redaction(filter=given)
    if isinstance(given, Iterable):
        found: Redaction | None = None
        for each in given:
            found = _both(found, redaction(each))
        return found
    raise ConfigError(f"Not a redaction: {given!r}. Give a Redaction, a function, or rules such as {{json: [/user]}}.")


def texts(given: Mapping[str, Any]) -> list[str]:
    """A mapping as the `KIND=VALUE` texts of the command line."""
    found = []
    for name, value in given.items():
        if isinstance(value, Mapping):
            found += [f"{name}={key}=>{_spelt(inner) if name == 'json' else inner}" for key, inner in value.items()]
        else:
            found += [f"{name}={each}" for each in (value if isinstance(value, list) else [value])]
    return found


def _split(text: str) -> tuple[str, Any]:
    kind, sign, value = text.partition("=")
    if not sign:
        raise ConfigError(f"Not a rule of redaction: {text!r}. They read KIND=VALUE, such as json=/user. {_kinds()}")
    if kind in ("json", "patterns") and "=>" in value:
        key, _, instead = value.rpartition("=>")
        return kind, {key: _meant(instead) if kind == "json" else instead}
    return kind, value if kind in ("salt", "filter") else [value]


def _spelt(instead: Any) -> str:
    """What stands in a place instead, as text: a text as it is, unless it would be read as something else."""
    return instead if isinstance(instead, str) and _meant(instead) is instead else json.dumps(instead)


def _meant(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _of(given: Mapping[str, Any]) -> Redaction:
    known = [each.name for each in fields(Redaction)]
    for name in given:
        if name not in known:
            import difflib

            near = difflib.get_close_matches(str(name), known, 1)
            hint = f"Did you mean {near[0]}?" if near else _kinds()
            raise ConfigError(f"There is no redaction by {name!r}. {hint}")
    named = given.get("filter")
    return Redaction(**{**given, "filter": _function(named) if isinstance(named, str) else named})


def _kinds() -> str:
    return f"There are {', '.join(each.name for each in fields(Redaction))}."


def _function(name: str) -> Filter:
    """A filter by its name, `package.module:function`, also of a module in the working folder."""
    import sys
    from importlib import import_module

    module, _, function = name.partition(":")
    try:
        sys.path.insert(0, "")
        try:
            found = getattr(import_module(module), function)
        finally:
            sys.path.remove("")
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"There is no filter {name!r}: {error}. Name it as package.module:function.") from None
    if not callable(found):
        raise ConfigError(f"The filter {name!r} is no function.")
    return cast("Filter", found)


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigError(
            f"The salt of redaction is to be the environment variable {name}, which is not set. Pseudonyms would be "
            "others than in what is recorded: set it to the value your team records with."
        )
    return value


def _both(one: Redaction | None, other: Redaction | None) -> Redaction | None:
    if one is None or other is None:
        return one or other
    first, then = one.filter, other.filter

    def both(exchange: Exchange) -> Exchange | None:
        left = first(exchange) if first else exchange
        return then(left) if then and left is not None else left

    merged: dict[str, Any] = {
        name: (*getattr(one, name), *getattr(other, name)) for name in ("headers", "keep", "query", "multipart")
    }
    for name in ("json", "patterns"):
        merged[name] = _mapping(getattr(one, name)) | _mapping(getattr(other, name))
    return replace(one, **merged, filter=both if first or then else None, salt=other.salt or one.salt)


def _mapping(given: Iterable[str] | Mapping[str, Any]) -> dict[str, Any]:
    return dict(given) if isinstance(given, Mapping) else dict.fromkeys(given)


def _word(given: Any, what: str) -> str:
    if not isinstance(given, str):
        raise ConfigError(f"Not a name in {what} to redact: {given!r}.")
    return given
