"""Reading one mapping of a file with every fault named: which file, which exchange, which key, what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import CassetteError
from ..value import value

WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    dict: "a mapping",
    list: "a list",
}


@value(frozen=True, slots=True)
class Fields:
    """A mapping read from a file, and how messages call it (`chat.yaml, exchange 3, line 40: response`)."""

    values: Mapping[str, Any]
    where: str

    def fault(self, what: str) -> CassetteError:
        """An error about this mapping."""
        return CassetteError(f"{self.where}: {what}")

    def maybe(self, key: str, kind: type) -> Any:
        """The value at `key`, checked; None where it is absent or null."""
        value = self.values.get(key)
        if value is None or type(value) is kind:
            return value
        fits = isinstance(value, (int, float) if kind is float else kind) and not (
            isinstance(value, bool) and kind in (int, float)
        )
        if not fits:
            raise self.fault(f"{key} must be {WORDS[kind]}, not {str(value)[:60]!r}.")
        return value

    def need(self, key: str, kind: type) -> Any:
        """The value at `key`, checked."""
        value = self.maybe(key, kind)
        if value is None:
            raise self.fault(f"{key} is missing.")
        return value

    def below(self, key: str) -> Fields:
        """The mapping at `key`."""
        return Fields(self.need(key, dict), f"{self.where}.{key}")

    def whole(self, key: str) -> list[int]:
        """A list of whole numbers, none below zero."""
        values = self.need(key, list)
        if not all(isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in values):
            raise self.fault(f"{key} must be a list of whole numbers, none below 0.")
        return list(values)
