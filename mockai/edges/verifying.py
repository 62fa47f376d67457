"""`mockai verify`: recorded requests sent to an upstream again, one after the other, and their answers compared."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..call import Call, Forward
from ..carried import carried, created, matched, mentions, names
from ..drift import departed, drift
from ..errors import EnvironmentFailed
from ..files.below import cassettes_below
from ..files.tape import load
from ..http import Exchange, Headers, Reply, Request
from ..match import key
from ..operations import operations
from ..sight import Sight, error_of, family, sight
from ..tap import Tap
from ..understand import understand
from ..verified import Estimate, Recorded, Report, Verified, estimate, tokens
from .ours import OURS
from .upstream import address, client, heard, how_it_broke, passed_on

ATTEMPTS = 3
AGAIN = frozenset((408, 409, 429, 500, 502, 503, 504))
"""Statuses after which the official SDKs ask again."""
WAIT_SECONDS, LONGEST_SECONDS = 0.5, 60.0
PASSING = {401: "the key", 403: "the key", 429: "how much was asked for"}
"""Recorded statuses that say nothing of the API, but of the moment."""
BRIEF = frozenset(("chat.completions.create", "responses.create", "beta.responses.create"))
"""Operations whose objects the API forgets by itself."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be spent; None is as much as it takes. `tokens` are those of input and output."""

    requests: int | None = None
    tokens: int | None = None


def recorded_in(paths: Sequence[Path]) -> list[Recorded]:
    """Every exchange of the cassettes at some paths, in their order, and of a folder's in the order of their names.

    Raises ConfigError for a path without a cassette, CassetteError for one that cannot be read.
    """
    several = []
    for file in cassettes_below(paths):
        tape = load(file)
        for number, exchange in enumerate(tape.exchanges, 1):
            known = key(exchange.request, tape.rule)[:8]
            several.append(Recorded(str(file), number, known, exchange, understand(exchange.request)))
    return several


def cost_of(several: Sequence[Recorded], limits: Limits) -> Estimate:
    """What verifying is going to cost, within the limits."""
    sent, made = [], set[str]()
    for each in several:
        if unsendable(each, made) is None:
            sent.append(each)
            made |= created(each.call, each.exchange.reply)
    return estimate(sent[: limits.requests])


def unsendable(each: Recorded, made: Container[str]) -> str | None:
    """Why a request is not to be sent again; `made` are the recorded ids of what is upstream because of us."""
    row, status = each.call.operation, each.exchange.reply.status
    if row is None:
        return "the API has no such path."
    if row.kind == "websocket":
        return "it is a websocket."
    if status in PASSING or status >= 500:
        return f"what was recorded is a {status}, which says something of {PASSING.get(status, 'that moment')} alone."
    if row.method == "GET" or status >= 400:
        return None
    if row.id.startswith("admin."):
        return "it would change your organization."
    strange = [id for id in names(each.call) if id not in made]
    if strange:
        return f"it would change {strange[0]}, which no exchange before it has made."
    return None


@dataclass(eq=False)
class Verifier:
    """Sends recorded requests to the upstream at `base`, with a key, and looks at what comes back.

    `waited` is called with seconds to wait before a request is sent again.
    """

    base: str
    key: str | None
    limits: Limits = Limits()
    waited: Callable[[float], None] = time.sleep
    requests: int = 0
    tokens: int = 0
    ids: dict[str, str] = field(default_factory=dict)  # recorded ones, with those that stand for them now
    made: set[str] = field(default_factory=set)  # recorded ids of what was made
    left: dict[str, str] = field(default_factory=dict)  # ids of what was made and is there still, with the operation

    def verify(self, several: Sequence[Recorded], done: Callable[[], None] = lambda: None) -> Report:
        """Send everything that can be sent, and report; `done` is called after each exchange.

        Raises EnvironmentFailed where the upstream gives no answer at all, or does not take the key.
        """
        import httpx2

        kinds: dict[tuple[str, ...], list[Recorded]] = defaultdict(list)
        for each in several:
            kinds[family(each.call)].append(each)
        sights = {id(each): sight(each.call, each.exchange.reply) for each in several}
        fresh: dict[tuple[str, ...], list[Sight]] = defaultdict(list)
        outcomes: list[Verified] = []
        stopped = failed = None
        with client(httpx2.Client, httpx2, follow_redirects=False) as asker:
            for each in several:
                stopped = self._beyond(each)
                if stopped is not None:
                    break
                kin = family(each.call)
                alike = [sights[id(other)] for other in kinds[kin] if other is not each]
                try:
                    outcome, seen = self._one(asker, each, [sights[id(each)], *alike])
                except KeyboardInterrupt:
                    stopped = "interrupted."
                    break
                except EnvironmentFailed as error:
                    if not any(one.skipped is None for one in outcomes):
                        raise
                    stopped = failed = str(error)
                    break
                outcomes.append(outcome)
                if seen is not None:
                    fresh[kin].append(seen)
                done()
        apart = [
            (_called(kin), one)
            for kin, kind in kinds.items()
            for one in departed(*(_good(each) for each in ([sights[id(one)] for one in kind], fresh[kin])))
        ]
        return Report(
            tuple(outcomes),
            tuple(apart),
            stopped,
            tuple(f"{id} ({operation})" for id, operation in self.left.items()),
            len(several) - len(outcomes),
            failed,
            len({each.file for each in several}),
        )

    def _beyond(self, each: Recorded) -> str | None:
        """Why nothing more may be sent."""
        most, tokens_left = self.limits.requests, self.limits.tokens
        if unsendable(each, self.made) is not None:
            return None
        if most is not None and self.requests >= most:
            return f"--max-requests {most} is reached."
        if tokens_left is None:
            return None
        needed = tokens(each.exchange)
        if self.tokens + needed > tokens_left or (self.tokens >= tokens_left and needed):
            return (
                f"{self.tokens:,} of --max-tokens {tokens_left:,} are used, and exchange {each.number} of {each.file} "
                f"used {needed:,} when it was recorded."
            )
        return None

    def _one(self, asker: Any, each: Recorded, sights: Sequence[Sight]) -> tuple[Verified, Sight | None]:
        """Send one request and compare its answer; the sight of an answer that was compared."""
        reason = unsendable(each, self.made)
        if reason is not None:
            return Verified(each, skipped=reason), None
        before = self.requests
        call = understand(self._signed(carried(each.exchange.request, self.ids), each.call))
        reply = self._asked(asker, call)
        used = tokens(Exchange(call.request, reply, each.call.name))
        self.tokens += used
        seen, was = sight(each.call, reply), each.exchange.reply.status
        found = Verified(each, tokens=used, requests=self.requests - before)
        if reply.status == 401 and was != 401:
            raise EnvironmentFailed(
                f"The upstream {self.base} does not take the key (401). Give a valid one as OPENAI_API_KEY or with "
                "--api-key."
            )
        if reply.status == 429:
            quota = (seen.error or {}).get("code") == "insufficient_quota"
            if quota:
                raise EnvironmentFailed(
                    f"The upstream {self.base} says that the key has no quota left (429). Add credit, or use "
                    "another key."
                )
            return replace(found, skipped=f"the upstream answered 429 to {ATTEMPTS} attempts."), None
        strange = [id for id in mentions(each.call) if id not in self.ids]
        if was < 400 and reply.status in (400, 404) and strange:
            return replace(found, skipped=f"it names {strange[0]}, which the upstream does not have."), None
        if was < 400 and reply.status < 400:
            self._remember(each, reply)
        return replace(found, drift=tuple(drift(sights, seen))), seen

    def _remember(self, each: Recorded, reply: Reply) -> None:
        """What the answer calls what the recorded one called otherwise; and what has been made, or is gone."""
        self.ids |= matched(each.exchange.reply, reply)
        self.made |= created(each.call, each.exchange.reply)
        row = each.call.operation
        assert row is not None
        if row.kind == "delete":
            for id in names(each.call):
                self.left.pop(self.ids.get(id, id), None)
        elif row.method == "POST" and row.id not in BRIEF and _deletable(row.path):
            made = _id_of(reply)
            if made is not None:
                self.left[made] = row.id

    def _signed(self, request: Request, call: Call) -> Request:
        """The request with the key."""
        kept = tuple(pair for pair in request.headers if pair[0] not in ("authorization", "api-key", "user-agent"))
        own: Headers = (("user-agent", f"mockai/{__version__} (verify)"),)
        if self.key is not None:
            own += (("authorization", f"Bearer {self.key}"),)
            own += (("api-key", self.key),) if call.azure else ()
        return replace(request, headers=(*kept, *own))

    def _asked(self, asker: Any, call: Call) -> Reply:
        """The upstream's answer; where it has none to give at this moment, that of a later attempt."""
        for attempt in range(1, ATTEMPTS + 1):
            spent = self.limits.requests is not None and self.requests + 1 >= self.limits.requests
            reply = self._sent(asker, call)
            if reply.status not in AGAIN or attempt == ATTEMPTS or spent or _lasting(call, reply):
                break
            self.waited(_pause(reply, attempt))
        return reply

    def _sent(self, asker: Any, call: Call) -> Reply:
        import httpx2

        forward = Forward(call, self.base)
        tap = Tap(time.monotonic())
        self.requests += 1
        ours = OURS.set(True)
        try:
            request = asker.build_request(
                call.request.method, address(forward), headers=list(passed_on(forward)), content=call.request.body
            )
            answer = asker.send(request, stream=True)
            try:
                tap.head(time.monotonic(), answer.status_code, heard(answer))
                for piece in answer.iter_raw():
                    tap.piece(time.monotonic(), piece)
            except httpx2.TransportError as error:
                tap.broke(time.monotonic(), how_it_broke(httpx2, error))
            finally:
                answer.close()
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise EnvironmentFailed(
                f"The upstream {self.base} gave no answer to {call.name}: {str(error) or type(error).__name__}. Check "
                "--upstream and that it is reachable from here."
            ) from None
        finally:
            OURS.reset(ours)
        return tap.reply()


def _good(several: Sequence[Sight]) -> list[Sight]:
    """The answers to requests that went well."""
    return [each for each in several if each.reply.status < 400]


def _called(kin: tuple[str, ...]) -> str:
    """What messages call a family of exchanges: its operation, and its model where it has one."""
    return kin[0] + (f" ({kin[1]})" if kin[1] != "None" else "")


def _lasting(call: Call, reply: Reply) -> bool:
    """Whether asking again cannot help: no quota is left."""
    error = sight(call, reply).error
    return error is not None and error.get("code") == "insufficient_quota"


def _pause(reply: Reply, attempt: int) -> float:
    """Seconds to wait before the next attempt, as the answer says or twice as long each time."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        told = reply.header(name) or ""
        if told.replace(".", "", 1).isdecimal():
            return min(float(told) / unit, LONGEST_SECONDS)
    return WAIT_SECONDS * attempt


def _deletable(path: str) -> bool:
    """Whether what is made at a path can be deleted again."""
    return any(row.method == "DELETE" and row.path.rpartition("/")[0] == path for row in operations().values())


def _id_of(reply: Reply) -> str | None:
    import orjson

    try:
        value = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        return None
    id = value.get("id") if isinstance(value, dict) else None
    return id if isinstance(id, str) and error_of(value) is None else None
