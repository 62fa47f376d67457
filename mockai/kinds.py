"""What the eight plain kinds of operation do to stored objects: all that most operations need.

Each is a function from a Call to a Reply, as a behaviour is; a behaviour that differs in part calls the same parts:
`found`, `made`, `shown`, `listed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from . import objects, pages
from .admit import body_of
from .answers import answer, content
from .call import Call
from .collection import Collection, collection, collections, parents, place
from .dice import dice
from .errors import BadRequest
from .http import Reply
from .lifecycle import through
from .operations import Operation
from .resources import Resource

if TYPE_CHECKING:
    from random import Random

    from .behaviours import Mock

ENDED = frozenset(("completed", "failed", "cancelled", "canceled", "expired", "succeeded", "incomplete", "ended"))
"""Statuses that nothing leads out of."""


# -- the parts


def fields(call: Call) -> dict[str, Any]:
    """What the body of a call says, whether it came as JSON or as a form; {} where there is none."""
    assert call.operation is not None
    return body_of(call, call.operation) or {}


def chance(call: Call, mock: Mock) -> Random:
    """The dice for what a call leaves open; another throw for each object that the store has seen."""
    return dice(call.seed, call.name, mock.resources.made)


def existing(call: Call, mock: Mock) -> None:
    """Raise the API's 404 for a call below an object that does not exist: a message of an unknown thread."""
    if mock.missing == "conjure":
        return
    for kind, where, id in parents(call):
        if mock.resources.find(where, id) is None:
            raise kind.not_found(id)


def found(call: Call, mock: Mock) -> Resource:
    """The object that the path of a call names. Raises NotFound in the API's words, or conjures it up."""
    assert call.operation is not None
    existing(call, mock)
    where, id = place(call)
    return at(collection(call.operation), where, id, mock, call)


def named(path: str, id: str, mock: Mock, call: Call) -> Resource:
    """The object with an id that a body names, in a collection without parameters: `named("/files", id, …)`."""
    return at(collections()[path], path, id, mock, call)


def at(kind: Collection, where: str, id: str, mock: Mock, call: Call) -> Resource:
    """The object `id` of the collection at the path `where`. Raises NotFound in the API's words, or conjures it up."""
    resource = mock.resources.find(where, id)
    if resource is not None:
        return resource
    if mock.missing != "conjure":
        raise kind.not_found(id)
    return mock.resources.add(
        where, _conjured(kind, id, call, mock), id=id, content=b"mockai made this up.\n", conjured=True
    )


def made(call: Call, mock: Mock, given: Mapping[str, Any] | None = None, **known: Any) -> Resource:
    """A new object in the collection of a call, as its body (or `given`) wants it; `known` are values beyond that.

    It goes the collection's way through its statuses. Raises NotFound where the object above it does not exist.
    """
    assert call.operation is not None
    existing(call, mock)
    kind = collection(call.operation)
    where, _ = place(call)
    rng, now = chance(call, mock), mock.clock.now()
    own = {**call.values, "id": kind.id(rng)}
    if kind.statuses:
        own["status"] = kind.statuses[0]
    own |= known
    assert kind.item is not None
    told = {name: part for name, part in (fields(call) if given is None else given).items() if part is not None}
    value = objects.fresh(kind.item, {**kind.defaults, **told}, rng, now, **own)
    resource = mock.resources.add(where, value, id=value.get("id") or own["id"])
    mock.resources.set_out(resource, through(*kind.statuses[1:]))
    return resource


def shown(call: Call, mock: Mock, resource: Resource) -> Reply:
    """The answer that shows an object as the call's operation does; what still moves says when to look again."""
    assert call.operation is not None
    wait = mock.resources.poll_after_ms(resource)
    headers = () if wait is None else (("openai-poll-after-ms", str(wait)),)
    value = resource.value
    if call.operation.result is not None:
        value = objects.seen(call.operation.result, value, chance(call, mock), mock.clock.now())
    return answer(value, headers=headers)


# -- the kinds


def list_(call: Call, mock: Mock) -> Reply:
    """A page of a collection."""
    existing(call, mock)
    where, _ = place(call)
    resources = [mock.resources.look(each) for each in mock.resources.all(where)]
    return answer(pages.listed(call, resources, lenient=mock.missing == "conjure"))


def create(call: Call, mock: Mock) -> Reply:
    """A new object."""
    return shown(call, mock, made(call, mock))


def retrieve(call: Call, mock: Mock) -> Reply:
    """One object as it is now."""
    return shown(call, mock, mock.resources.look(found(call, mock)))


def update(call: Call, mock: Mock) -> Reply:
    """One object with new values for what the body speaks of."""
    resource = found(call, mock)
    kind = collection(_row(call))
    assert kind.item is not None
    before = dict(resource.value)
    if objects.changed(kind.item, resource.value, fields(call)) != before:
        objects.touched(resource.value, mock.clock.now())
    return shown(call, mock, resource)


def delete(call: Call, mock: Mock) -> Reply:
    """One object less; the answer says so by its id."""
    resource = found(call, mock)
    row = _row(call)
    mock.resources.remove(resource)
    if row.result is None:
        return answer({"id": resource.id, "object": collection(row).deleted, "deleted": True})
    known: dict[str, Any] = {**call.values, "id": resource.id, "deleted": True}
    if collection(row).deleted is not None:
        known["object"] = collection(row).deleted
    given = resource.value if row.result == collection(row).item else {}
    gone = objects.fresh(row.result, given, chance(call, mock), mock.clock.now(), **known)
    return answer({name: gone[name] for name in ("id", "object", "deleted") if name in gone} | gone)


def transition(call: Call, mock: Mock) -> Reply:
    """One object on its way to another status. Raises BadRequest where what has ended would be ended once more."""
    resource, row = found(call, mock), _row(call)
    assert row.to is not None
    status = resource.value.get("status")
    verb = row.path.rpartition("/")[2]
    if status in ENDED and not resource.conjured:
        raise BadRequest(f"Cannot {verb} {collection(row).noun} with status '{status}'.")
    lead(resource, row.to, mock)
    return shown(call, mock, resource)


def lead(resource: Resource, status: str, mock: Mock) -> None:
    """Give an object another status at once; one that is `cancelling` will be cancelled."""
    step = through(status, *(("cancelled",) if status == "cancelling" else ()))
    assert step is not None
    mock.resources.set_out(resource, step(resource, mock.clock.now()))


def singleton(call: Call, mock: Mock) -> Reply:
    """The one object of a path: looked at, changed, or set back to what it was before anyone changed it."""
    existing(call, mock)
    row, (where, _) = _row(call), place(call)
    kind = collection(row)
    assert kind.item is not None
    assert row.result is not None
    resource = mock.resources.find(where, "")
    if row.method == "DELETE":
        if resource is not None:
            mock.resources.remove(resource)
        return answer(objects.fresh(row.result, {}, chance(call, mock), mock.clock.now(), deleted=True))
    if resource is None:
        value = objects.fresh(kind.item, kind.defaults, chance(call, mock), mock.clock.now(), **call.values)
        resource = mock.resources.add(where, value, id="")
    if row.method == "POST":
        objects.changed(kind.item, resource.value, fields(call))
    return shown(call, mock, resource)


def content_(call: Call, mock: Mock) -> Reply:
    """The bytes behind an object."""
    return content(found(call, mock).content or b"")


KINDS: Mapping[str, Callable[[Call, Mock], Reply]] = {
    "list": list_,
    "create": create,
    "retrieve": retrieve,
    "update": update,
    "delete": delete,
    "transition": transition,
    "singleton": singleton,
    "content": content_,
}


def _row(call: Call) -> Operation:
    assert call.operation is not None
    return call.operation


def _conjured(kind: Collection, id: str, call: Call, mock: Mock) -> dict[str, Any]:
    """What an object looks like that nobody has created: the same for the same id, and at the end of its way."""
    rng, now = dice(call.seed, kind.path, id), mock.clock.now()
    known = {**call.values, "id": id}
    if kind.statuses:
        known["status"] = kind.statuses[-1]
    return objects.fresh(kind.item, kind.defaults, rng, now, **known) if kind.item else {"id": id}
