"""How a client is judged by what it asked, when, and on which connections.

Only what a server can see counts. That a client took half an answer for a whole one is seen when it says it again in a
later request, or goes on using the connection, which it can only when it has read past the place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import orjson

from .attempts import STORM, Attempt, Chain, attempts, chains
from .hearsay import Told, told
from .http import Exchange
from .journal import Journal
from .verdict import Finding, Verdict

PERSISTENT = 5
"""Chains in a row that asked the same in vain: code that repeats a client's calls, and no mere coincidence."""

AT_ONCE = 0.1
"""Seconds between attempts that are no pause."""

IDLE = 0.01
"""Seconds after which a connection that has answered is back in a client's pool."""

LEAKED = 3
"""Connections that were opened beside idle ones: as many as a client with one pool never leaves."""

SINCE = (1, 70)
"""The version of the Python SDK from which on it tells how long it waits."""

EAGER = ("OpenAI/JS", "AzureOpenAI/JS", "node", "undici", "Mozilla")
"""Beginnings of the names of clients that read a connection to its end whether their user listens or not."""

SURE = 12
"""Characters of a text that nobody says by chance."""

KINDS = {"truncated": "truncated-accepted", "malformed": "malformed-ignored", "error": "error-swallowed"}
WHAT = {
    "truncated": "the stream broke off, and the client used what it had as if it were the whole answer",
    "malformed": "an event could not be read, and the client went on as if it had not come",
    "error": "the stream told of an error, and the client went on as if it had not come",
}


def judged(journal: Journal, connected: Mapping[str, float], now: float, patience: float) -> Verdict:
    """The verdict at unix time `now`; `connected` are the open connections and the moment each was opened.

    `patience` is in seconds.
    """
    tried = attempts(journal, journal.ended)
    found = [
        finding
        for chain in chains(tried)
        for finding in (*_waits(chain), *_vain(chain), *_storms(chain), *_hurries(chain), *_gives_up(chain))
    ]
    found += _believes(tried, set(journal.ended))
    found += _waits_for_ever(tried, connected, now, patience)
    found += _leaks(tried, journal.begun, connected)
    return Verdict(len(tried), tuple(sorted(found, key=lambda finding: finding.exchanges)), journal.forgotten)


def _finding(kind: str, tried: Sequence[Attempt], message: str) -> Finding:
    first = tried[0].exchange
    name = first.operation or f"{first.request.method} {first.request.path}"
    return Finding(kind, name, tuple(each.exchange.number for each in tried), message)


# -- retries


def _waits(chain: Chain) -> Iterator[Finding]:
    for before, after in pairwise(chain.attempts):
        wait, pause = before.told, after.pause(before)
        if wait is not None and pause < wait * 0.98 - 0.005:
            yield _finding(
                "retry-after-ignored",
                (before, after),
                f"it was told to wait {wait:g} s, and asked again after {pause:.3g} s.",
            )


def _vain(chain: Chain) -> Iterator[Finding]:
    tried = chain.attempts if len(chain.attempts) > 1 else _repeated(chain, same=True)
    for index, attempt in enumerate(tried[:-1]):
        if attempt.outcome == "final":
            yield _finding(
                "retried-in-vain",
                tried[index:],
                f"{attempt.exchange.reply.status} was the last word, and the same was asked again.",
            )
            return


def _storms(chain: Chain) -> Iterator[Finding]:
    tried = chain.attempts if len(chain.attempts) >= STORM else _repeated(chain, least=STORM)
    if len(tried) >= STORM:
        took = max(tried[-1].exchange.at - tried[0].exchange.at, tried[-1].exchange.moment - tried[0].exchange.moment)
        yield _finding("storm", tried, f"{len(tried)} attempts at the same within {took:.3g} s.")


def _hurries(chain: Chain) -> Iterator[Finding]:
    tried = chain.attempts if len(chain.attempts) > 2 else _repeated(chain)
    pauses = [
        after.pause(before) for before, after in pairwise(tried) if before.told is None and before.outcome != "final"
    ]
    if len(pauses) > 1 and max(pauses) < AT_ONCE:
        yield _finding("no-backoff", tried, f"{len(tried)} attempts, with pauses of {max(pauses):.3g} s at most.")
    elif len(pauses) > 2 and max(pauses[1:]) <= pauses[0] * 1.1:
        yield _finding("no-backoff", tried, f"{len(tried)} attempts, and the pause of {pauses[0]:.3g} s never grew.")


def _gives_up(chain: Chain) -> Iterator[Finding]:
    last = chain.last
    if chain.repeated or len(chain.attempts) > 1 or last.outcome not in ("retryable", "lost") or (last.told or 0) > 120:
        return
    status = last.exchange.reply.status
    if status == 409:
        return  # asking again helps only where another client holds the lock
    met = f"{status} could be tried again" if last.outcome == "retryable" else "the connection was lost"
    yield _finding("gave-up", chain.attempts, f"{met}, and the client asked no more.")


def _repeated(chain: Chain, *, least: int = PERSISTENT, same: bool = False) -> list[Attempt]:
    """The attempts of a chain and of those before it that asked the same in vain, when they become `least`.

    `same`: only those with the very same outcome.
    """
    if not same and chain.vain + 1 != least:
        return []
    alike = [each for each in (*chain.repeats, chain) if not same or _status(each.last) == _status(chain.last)]
    return [attempt for each in alike for attempt in each.attempts] if len(alike) == least else []


def _status(attempt: Attempt) -> tuple[int, bytes]:
    return attempt.exchange.reply.status, attempt.exchange.reply.content


# -- streams


def _believes(tried: Sequence[Attempt], known: set[int]) -> Iterator[Finding]:
    """Streams that something was wrong with, and whose client went on all the same."""
    heard = [(attempt, told(attempt.exchange.reply)) for attempt in tried if attempt.streams]
    whole = [said.before for _, said in heard if said.wrong is None]
    for attempt, said in heard:
        if said.wrong is None:
            continue
        later = [each for each in tried if each.exchange.number > attempt.exchange.number]
        use = next((each for each in later if _says(each.exchange, said, whole)), None)
        if use is None and _read_on(attempt, said, later, known):
            use = attempt
        if use is not None:
            proof = f"exchange {use.exchange.number} says it again." if use is not attempt else "it read on to the end."
            pair = (attempt, use) if use is not attempt else (attempt,)
            yield _finding(KINDS[said.wrong], pair, f"{WHAT[said.wrong]}: {proof}")


def _says(exchange: Exchange, said: Told, whole: Sequence[str]) -> bool:
    """Whether a request holds the words of half an answer, and not of a whole one that begins with them."""
    words = (said.before + said.after).strip() if said.wrong == "malformed" else said.before.strip()
    if not words:
        return False
    longer = [text for text in whole if words in text]
    for role, text in _texts(exchange.request.body):
        mine = text.strip() == words if role == "assistant" else len(words) >= SURE and words in text
        if (mine or (role == "assistant" and len(words) >= SURE and words in text)) and not any(
            each.strip() in text for each in longer
        ):
            return True
    return False


def _texts(body: bytes) -> Iterator[tuple[str, str]]:
    """The texts of a request, each with the role of the message it stands in."""
    try:
        waiting: list[tuple[str, Any]] = [("", orjson.loads(body))]
    except orjson.JSONDecodeError:
        return
    while waiting:
        role, value = waiting.pop()
        if isinstance(value, str):
            yield role, value
        elif isinstance(value, list):
            waiting += [(role, item) for item in value]
        elif isinstance(value, dict):
            role = str(value.get("role") or role)
            waiting += [(role, item) for name, item in value.items() if name != "role"]


def _read_on(attempt: Attempt, said: Told, later: Sequence[Attempt], known: set[int]) -> bool:
    """Whether a client has read past an event at which it should have stopped; responses' errors are events to SDKs."""
    if said.wrong == "truncated" or b'"response.' in attempt.exchange.reply.content[:200]:
        return False
    if attempt.exchange.number in known:
        return attempt.end is not None and attempt.end.how == "heard"
    request = attempt.exchange.request
    if not request.client or (request.header("user-agent") or "").startswith(EAGER):
        return False
    return any(each.exchange.request.client == request.client for each in later)


# -- connections


def _waits_for_ever(
    tried: Sequence[Attempt], connected: Mapping[str, float], now: float, patience: float
) -> Iterator[Finding]:
    for attempt in tried:
        request, reply, end = attempt.exchange.request, attempt.exchange.reply, attempt.end
        silent = bool(reply.body) and getattr(reply.body[-1], "how", "") == "stall"
        if end is not None and end.how == "forever":
            yield _finding("no-timeout", (attempt,), "no answer came, and the client would have waited for ever.")
        elif (
            silent
            and (end.at if end else now) - attempt.exchange.at > patience * 1.1
            and (end is not None or request.client in connected)
        ):
            waited = (end.at if end else now) - attempt.exchange.at
            yield _finding("no-timeout", (attempt,), f"no answer came, and the client waited {waited:.0f} s for it.")
        elif _untimed(attempt.exchange):
            yield _finding("no-timeout", (attempt,), "the SDK was told to wait for ever.")


def _untimed(exchange: Exchange) -> bool:
    """Whether the Python SDK, which tells how long it waits, does not."""
    header = exchange.request.header
    if header("x-stainless-lang") != "python" or header("x-stainless-read-timeout") is not None:
        return False
    version = (header("x-stainless-package-version") or "").split(".")
    return len(version) > 1 and all(part.isdecimal() for part in version[:2]) and tuple(map(int, version[:2])) >= SINCE


def _leaks(tried: Sequence[Attempt], begun: set[int], connected: Mapping[str, float]) -> Iterator[Finding]:
    held = [attempt for attempt in tried if attempt.exchange.number in begun]
    if held:
        yield _finding("leaked-connection", held, "the answer was neither read to its end nor closed.")
    by_client: dict[str, list[Attempt]] = {}
    for attempt in tried:
        if attempt.exchange.request.client in connected:
            by_client.setdefault(attempt.exchange.request.client, []).append(attempt)
    needless = [
        mine[0]
        for client, mine in by_client.items()
        if any(
            _same_agent(theirs[0], mine[0]) and _idle_since(theirs, connected[client]) < connected[client] - IDLE
            for other, theirs in by_client.items()
            if other != client
        )
    ]
    if len(needless) >= LEAKED:
        message = f"{len(needless)} connections were opened while others lay idle, and are still open."
        yield _finding("leaked-connection", needless, message)


def _idle_since(asked: Sequence[Attempt], moment: float) -> float:
    """Since when a connection had been idle at some moment; infinity if it had not answered anything by then."""
    before = [attempt.finished for attempt in asked if attempt.exchange.moment < moment]
    return max(before, default=float("inf"))


def _same_agent(one: Attempt, other: Attempt) -> bool:
    names = ("user-agent", "x-stainless-async")
    return all(one.exchange.request.header(name) == other.exchange.request.header(name) for name in names)
