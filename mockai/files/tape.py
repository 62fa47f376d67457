"""The cassette file, version 1: exchanges as YAML that a person can review and a machine can replay to the byte.

`encode` turns one Exchange into one item of the file, `decode` turns it back, and `decode(encode(x)) == rounded(x)`
is the law. `rounded` says what a file does not keep: times finer than a millisecond, headers that belong to one
connection, the boundary a client drew for its form, and the pieces a whole JSON body came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ..call import Call
from ..coding import coding_of
from ..errors import CassetteError, ConfigError
from ..http import Break, Chunk, Exchange, Headers, Reply, Request
from ..match import key
from ..matching import PLAIN, Rule, read
from ..pointers import NOTHING
from ..tap import end_to_end
from ..understand import understand
from . import sidefiles, yamltext
from .bodies import Reader, Sides, canonical, is_json, is_stream, pairs, restored, whole
from .fields import Fields
from .streams import milliseconds, stream_restored, stream_shown, timed, untimed
from .unknown import unknown_in, unknown_of, with_unknown
from .yamltext import Bare, Document, FlowDict, FlowList, dump

VERSION = 1
MATCH_VERSION = 2
LADDER: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""How to read an older version: a function to the next one."""


@dataclass(frozen=True, slots=True)
class Tape:
    """What a cassette file holds.

    `rule` is by what its requests are matched. `recorded` (at, by, upstream, client) and `redacted` (what was
    removed, how often) are facts about the recording. `unknown` holds keys of a later mockai or of a person, by the
    `number` of their exchange, 0 for the file's own; they are written again.
    """

    exchanges: tuple[Exchange, ...] = ()
    rule: Rule = PLAIN
    recorded: Mapping[str, Any] = field(default_factory=dict)
    redacted: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


def load(path: Path) -> Tape:
    """Read a cassette and its side files.

    Raises CassetteError, naming file, line, exchange and key, for everything that is not a whole and valid cassette:
    a file that cannot be read never counts as an empty one.
    """
    return loads(text_of(path), path)


def loads(text: str, path: Path) -> Tape:
    """Read a cassette from its text; `path` is what messages name, and its folder has the side files."""
    document = yamltext.load(text, str(path))
    top = header_of(document, path)
    read = partial(sidefiles.read, path.parent)
    items = top.maybe("exchanges", list) or []
    lines = document.lines.get("exchanges", [])
    exchanges = tuple(
        decode(item, read, where=_place(path, number, lines), number=number) for number, item in enumerate(items, 1)
    )
    unknown = {0: unknown_of(top.values)} | {n: unknown_in(item) for n, item in enumerate(items, 1)}
    return Tape(
        exchanges=exchanges,
        rule=ruled(top),
        recorded=top.maybe("recorded", dict) or {},
        redacted=counted(top),
        unknown={number: keys for number, keys in unknown.items() if keys},
    )


def text_of(path: Path) -> str:
    """The text of a file. Raises CassetteError where it cannot be read."""
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise CassetteError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise CassetteError(f"{path} is not a cassette: byte {error.start} is not UTF-8.") from None


def header_of(document: Document, path: Path) -> Fields:
    """The top of a file, its version checked and climbed to the present one."""
    values = document.value
    if not isinstance(values, dict) or "mockai" not in values:
        foreign = isinstance(values, dict) and {"interactions", "http_interactions", "log"} & set(values)
        hint = "It looks like a recording of another tool: mockai import reads those." if foreign else ""
        raise CassetteError(f"{path} is not a cassette: it does not begin with `mockai: {VERSION}`. {hint}".rstrip())
    version = Fields(values, str(path)).need("mockai", int)
    if version > VERSION:
        raise CassetteError(
            f"{path} has version {version}, and this mockai reads up to {VERSION}. Upgrade mockai to read it."
        )
    while version < VERSION:
        if version not in LADDER:
            raise CassetteError(f"{path} says version {version}, which never existed.")
        values = LADDER[version](values)
        version += 1
    top = Fields(values, str(path))
    if "match" in values:
        match_version = top.below("match").maybe("version", int) or MATCH_VERSION
        if match_version > MATCH_VERSION:
            raise CassetteError(
                f"{path} was matched by rules of version {match_version}, and this mockai knows up to {MATCH_VERSION}. "
                "Upgrade mockai to replay it."
            )
    return top


def ruled(top: Fields) -> Rule:
    """The rule of a file's `match`. Raises CassetteError for one that cannot be."""
    if "match" not in top.values:
        return PLAIN
    match = top.below("match")
    try:
        return read(match.values)
    except ConfigError as error:
        raise match.fault(str(error)) from None


def counted(top: Fields) -> dict[str, int]:
    """The counts of a file's `redacted`."""
    counts = top.maybe("redacted", dict) or {}
    below = Fields(counts, f"{top.where}: redacted")
    return {name: below.need(name, int) for name in counts}


def dumps(tape: Tape) -> tuple[str, Sides]:
    """The text of a cassette, and the side files that belong beside it. Says nothing about secrets: see `store`."""
    sides: Sides = {}
    texts = []
    for exchange in tape.exchanges:
        item, own = encode(exchange, tape.rule)
        sides.update(own)
        texts.append(dump([with_unknown(item, tape.unknown.get(exchange.number, {}))]))
    return compose(tape, texts), sides


def compose(tape: Tape, texts: Iterable[str]) -> str:
    """A file out of a tape's facts and the texts of its items, each of them `- …` and lines below."""
    top: dict[str, Any] = {"mockai": VERSION}
    if tape.recorded:
        facts = FlowDict(tape.recorded)
        if isinstance(facts.get("at"), str):
            facts["at"] = Bare(facts["at"])
        top["recorded"] = facts
    top["match"] = _shown(tape.rule)
    if tape.redacted:
        top["redacted"] = FlowDict(sorted(tape.redacted.items()))
    items = "".join(texts)
    head = dump(with_unknown(top, tape.unknown.get(0, {})))
    return head + (f"exchanges:\n{items}" if items else "exchanges: []\n")


def encode(exchange: Exchange, rule: Rule = PLAIN) -> tuple[dict[str, Any], Sides]:
    """One item of the file, and the side files it names."""
    exchange = rounded(exchange)
    request, reply = exchange.request, exchange.reply
    sides: Sides = {}
    item: dict[str, Any] = {"key": key(request, rule)[:8]}
    if exchange.operation is not None:
        item["operation"] = exchange.operation
    if exchange.at:
        item["at"] = Bare(instant(exchange.at))
    if exchange.source != "upstream":
        item["source"] = exchange.source
    asked: dict[str, Any] = {"method": request.method, "path": request.path}
    if request.query:
        asked["query"] = request.query
    names = [name for name, _ in request.headers]
    if len(set(names)) < len(names):
        asked["headers"] = [FlowList(line) for line in request.headers]
    elif names:
        asked["headers"] = FlowDict(request.headers)
    item["request"] = {**asked, **whole(request.body, request.headers, sides)}
    answered: dict[str, Any] = {"status": reply.status}
    if reply.after:
        answered["after_ms"] = round(reply.after * 1000)
    if reply.headers:
        answered["headers"] = [FlowList(line) for line in reply.headers]
    if is_stream(reply.headers):
        answered |= stream_shown(reply, sides)
    else:
        answered |= whole(reply.content, reply.headers, sides)
        if not _plain(reply):
            answered |= timed(reply.body)
    item["response"] = answered
    return item, sides


def decode(item: Any, read: Reader, *, where: str = "exchange", number: int = 0) -> Exchange:
    """The exchange an item describes. Raises CassetteError with `where` in front of what is wrong."""
    if not isinstance(item, dict):
        raise CassetteError(f"{where}: an exchange must be a mapping.")
    fields = Fields(item, where)
    request, answered = asked(fields.below("request"), read), fields.below("response")
    at = fields.maybe("at", str)
    after = answered.maybe("after_ms", float) or 0
    status = answered.need("status", int)
    if not 100 <= status <= 999 or not 0 <= after < 1 << 53:
        raise answered.fault("status must be a number of three digits, and after_ms not below 0.")
    lines = _uncoded(pairs(answered, "headers"), answered)
    body: tuple[Chunk | Break, ...]
    if "stream" in answered.values:
        body = stream_restored(answered, read)
    else:
        wire = restored(answered, lines, read)
        body = untimed(answered, wire, [len(wire)] if wire else [])
    return Exchange(
        request=request,
        reply=Reply(status, lines, body, after / 1000),
        operation=fields.maybe("operation", str),
        source=fields.maybe("source", str) or "upstream",
        at=moment(at, fields) if at else 0.0,
        number=number,
    )


def asked(fields: Fields, read: Reader) -> Request:
    """The request that an item describes, as `decode` has it."""
    headers = _uncoded(pairs(fields, "headers"), fields)
    return Request(
        method=fields.need("method", str),
        path=fields.need("path", str),
        query=fields.maybe("query", str) or "",
        headers=headers,
        body=restored(fields, headers, read),
    )


def understood(fields: Fields, read: Reader) -> Call:
    """What `asked` gives, understood; its JSON is not parsed again once it has been written."""
    request = asked(fields, read)
    whole_json = "json" in fields.values and "wire" not in fields.values
    return understand(request, json=fields.values["json"] if whole_json else NOTHING)


def rounded(exchange: Exchange) -> Exchange:
    """The exchange as a file keeps it; the same again for what came out of a file."""
    request, reply = exchange.request, exchange.reply
    headers, body = canonical(end_to_end(request.headers), request.body)
    after, steps = reply.after, tuple(reply.body)
    if not is_stream(reply.headers) and not _broken(steps) and (len(steps) <= 1 or is_json(reply.headers)):
        after += sum(step.after for step in steps)
        content = reply.content
        steps = (Chunk(0.0, content),) if content else ()
    gaps = milliseconds([step.after for step in steps])
    timeline = tuple(replace(step, after=gap / 1000) for step, gap in zip(steps, gaps, strict=True))
    return replace(
        exchange,
        request=replace(request, headers=headers, body=body, client=""),
        reply=Reply(reply.status, end_to_end(reply.headers), timeline, milliseconds([after])[0] / 1000),
        at=round(exchange.at * 1000) / 1000,
        faults=(),
        moment=0.0,
    )


def instant(at: float) -> str:
    """Unix seconds as UTC with milliseconds: `2026-11-21T02:15:12.345Z`."""
    return datetime.fromtimestamp(round(at * 1000) / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def moment(text: str, fields: Fields) -> float:
    """The unix seconds of an instant."""
    try:
        told = datetime.fromisoformat(text)
        return round((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1000) / 1000
    except (ValueError, OverflowError):
        raise fields.fault(f"at must be an instant such as 2026-11-21T02:15:12.345Z, not {text[:40]!r}.") from None


def _shown(rule: Rule) -> FlowDict:
    """A rule on one line."""
    told = {name: FlowList(said) if isinstance(said, list) else said for name, said in rule.told().items()}
    if "normalise" in told:
        told["normalise"] = FlowList(FlowDict(each) if isinstance(each, dict) else each for each in told["normalise"])
    return FlowDict(told)


def _uncoded(headers: Headers, fields: Fields) -> Headers:
    """Without content-encoding once somebody took `content_coding` out: the body is sent as it is shown then."""
    if "content_coding" in fields.values and coding_of(headers) is not None:
        return headers
    return tuple([(name, value) for name, value in headers if name != "content-encoding"])


def _plain(reply: Reply) -> bool:
    """Whether a body needs no word about pieces: it is one, and it came with the head."""
    return len(reply.body) <= 1 and not _broken(reply.body) and all(step.after == 0 for step in reply.body)


def _broken(steps: Iterable[Chunk | Break]) -> bool:
    return any(isinstance(step, Break) for step in steps)


def _place(path: Path, number: int, lines: list[int]) -> str:
    line = f", line {lines[number - 1] + 1}" if number <= len(lines) else ""
    return f"{path}, exchange {number}{line}"
