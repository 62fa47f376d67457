"""The verdict on a client: what its requests say of how it deals with errors, waits, retries and broken streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .wording import many

ADVICE = {
    "retry-after-ignored": "Wait as long as retry-after-ms or retry-after says before asking again.",
    "retried-in-vain": "Do not repeat what cannot succeed: 4xx but 408, 409, 429, and whatever x-should-retry forbids.",
    "storm": "Limit the number of attempts; two retries are what the official SDKs make.",
    "no-backoff": "Let the pause between attempts grow, with some jitter: 0.5 s, 1 s, 2 s.",
    "gave-up": "Ask again after 408, 429, 5xx and a lost connection: the next attempt mostly succeeds.",
    "truncated-accepted": "Take a stream for whole only when its last event came: a finish_reason, response.completed.",
    "malformed-ignored": "Stop at an event that cannot be read: what follows it is not the answer any more.",
    "error-swallowed": "Look for an error in every event of a stream, and raise it.",
    "no-timeout": "Give the client a timeout; the official SDKs wait 600 s by default.",
    "leaked-connection": "Use one client for all calls, and close a stream that is not read to its end.",
}
"""What can be found, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a client should not do: `kind` is a key of ADVICE, `exchanges` are their numbers in the journal."""

    kind: str
    operation: str
    exchanges: tuple[int, ...]
    message: str

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE[self.kind]

    def __str__(self) -> str:
        many = "s" if len(self.exchanges) > 1 else ""
        numbers = ", ".join(map(str, self.exchanges[:10])) + (", …" if len(self.exchanges) > 10 else "")
        return f"{self.kind}: {self.operation}, exchange{many} {numbers}: {self.message} {self.advice}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in `exchanges` exchanges; nothing means that the client dealt well with all it met.

    `forgotten` exchanges are no longer in the journal, and were not looked at.
    """

    exchanges: int
    findings: Sequence[Finding] = field(default=())
    forgotten: int = 0

    @property
    def resilient(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def told(self) -> dict[str, Any]:
        """The verdict as JSON."""
        return {
            "resilient": self.resilient,
            "exchanges": self.exchanges,
            "forgotten": self.forgotten,
            "findings": [
                {
                    "kind": finding.kind,
                    "operation": finding.operation,
                    "exchanges": finding.exchanges,
                    "message": finding.message,
                    "advice": finding.advice,
                }
                for finding in self.findings
            ],
        }

    def __str__(self) -> str:
        looked = f"{self.exchanges} exchanges" + (
            f" ({self.forgotten} earlier ones are not kept)" * (self.forgotten > 0)
        )
        if self.resilient:
            return f"The client dealt well with all it met in {looked}."
        return "\n".join(
            [f"{many(len(self.findings), 'finding')} in {looked}:", *(f"- {finding}" for finding in self.findings)]
        )


def read(told: Mapping[str, Any]) -> Verdict:
    """The verdict that `Verdict.told` made JSON of."""
    findings = [
        Finding(each["kind"], each["operation"], tuple(each["exchanges"]), each["message"]) for each in told["findings"]
    ]
    return Verdict(told["exchanges"], tuple(findings), told["forgotten"])
