"""What calls have spent: requests and tokens by model, and what they would have cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import field

from .behaviours.prices import LineItem, known, line_items
from .errors import ConfigError
from .tally import Tally
from .value import value

CALLS = frozenset({"web_search_calls", "file_search_calls", "code_interpreter_sessions"})
"""Services that a request uses beside its model."""


@value(frozen=True, slots=True)
class Usage:
    """What was used: requests to models and tokens; `cached_tokens` are among those of the input.

    `models` says the same of each model, by the name that stood in its answers (`gpt-5-2025-08-07`).
    """

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    models: Mapping[str, Usage] = field(default_factory=dict, hash=False)

    @property
    def total_tokens(self) -> int:
        """Tokens of input and output."""
        return self.input_tokens + self.output_tokens


def usage(tally: Tally) -> Usage:
    """What a tally counts, summed up."""
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, service, facets), amounts in tally.used.items():
        if service not in CALLS:
            used[str(dict(facets).get("model", ""))].update(amounts)
    return _summed(sum(used.values(), Counter()), {model: _summed(amounts, {}) for model, amounts in used.items()})


def _summed(amounts: Counter[str], models: Mapping[str, Usage]) -> Usage:
    return Usage(
        amounts["num_model_requests"],
        amounts["input_tokens"],
        amounts["output_tokens"],
        amounts["input_cached_tokens"],
        models,
    )


def cost(tally: Tally, prices: Mapping[str, tuple[float, float, float]]) -> float:
    """The US dollars of a tally. Raises ConfigError for models without a price."""
    for name, figures in prices.items():
        if not isinstance(figures, tuple | list) or len(figures) != 3:
            raise ConfigError(
                f"The price of {name} is {figures!r}. Give the dollars for a million tokens of input, cached input and "
                f"output: mock.cost(prices={{{name!r}: (…, …, …)}})."
            )
    items: list[LineItem] = []
    unknown: set[str] = set()
    for (_, service, facets), amounts in tally.used.items():
        about = dict(facets)
        model = str(about.get("model", ""))
        if known(service, model, prices):
            items += line_items(service, model, amounts, about.get("batch") is True, prices)
        else:
            unknown.add(model)
    if unknown:
        raise ConfigError(
            f"mockai knows no price of {', '.join(sorted(unknown))}. Give the dollars for a million tokens of input, "
            f"cached input and output: mock.cost(prices={{{min(unknown)!r}: (…, …, …)}})."
        )
    return sum(item.dollars for item in items)
