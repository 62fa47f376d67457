"""What came of asking the real API again: which exchanges are as they were recorded, which are not, what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from .behaviours.prices import known, line_items
from .call import Call
from .drift import SEVERITIES, Drift, Severity
from .http import Exchange
from .metering import METERS, uses
from .wording import many


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange of a cassette, as it is to be sent again; `number` counts from 1, `key` is its match key."""

    file: str
    number: int
    key: str
    exchange: Exchange
    call: Call

    @property
    def place(self) -> str:
        """What messages call it."""
        return f"{self.file}, exchange {self.number} ({self.key}, {self.call.name})"


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of one exchange: where it drifted, or why it was not compared; `tokens` is what it used."""

    recorded: Recorded
    drift: tuple[Drift, ...] = ()
    skipped: str | None = None
    tokens: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What sending exchanges again is going to cost, by what they used when they were recorded.

    `dollars` leaves out the models in `unpriced`.
    """

    requests: int = 0
    paid: int = 0
    tokens: int = 0
    dollars: float = 0.0
    unpriced: tuple[str, ...] = ()

    def __str__(self) -> str:
        about = [many(self.requests, "request"), f"{self.paid:,} of them paid"]
        cost = f"about {self.tokens:,} tokens, ${self.dollars:,.2f} by OpenAI's list prices"
        beside = f" and what {', '.join(self.unpriced)} costs" if self.unpriced else ""
        return f"{', '.join(about)}: {cost}{beside}"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome, exchange by exchange in the order of the files.

    `families` are differences that only show in many answers together, by what these have in common. `stopped` says
    why exchanges were not sent, `left` names what was made upstream and is still there, `failed` that nobody answered.
    """

    outcomes: tuple[Verified, ...] = ()
    families: tuple[tuple[str, Drift], ...] = ()
    stopped: str | None = None
    left: tuple[str, ...] = ()
    unsent: int = 0
    failed: str | None = None
    files: int = field(default=0)

    def findings(self, level: Severity = "warning") -> list[tuple[Verified | str, Drift]]:
        """Every difference at or above a level, with the exchange or the family that it was found in."""
        wanted = SEVERITIES[: SEVERITIES.index(level) + 1]
        single: list[tuple[Verified | str, Drift]] = [(each, one) for each in self.outcomes for one in each.drift]
        return [pair for pair in [*single, *self.families] if pair[1].severity in wanted]

    def summary(self) -> dict[str, int]:
        """Totals."""
        severities = Counter(drift.severity for _, drift in self.findings("note"))
        compared = [each for each in self.outcomes if each.skipped is None]
        drifted = [each for each in compared if any(one.severity != "note" for one in each.drift)]
        return {
            "files": self.files,
            "exchanges": len(self.outcomes) + self.unsent,
            "as_recorded": len(compared) - len(drifted),
            "drifted": len(drifted),
            "not_compared": len(self.outcomes) - len(compared) + self.unsent,
            **{severity: severities[severity] for severity in SEVERITIES},
            "requests": sum(each.requests for each in self.outcomes),
            "tokens": sum(each.tokens for each in self.outcomes),
        }

    def text(self, level: Severity = "warning") -> str:
        """The outcome for people."""
        lines = [*_together(self.findings(level))]
        lines += _passed_over(self.outcomes)
        if self.stopped is not None:
            lines.append(f"Stopped: {self.stopped} {many(self.unsent, 'exchange')} not sent.")
        if self.left:
            lines.append(f"Made upstream and not deleted by any recording: {', '.join(self.left)}.")
        total = self.summary()
        hidden = [one for one in SEVERITIES if SEVERITIES.index(one) > SEVERITIES.index(level) and total[one]]
        more = f" (--severity {hidden[-1]} shows all)" if hidden else ""
        severities = f"{total['breaking']} breaking, {many(total['warning'], 'warning')}, {many(total['note'], 'note')}"
        lines.append(
            f"{many(total['exchanges'], 'exchange')} in {many(total['files'], 'file')}: {total['as_recorded']} as "
            f"recorded, {total['drifted']} drifted, {total['not_compared']} not compared; {severities}{more}. "
            f"{many(total['requests'], 'request')}, {total['tokens']:,} tokens."
        )
        return "\n".join(lines)

    def json(self, level: Severity = "warning") -> str:
        """The outcome for programs, as JSON text."""
        findings = self.findings(level)
        told: dict[str, Any] = {
            "clean": not findings and self.failed is None,
            "counts": self.summary(),
            "findings": [_told(whose, drift) for whose, drift in findings],
            "not_compared": [
                {"file": each.recorded.file, "number": each.recorded.number, "reason": each.skipped}
                for each in self.outcomes
                if each.skipped is not None
            ],
            "stopped": self.stopped,
            "left": list(self.left),
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def _told(whose: Verified | str, drift: Drift) -> dict[str, Any]:
    said = {"kind": drift.kind, "severity": drift.severity, "place": drift.place, "message": drift.message}
    if isinstance(whose, str):
        return {"file": None, "number": None, "key": None, "operation": whose, **said}
    own = whose.recorded
    return {"file": own.file, "number": own.number, "key": own.key, "operation": own.call.name, **said}


def _together(findings: Sequence[tuple[Verified | str, Drift]]) -> Iterator[str]:
    """A line for each difference of a file, with all the exchanges of one operation that show it."""
    found: dict[tuple[str, str, Drift], list[Verified]] = {}
    for whose, drift in findings:
        if isinstance(whose, str):
            found[whose, "", drift] = []
        else:
            found.setdefault((whose.recorded.file, whose.recorded.call.name, drift), []).append(whose)
    for (place, name, drift), several in found.items():
        if not several:
            yield f"All answers of {place}: {drift}"
        elif len(several) == 1:
            yield f"{several[0].recorded.place}: {drift}"
        else:
            yield f"{place}, exchanges {listed(each.recorded.number for each in several)} ({name}): {drift}"


def _passed_over(outcomes: Sequence[Verified]) -> Iterator[str]:
    found: dict[tuple[str, str], list[int]] = {}
    for each in outcomes:
        if each.skipped is not None:
            found.setdefault((each.recorded.file, each.skipped), []).append(each.recorded.number)
    for (file, reason), numbers in found.items():
        yield f"{file}, exchange{'s' * (len(numbers) > 1)} {listed(numbers)}: not compared: {reason}"


def listed(numbers: Iterable[int]) -> str:
    """`1, 4 and 7`; of more than ten the first and how many more there are."""
    texts = [str(number) for number in numbers]
    if len(texts) > 10:
        return f"{', '.join(texts[:9])} and {len(texts) - 9} more"
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def tokens(exchange: Exchange) -> int:
    """The tokens that an exchange used, of input and output."""
    return sum(use.amounts.get(name, 0) for use in uses(exchange) for name in ("input_tokens", "output_tokens"))


def estimate(several: Iterable[Recorded]) -> Estimate:
    """What it costs to send these again, if they use what they used when they were recorded."""
    requests = paid = used = 0
    dollars = 0.0
    unpriced: dict[str, None] = {}
    for each in several:
        requests += 1
        paid += each.call.name in METERS or each.call.name in ALSO_PAID
        for use in uses(each.exchange):
            model = str(dict(use.facets).get("model", ""))
            used += use.amounts.get("input_tokens", 0) + use.amounts.get("output_tokens", 0)
            if known(use.service, model, {}):
                dollars += sum(item.dollars for item in line_items(use.service, model, use.amounts, False, {}))
            elif model:
                unpriced[model] = None
        if each.call.name in ALSO_PAID:
            unpriced[each.call.name] = None
    return Estimate(requests, paid, used, dollars, tuple(unpriced))


ALSO_PAID = frozenset(
    ("batches.create", "evals.runs.create", "fine_tuning.jobs.create", "videos.create", "videos.remix")
)
"""Operations that set work going which is billed later."""
