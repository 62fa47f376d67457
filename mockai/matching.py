"""The rule by which two requests are the same: what counts of them, what does not, what is only volatile text.

One is given for all cassettes (options, mockai.yaml), and one by a cassette for its own exchanges (`match:` in it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .errors import ConfigError
from .pointers import Steps, checked, known, listed, meant, split, steps
from .value import value

if TYPE_CHECKING:  # imported when first needed: most requests are compared as they are
    from .volatile import Normaliser

WORDS = ("method", "path", "query", "body")
"""What counts of a request where nothing else is said."""
HEADERS = ("accept", "content-encoding", "content-type", "openai-beta")
"""Request headers that every cassette has."""
ELSEWHERE = {
    "uri": "A cassette replays at any base URL; path and query are what is left of a URI.",
    "host": "A cassette replays at any base URL, so the host is not in it.",
    "scheme": "A cassette replays at any base URL, so the scheme is not in it.",
    "port": "A cassette replays at any base URL, so the port is not in it.",
    "headers": "Name each header that is to count, such as openai-beta.",
    "raw_body": "JSON is compared as a value; say body.",
}
"""Words of vcrpy that mean nothing here, and why."""
TOKEN = re.compile("[!#$%&'*+.^_`|~0-9a-z-]+")


@value(frozen=True, slots=True)
class Rule:
    """What counts when requests are compared.

    `ignore` are JSON pointers into the body that do not count. `on` is what counts: `method`, `path`, `query`, `body`,
    a header's name, or JSON pointers instead of the whole body; empty for the first four. Both may name the operation
    they are for (`chat.completions.create:/seed`); what `on` says for an operation counts there alone. `normalise` says
    which text is volatile, in path values, query and body. `name` is the same for rules that mean the same.
    """

    ignore: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    normalise: tuple[Normaliser, ...] = ()
    name: str = field(init=False, repr=False, compare=False)
    version: int = field(init=False, repr=False, compare=False)
    """The version of the key function that this needs: 1 knew plain pointers to ignore, and nothing else."""

    def __post_init__(self) -> None:
        plain = all(pointer.startswith("/") and "*" not in pointer for pointer in self.ignore)
        version = 1 if plain and self.on in ((), WORDS) and not self.normalise else 2
        object.__setattr__(self, "version", version)
        name = repr(self.ignore) if version == 1 else repr((self.ignore, self.on, self.normalise))
        object.__setattr__(self, "name", name)

    def within(self, general: Rule) -> Rule:
        """A cassette's own rule where a general one is in force, too: both loosen, and its own `on` comes first."""
        return Rule(
            tuple(dict.fromkeys((*self.ignore, *general.ignore))),
            self.on or general.on,
            tuple(dict.fromkeys((*self.normalise, *general.normalise))),
        )

    def told(self) -> dict[str, Any]:
        """The rule as the head of a cassette has it."""
        said: dict[str, Any] = {"version": self.version, "ignore": list(self.ignore)}
        if self.on:
            said["match_on"] = list(self.on)
        if self.normalise:
            said["normalise"] = [each if isinstance(each, str) else dict([each]) for each in self.normalise]
        return said

    def __str__(self) -> str:
        """The rule in words; nothing for the one that leaves nothing out."""
        said = []
        if self.on:
            said.append(f"only {', '.join(self.on)} {'counts' if len(self.on) == 1 else 'count'}")
        if self.ignore:
            said.append(f"ignored {', '.join(self.ignore)}")
        if self.normalise:
            named = (each if isinstance(each, str) else f"{each[0]}=>{each[1]}" for each in self.normalise)
            said.append(f"normalised {', '.join(named)}")
        return "; ".join(said)


PLAIN = Rule()


def ruled(given: Rule | Iterable[str]) -> Rule:
    """The rule; JSON pointers alone are the one that ignores them."""
    return given if isinstance(given, Rule) else Rule(tuple(given))


@value(frozen=True, slots=True)
class Counted:
    """What counts of one operation's requests: words and headers, the places in the body that do and do not."""

    words: frozenset[str]
    headers: tuple[str, ...]
    only: tuple[Steps, ...]
    ignored: tuple[Steps, ...]
    normalise: tuple[Normaliser, ...]


@lru_cache(maxsize=1024)
def counted(rule: Rule, operation: str | None) -> Counted:
    """What a rule says for the operation with this id."""
    on = [split(each) for each in rule.on]
    own = [word for prefix, word in on if prefix and meant(prefix, operation)]
    words = own or [word for prefix, word in on if not prefix] or list(WORDS)
    only = () if "body" in words else tuple(steps(word) for word in words if word.startswith("/"))
    ignored = [steps(pointer) for prefix, pointer in map(split, rule.ignore) if meant(prefix, operation)]
    return Counted(
        frozenset(word for word in words if word in WORDS) | ({"body"} if only else set()),
        tuple(sorted({word for word in words if word not in WORDS and not word.startswith("/")})),
        only,
        tuple(ignored),
        rule.normalise,
    )


def rule(
    ignore: str | Iterable[str] | Mapping[str, Any] = (),
    match_on: str | Iterable[str] | Mapping[str, Any] = (),
    normalise: Sequence[Any] = (),
    kept: Iterable[str] = (),
) -> Rule:
    """The rule that options give; `kept` are headers that recordings have beside the usual ones.

    Raises ConfigError for what cannot be, naming what was nearest.
    """
    if not (ignore or match_on or normalise):
        return PLAIN
    ignored = tuple(checked(each, "to ignore") for each in listed(ignore))
    headers = (*HEADERS, *kept)
    return Rule(ignored, tuple(_word(each, headers) for each in listed(match_on)), _normalisers(normalise))


def read(said: Mapping[str, Any]) -> Rule:
    """The rule in the head of a cassette. Raises ConfigError for what cannot be.

    Operations need not be of this version's API, nor headers among those that are usually kept.
    """
    ignore, on, normalise = (said.get(name) or [] for name in ("ignore", "match_on", "normalise"))
    if not _texts(ignore) or not all(split(each)[1].startswith("/") for each in ignore):
        raise ConfigError("ignore must be a list of JSON pointers such as /user.")
    if not _texts(on) or not all(_is_word(split(each)[1]) for each in on):
        raise ConfigError("match_on must be a list of method, path, query, body, names of headers or JSON pointers.")
    if not isinstance(normalise, list):
        raise ConfigError("normalise must be a list of names, or of mappings from a regular expression to a text.")
    return Rule(tuple(ignore), tuple(on), _normalisers(normalise))


def _normalisers(given: Sequence[Any]) -> tuple[Normaliser, ...]:
    if not given:
        return ()
    from .volatile import normalisers

    return normalisers(given)


def _texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) for each in given)


def _is_word(word: str) -> bool:
    return word.startswith("/") or (bool(TOKEN.fullmatch(word)) and word not in ELSEWHERE)


def _word(given: str, headers: Sequence[str]) -> str:
    operation, word = split(given)
    known(operation)
    if word.startswith("/") or word in WORDS:
        return given
    word = word.lower()
    if word in headers:
        return f"{operation}:{word}" if operation else word
    if word in ELSEWHERE:
        raise ConfigError(f"match_on cannot be {word!r}. {ELSEWHERE[word]}")
    import difflib

    near = difflib.get_close_matches(word, (*WORDS, *headers), 1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Others are kept with redact: {{keep: [{word}]}}."
    raise ConfigError(
        f"Not something to match on: {word!r}. There are {', '.join(WORDS)}, JSON pointers into the body, and "
        f"the headers a cassette keeps: {', '.join(headers)}. {hint}"
    )
