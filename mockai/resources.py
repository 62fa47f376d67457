"""Stored objects: what earlier requests have created, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock
from .lifecycle import POLL_AFTER_MS, Lifecycle, Move

PATIENCE = 1_000
"""Steps that one object may take before the next request; a lifecycle that never rests is cut off there."""


@dataclass(slots=True, eq=False)
class Resource:
    """A stored object: its `value` is the body that the API shows of it.

    `place` is the path of its collection (`/threads/thread_1/messages`), `number` its rank in the order of creation.
    `content` are the bytes behind it, `private` is what the API knows of it and does not show. `next` is the step of
    its lifecycle that comes next, None at rest; `since` the unix time in seconds of the step before, `looks` how often
    it was asked for since. From the unix time `expires` on the object is gone. `conjured` objects were never created:
    an id nobody knew was asked for, and unknown ids may exist.
    """

    id: str
    place: str
    value: dict[str, Any]
    number: int = 0
    content: bytes | None = None
    private: dict[str, Any] = field(default_factory=dict)
    next: Move | None = None
    since: float = 0.0
    looks: int = 0
    expires: float | None = None
    conjured: bool = False

    @property
    def path(self) -> str:
        """Where the object stands: the place, and its id."""
        return f"{self.place}/{self.id.replace('/', '%2F')}"


class ResourceStore:
    """The stored objects of a scope by the path of their collection, in the order of their creation."""

    def __init__(self, clock: Clock, lifecycle: Lifecycle) -> None:
        self.clock = clock
        self.lifecycle = lifecycle
        self.clear()

    def clear(self) -> None:
        """Forget every object."""
        self._places: dict[str, dict[str, Resource]] = {}
        self._moving: dict[str, Resource] = {}
        self.made = 0

    def add(
        self,
        place: str,
        value: dict[str, Any],
        *,
        id: str | None = None,
        content: bytes | None = None,
        next: Move | None = None,
        expires: float | None = None,
        conjured: bool = False,
        **private: Any,
    ) -> Resource:
        """Store an object (see Resource) under its own id, or `id`, and give it; it replaces one of the same id."""
        self.made += 1
        now = self.clock.now()
        resource = Resource(
            value["id"] if id is None else id,
            place,
            value,
            self.made,
            content,
            private,
            None,
            now,
            0,
            expires,
            conjured,
        )
        objects = self._places.setdefault(place, {})
        objects.pop(resource.id, None)  # what takes its place comes last
        objects[resource.id] = resource
        self.set_out(resource, next)
        return resource

    def set_out(self, resource: Resource, next: Move | None) -> None:
        """Let a resource take another way: `next` is its step from now on, None lets it rest."""
        resource.next, resource.since, resource.looks = next, self.clock.now(), 0
        if next is None:
            self._moving.pop(resource.path, None)
        else:
            self._moving[resource.path] = resource

    def find(self, place: str, id: str) -> Resource | None:
        """The object with that id, None if there is none (any more)."""
        resource = self._places.get(place, {}).get(id)
        if resource is not None and resource.expires is not None and self.clock.now() >= resource.expires:
            self.remove(resource)
            return None
        return resource

    def all(self, place: str) -> list[Resource]:
        """The objects of a collection, the oldest first."""
        found = (self.find(place, id) for id in tuple(self._places.get(place, ())))
        return [resource for resource in found if resource is not None]

    def places(self, start: str) -> Iterator[str]:
        """The collections whose path begins with `start`."""
        return (place for place in tuple(self._places) if place.startswith(start))

    def remove(self, resource: Resource) -> None:
        """Take an object away, and all that stands below it."""
        self._places.get(resource.place, {}).pop(resource.id, None)
        self._moving.pop(resource.path, None)
        below = resource.path + "/"
        for place in [place for place in self._places if place.startswith(below)]:
            del self._places[place]
        for path in [path for path in self._moving if path.startswith(below)]:
            del self._moving[path]

    @property
    def moving(self) -> bool:
        """Whether any object has a step before it."""
        return bool(self._moving)

    def settle(self, spare: str = "") -> None:
        """Move on what time has moved on: everything where lifecycles are instant. Asked before each request.

        `spare` is the path of an object that the request is to stop. Only the Clock moves that on before: where
        nothing takes time, it would have ended before anyone could.
        """
        for _ in range(PATIENCE):
            moving = [each for path, each in self._moving.items() if path != spare or self.lifecycle.seconds]
            if not sum(self._due(each) for each in moving):
                return

    def hurry(self, resource: Resource) -> None:
        """Let an object take all its steps now, whatever lifecycles wait for: a stream tells of each of them."""
        for _ in range(PATIENCE):
            if resource.next is None:
                return
            self._step(resource, self.clock.now())

    def look(self, resource: Resource) -> Resource:
        """Note that a client asks for the object; where looks move lifecycles on, it may take its next step."""
        if self.lifecycle.looks and resource.next is not None:
            resource.looks += 1
            if resource.looks >= self.lifecycle.looks:
                self._step(resource, self.clock.now())
        return resource

    def poll_after_ms(self, resource: Resource) -> int | None:
        """Milliseconds until another look may show something new; None for an object at rest."""
        if resource.next is None:
            return None
        left = resource.since + self.lifecycle.seconds - self.clock.now() if self.lifecycle.seconds else 0.0
        return max(POLL_AFTER_MS, round(left * 1000))

    def _due(self, resource: Resource) -> bool:
        """Take the next step if its time has come."""
        seconds, now = self.lifecycle.seconds, self.clock.now()
        if resource.next is None or self.lifecycle.looks or (seconds and now < resource.since + seconds):
            return False
        self._step(resource, resource.since + seconds if seconds else now)
        return True

    def _step(self, resource: Resource, now: float) -> None:
        step = resource.next
        assert step is not None
        self.set_out(resource, None)
        following = step(resource, now)
        if resource.next is None:  # unless the step itself has sent it another way
            self.set_out(resource, following)
            resource.since = now
