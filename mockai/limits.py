"""How much a client may use, and who shares it: limits by the name of a tier or by number, for each model.

The figures of the tiers are those OpenAI published for its usage tiers between 2024 and 2026
(platform.openai.com/docs/guides/rate-limits); recorded headers agree with them where there are any: 500 requests and
10,000 a day of gpt-4o-mini in tier 1, 30,000,000 tokens of gpt-4.1 in tier 5. Models of one kind differ a little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache

from . import catalogue
from .errors import ConfigError
from .value import value


@value(frozen=True, slots=True)
class Limits:
    """Requests, tokens, pictures a minute (`rpm`, `tpm`, `ipm`); requests, tokens a day (`rpd`, `tpd`), or None."""

    rpm: int = 10_000
    rpd: int | None = None
    tpm: int = 10_000_000
    tpd: int | None = None
    ipm: int = 250_000


_NAMES = ("free", "tier-1", "tier-2", "tier-3", "tier-4", "tier-5")
_FREE = Limits(3, 200, 40_000)

# Requests a minute and a day, and tokens a minute, tier by tier.
_KINDS: Mapping[str, tuple[Limits, ...]] = {
    "small": (
        _FREE,
        Limits(500, 10_000, 200_000),
        Limits(5_000, None, 2_000_000),
        Limits(5_000, None, 4_000_000),
        Limits(10_000, None, 10_000_000),
        Limits(30_000, None, 150_000_000),
    ),
    "large": (
        Limits(3, 200, 10_000),
        Limits(500, None, 30_000),
        Limits(5_000, None, 450_000),
        Limits(5_000, None, 800_000),
        Limits(10_000, None, 2_000_000),
        Limits(10_000, None, 30_000_000),
    ),
    "gpt-5": (
        _FREE,
        Limits(500, None, 500_000),
        Limits(5_000, None, 1_000_000),
        Limits(5_000, None, 2_000_000),
        Limits(10_000, None, 4_000_000),
        Limits(15_000, None, 40_000_000),
    ),
    "embeddings": (
        Limits(100, 2_000, 40_000),
        Limits(3_000, None, 1_000_000),
        Limits(5_000, None, 1_000_000),
        Limits(5_000, None, 5_000_000),
        Limits(10_000, None, 5_000_000),
        Limits(10_000, None, 10_000_000),
    ),
    "images": (
        Limits(3, 200, 40_000, ipm=1),
        Limits(500, None, 100_000, ipm=5),
        Limits(2_500, None, 250_000, ipm=20),
        Limits(5_000, None, 800_000, ipm=50),
        Limits(7_500, None, 3_000_000, ipm=150),
        Limits(10_000, None, 8_000_000, ipm=250),
    ),
    "audio": (_FREE, Limits(500), Limits(2_500), Limits(5_000), Limits(7_500), Limits(10_000)),
}

TIERS = {name: {kind: figures[level] for kind, figures in _KINDS.items()} for level, name in enumerate(_NAMES)}
"""The limits of each usage tier, by the kind of model."""

_ENDPOINTS = {"embeddings": "embeddings", "images": "images", "completions": "small"} | dict.fromkeys(
    ("speech", "transcription", "translation"), "audio"
)


def kind(model: str) -> str:
    """The kind of a model, whose limits are alike: small, large, gpt-5 (and not small), embeddings, images, audio."""
    for endpoint in catalogue.like(model).endpoints:
        if endpoint in _ENDPOINTS:
            return _ENDPOINTS[endpoint]
    if re.search(r"mini|nano|gpt-3\.?5", model):
        return "small"
    return "gpt-5" if model.startswith("gpt-5") else "large"


@lru_cache(1024)
def group(model: str) -> str:
    """The name of the limit that `model` uses: snapshots share their alias's, fine-tunes their base's.

    The API names it so in its refusals; what draws pictures shares `gpt-image`.
    """
    base = re.sub(r"^ft:([^:]+).*", r"\1", model)
    return "gpt-image" if base.startswith("gpt-image") else re.sub(r"-\d{4}(-\d\d-\d\d)?$", "", base)


@value(frozen=True, slots=True)
class Rule:
    """The limits of the models whose name, or whose group's name, is like `models`: a tier's, but for `own` figures."""

    models: str
    tier: str | None
    own: tuple[tuple[str, int], ...]

    def covers(self, model: str) -> bool:
        """Whether it speaks of `model`."""
        return fnmatchcase(model, self.models) or fnmatchcase(group(model), self.models)

    def limits(self, model: str) -> Limits:
        """What it grants `model`."""
        granted = TIERS[self.tier][kind(model)] if self.tier else Limits()
        return replace(granted, **dict(self.own))


def rules(text: str) -> tuple[Rule, ...]:
    """Rules from a text: `tier-1`, `rpm=3,rpd=200`, `tier-1,rpm=5`, or several as in `gpt-5*:rpm=10;*:tier-1`.

    The first that covers a model holds. Raises ConfigError for anything else.
    """
    return tuple(_rule(part, text) for part in text.split(";"))


def _rule(part: str, text: str) -> Rule:
    models, colon, said = part.rpartition(":")
    tier, own = None, []
    for word in map(str.strip, said.split(",")):
        figure = re.fullmatch(r"(rpm|rpd|tpm|tpd|ipm)\s*=\s*([1-9]\d*)", word)
        if figure:
            own.append((figure[1], int(figure[2])))
        elif word in TIERS and tier is None:
            tier = word
        else:
            raise ConfigError(
                f"Not a rate limit: {text!r}. Give a tier ({', '.join(TIERS)}), figures (rpm=N, rpd=N, tpm=N, tpd=N, "
                f"ipm=N) or both, with commas between; or several such, each after its models: gpt-5*:rpm=10;*:tier-1."
            )
    return Rule(models.strip() if colon else "*", tier, tuple(own))
