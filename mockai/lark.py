"""Sentences of a grammar in Lark's notation, which custom tools may be bound to.

Covers rules and terminals, alternatives, groups, options, repeats (`?`, `*`, `+`, `~2..3`), ranges, regular
expressions, aliases, priorities and the terminals of `common`. What is to be ignored is never written; templates are
not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TypeAlias

from .patterns import texts

DEEPEST = 12
"""How deep a sentence goes by chance; from there on it takes the shortest way to its end."""

MOST_REPEATS = 2
"""How many repeats there are beyond the least, at most."""

COMMON = {
    "DIGIT": "[0-9]",
    "HEXDIGIT": "[a-f0-9]",
    "INT": "[0-9]{1,3}",
    "SIGNED_INT": "-?[0-9]{1,3}",
    "DECIMAL": r"[0-9]{1,2}\.[0-9]{1,2}",
    "FLOAT": r"[0-9]{1,2}\.[0-9]{1,2}",
    "SIGNED_FLOAT": r"-?[0-9]{1,2}\.[0-9]{1,2}",
    "NUMBER": "[0-9]{1,3}",
    "SIGNED_NUMBER": "-?[0-9]{1,3}",
    "ESCAPED_STRING": '"[a-z]{3,8}"',
    "LCASE_LETTER": "[a-z]",
    "UCASE_LETTER": "[A-Z]",
    "LETTER": "[a-zA-Z]",
    "WORD": "[a-z]{3,8}",
    "CNAME": "[a-z]{3,8}",
    "WS_INLINE": " ",
    "WS": " ",
    "CR": "\r",
    "LF": "\n",
    "NEWLINE": "\n",
    "SH_COMMENT": "# [a-z]{3,8}",
    "CPP_COMMENT": "// [a-z]{3,8}",
    "SQL_COMMENT": "-- [a-z]{3,8}",
    "C_COMMENT": r"/\* [a-z]{3,8} \*/",
}
"""Plain cases of the terminals that a grammar may import from `common`."""


class BadGrammar(ValueError):
    """What is wrong with a grammar, in words."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that stands `least` times or more (`most` at most, None: without end).

    `is_a` says what: a `text`, a `pattern`, the `name` of a rule, or a `group` of alternatives.
    """

    is_a: str
    what: str
    group: Alternatives = ()
    least: int = 1
    most: int | None = 1


Alternatives: TypeAlias = "Sequence[Sequence[Part]]"

_HEAD = re.compile(r"[!?]*([_A-Za-z]\w*)(?:\.-?\d+)?\s*:(?!:)")
_IMPORT = re.compile(r"%import\s+([\w.]+)(?:\s*\(([^)]*)\)|\s*->\s*(\w+))?")
_COMMENT = re.compile(r"""("(?:\\.|[^"\\\n])*"|(?<![/\w])/(?![/*])(?:\\.|[^/\\\n])+/)|(?://|\#)[^\n]*""")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"i?)|(?P<pattern>/(?:\\.|[^/\\])+/[imslux]*)|(?P<name>[!?]?[_A-Za-z]\w*)
    |(?P<sign>->|\.\.|[()\[\]|?*+~])|(?P<number>\d+))""",
    re.VERBOSE,
)


def sentence(definition: str, rng: Random) -> str:
    """A sentence of the grammar's `start`. Raises BadGrammar where it has none, or cannot be read."""
    grammar = _grammar(definition)
    return "".join(grammar.written(Part("name", "start"), rng, 0))


@lru_cache(maxsize=64)
def _grammar(definition: str) -> Grammar:
    rules: dict[str, Alternatives] = {}
    for line in _lines(definition):
        head = _HEAD.match(line)
        if line.startswith("%"):
            rules |= {name: [[Part("pattern", COMMON[common])]] for name, common in _imported(line)}
        elif head is None:
            raise BadGrammar(f"this is no rule: {line[:60]!r}")
        else:
            rules[head[1]] = _Reader(line[head.end() :]).whole()
    return Grammar(rules)


def _lines(definition: str) -> list[str]:
    """The statements of a grammar, each in one line; one that begins with a bar goes on with the one before it."""
    found: list[str] = []
    for line in _COMMENT.sub(lambda match: match[1] or "", definition).splitlines():
        line = line.strip()
        if not line:
            continue
        if found and not line.startswith("%") and not _HEAD.match(line):
            found[-1] += f" {line}"
        else:
            found.append(line)
    return found


def _imported(line: str) -> Iterator[tuple[str, str]]:
    """The names of terminals that a statement imports, here and in `common`; other statements say nothing."""
    found = _IMPORT.match(line)
    if found is None:
        return
    module, several, alias = found.groups()
    names = [name.strip() for name in several.split(",")] if several else [module.rpartition(".")[2]]
    for name in names:
        if name not in COMMON:
            raise BadGrammar(f"there is no {name!r} to import")
        yield alias or name, name


class _Reader:
    """One walk over the right side of a rule."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None:
                raise BadGrammar(f"this cannot be read: {text[place:].strip()[:40]!r}")
            self.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()

    def whole(self) -> Alternatives:
        alternatives = self.alternatives()
        if self.tokens:
            raise BadGrammar(f"{self.tokens[0][1]!r} closes nothing")
        return alternatives

    def alternatives(self) -> Alternatives:
        found: list[list[Part]] = [[]]
        while self.tokens and self.tokens[0][1] not in (")", "]"):
            kind, token = self.tokens.pop(0)
            if (kind, token) == ("sign", "|"):
                found.append([])
            elif (kind, token) == ("sign", "->"):
                self.taken("name")
            else:
                found[-1].append(self.repeated(self.part(kind, token)))
        return found

    def part(self, kind: str, token: str) -> Part:
        if kind == "text":
            told = _unescaped(token)
            if self.has(".."):
                return Part("pattern", f"[{re.escape(told)}-{re.escape(_unescaped(self.taken('text')))}]")
            return Part("text", told)
        if kind == "pattern":
            return Part("pattern", token[1 : token.rindex("/")].replace("\\/", "/"))
        if kind == "name":
            return Part("name", token.lstrip("!?"))
        if token in ("(", "["):
            group = self.alternatives()
            if not self.has(")" if token == "(" else "]"):
                raise BadGrammar(f"{token!r} is never closed")
            return Part("group", token, group, int(token == "("), 1)
        raise BadGrammar(f"{token!r} stands where something should be")

    def repeated(self, part: Part) -> Part:
        for sign, least, most in (("?", 0, 1), ("*", 0, None), ("+", 1, None)):
            if self.has(sign):
                return Part("group", "", [[part]], least, most)
        if not self.has("~"):
            return part
        low = int(self.taken("number"))
        return Part("group", "", [[part]], low, int(self.taken("number")) if self.has("..") else low)

    def has(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == ("sign", token):
            del self.tokens[0]
            return True
        return False

    def taken(self, kind: str) -> str:
        if not self.tokens or self.tokens[0][0] != kind:
            raise BadGrammar(f"a {kind} is missing")
        return self.tokens.pop(0)[1]


def _unescaped(token: str) -> str:
    quoted = token.removesuffix("i")[1:-1]
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1]), quoted)


class Grammar:
    """Rules by name, and how deep the shortest sentence of each is; a rule without one is not among the depths."""

    def __init__(self, rules: dict[str, Alternatives]) -> None:
        self.rules = rules
        for part in (part for rule in rules.values() for part in _parts(rule)):
            if part.is_a == "name" and part.what not in rules:
                raise BadGrammar(f"there is no rule {part.what!r}")
        if "start" not in rules:
            raise BadGrammar("there is no rule 'start'")
        self.depths: dict[str, int] = {}
        for _ in rules:  # each round finds the depth of one rule at least, or there is no more to be found
            self.depths |= {name: depth for name, rule in rules.items() if (depth := self.shallowest(rule)) is not None}
        if "start" not in self.depths:
            raise BadGrammar("no sentence of 'start' ever ends")

    def shallowest(self, rule: Alternatives) -> int | None:
        """How deep the shortest text of any alternative is, as far as is known; None where there is none."""
        depths = [depth for each in rule if (depth := self.depth(each)) is not None]
        return 1 + min(depths) if depths else None

    def depth(self, alternative: Sequence[Part]) -> int | None:
        """How deep the shortest text of one alternative is, as far as is known; None where there is none."""
        deepest = 0
        for part in alternative:
            if part.least == 0:
                continue
            inner = self.shallowest(part.group) if part.is_a == "group" else 0
            inner = self.depths.get(part.what) if part.is_a == "name" else inner
            if inner is None:
                return None
            deepest = max(deepest, inner)
        return deepest

    def written(self, part: Part, rng: Random, depth: int) -> Iterator[str]:
        """The pieces of a text for one part."""
        if part.is_a == "text":
            yield part.what
        elif part.is_a == "pattern":
            found = next(texts(part.what, rng), None)
            if found is None:
                raise BadGrammar(f"nothing is found that matches /{part.what}/")
            yield found
        else:
            rule = part.group if part.is_a == "group" else self.rules[part.what]
            for _ in range(self.times(part, rng, depth)):
                for inner in self.chosen(rule, rng, depth):
                    yield from self.written(inner, rng, depth + 1)

    def times(self, part: Part, rng: Random, depth: int) -> int:
        """How often a part stands: no oftener than it must where the end is near, or where it has no end itself."""
        endless = part.is_a == "group" and self.shallowest(part.group) is None
        more = 0 if depth > DEEPEST or endless else rng.randint(0, MOST_REPEATS)
        return part.least + more if part.most is None else min(part.least + more, part.most)

    def chosen(self, rule: Alternatives, rng: Random, depth: int) -> Sequence[Part]:
        """One of the alternatives that come to an end."""
        ending = [(found, each) for each in rule if (found := self.depth(each)) is not None]
        if depth <= DEEPEST:
            return rng.choice(ending)[1]
        return min(ending, key=lambda pair: pair[0])[1]


def _parts(alternatives: Alternatives) -> Iterator[Part]:
    for part in (part for each in alternatives for part in each):
        yield part
        yield from _parts(part.group)
