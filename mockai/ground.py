"""What the schemas say may stand at a place of an answer, step by step from its root."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

from .expected import EVERY, Resolver, Schema, alternatives, choices, kinds, tags
from .registry import Reading, registry


class Ground:
    """The schemas that a place may have, of which what was met on the way there has left these.

    `free` says that users choose what stands here (metadata, the parameters of a tool), so that no shape is expected.
    """

    def __init__(self, resolver: Resolver, arms: tuple[Schema, ...], *, free: bool = False) -> None:
        self.resolver, self.arms, self.free = resolver, arms, free
        self._narrowed: dict[tuple[Any, ...], Ground] = {}
        self._members: dict[str, Ground | None] = {}
        self._items: Ground | None = None
        self._tags: tuple[dict[str, tuple[str, ...]], ...] | None = None

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The JSON types that may stand here."""
        return frozenset().union(*(kinds(self.resolver, arm) for arm in self.arms)) if self.arms else EVERY

    @cached_property
    def words(self) -> frozenset[str] | None:
        """The strings that may stand here, None where any may."""
        found: set[str] = set()
        for arm in self.arms:
            if "string" not in kinds(self.resolver, arm):
                continue
            offered = choices(self.resolver, arm)
            if offered is None:
                return None
            found.update(each for each in offered if isinstance(each, str))
        return frozenset(found) or None

    @cached_property
    def objects(self) -> tuple[dict[str, Any], ...]:
        """Those of the schemas that an object may have."""
        return tuple(arm for arm in self.arms if isinstance(arm, dict) and "object" in kinds(self.resolver, arm))

    def narrowed(self, value: dict[str, Any]) -> Ground:
        """The ground of this very object: of a union, the variants that its constants (`type`, `object`) point at."""
        objects = self.objects
        if len(objects) < 2:
            return self
        if self._tags is None:
            told = [tags(self.resolver, arm) for arm in objects]
            self._tags = tuple({name: tag.values for name, tag in each.items()} for each in told)
        names = sorted({name for each in self._tags for name in each})
        key = tuple(value.get(name) if isinstance(value.get(name), str) else None for name in names)
        if key not in self._narrowed:
            ranks = [_misfits(each, value) for each in self._tags]
            arms = tuple(arm for arm, rank in zip(objects, ranks, strict=True) if rank == min(ranks))
            self._narrowed[key] = Ground(self.resolver, arms, free=self.free)
        return self._narrowed[key]

    def member(self, name: str) -> Ground | None:
        """The ground of a field; None where no schema knows it."""
        if name not in self._members:
            self._members[name] = self._member(name)
        return self._members[name]

    def _member(self, name: str) -> Ground | None:
        known = [arm["properties"][name] for arm in self.objects if name in arm.get("properties", {})]
        if known:
            ground = Ground(self.resolver, tuple(alternatives(self.resolver, known)))
            ground.free = any(_free(arm) for arm in ground.arms)
            return ground
        return ANYTHING if self.free or any(_free(arm) for arm in self.objects) else None

    def needs(self, name: str) -> bool:
        """Whether a field is always there."""
        objects = self.objects
        return bool(objects) and all(name in arm.get("required", ()) for arm in objects)

    @property
    def items(self) -> Ground | None:
        """The ground of an item, None where no schema knows it."""
        if self._items is None:
            inner = [arm["items"] for arm in self.arms if isinstance(arm, dict) and "items" in arm]
            self._items = Ground(self.resolver, tuple(alternatives(self.resolver, inner))) if inner else None
        return self._items


ANYTHING = Ground(Resolver(True), (True,), free=True)


def _free(arm: Schema) -> bool:
    """Whether a schema lets users choose the names of fields."""
    if not isinstance(arm, dict):
        return arm
    if "properties" in arm or arm.get("type") not in ("object", ["object", "null"], None):
        return bool(arm.get("additionalProperties")) and "properties" not in arm
    return arm.get("additionalProperties") is not False and not arm.keys() & {"enum", "const", "anyOf", "$ref"}


def _misfits(tags: dict[str, tuple[str, ...]], value: dict[str, Any]) -> tuple[int, int]:
    """How many constants of a variant an object contradicts: those of one value, and those of several."""
    wrong = [len(words) for name, words in tags.items() if value.get(name) not in (None, *words)]
    absent = sum(len(words) == 1 and name not in value for name, words in tags.items())
    return sum(each == 1 for each in wrong) + absent, sum(each > 1 for each in wrong)


def ground_of(schema: Schema) -> Ground:
    """The ground of a whole value by a schema."""
    resolver = Resolver(schema)
    return Ground(resolver, tuple(alternatives(resolver, [schema])))


@cache
def ground(name: str, reading: Reading) -> Ground:
    """The ground of a whole value by the schema called `name`."""
    return ground_of(registry().schema(name, reading))
