"""Which of the API's services answers an operation: what their answers wear, and how they write their errors.

Two tiers speak. A gateway in front of chat completions, completions and embeddings refuses keys, models and rates; it
indents by four spaces and names no version. The services behind it do all the rest, indent by two, and say which
version answered and how long it took. Both, and which endpoints tell of rate limits, are as in recorded traffic since
2025. Azure has headers and two errors of its own.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from random import Random
from uuid import UUID

import orjson

from .call import Call
from .costs import PICTURES, pictures
from .dice import dice, mark
from .errors import ApiError
from .http import Chunk, Headers, Reply, header
from .ratelimit import RateLimit

VERSION = "2020-10-01"  # the value of openai-version on every recorded answer since 2020
VERSIONED = (("openai-version", VERSION),)
ORGANIZATION, PROJECT = "mockai", "proj_mockai"
REGION = "East US 2"

LIMITED = {
    "chat.completions.create": ("requests", "tokens"),
    "completions.create": ("requests", "tokens"),
    "embeddings.create": ("requests", "tokens"),
    "responses.create": ("requests", "tokens"),
    "beta.responses.create": ("requests", "tokens"),
    "responses.compact": ("requests", "tokens"),
    "audio.transcriptions.create": ("requests",),
    "audio.translations.create": ("requests",),
}
"""What the `x-ratelimit-*` headers of an operation tell of; no other operation sends any."""

GATEWAY = frozenset(("chat.completions.create", "completions.create", "embeddings.create"))
REFUSED = frozenset((401, 403, 404, 429))
"""What the gateway says itself: a bad key, a forbidden or unknown model, too much."""

TELLING = frozenset((200, 429))
"""Statuses whose answers tell of rate limits; a 400 does behind the gateway, which has counted it by then."""

NAMED = frozenset(("completions.create", "embeddings.create"))
"""Operations that name the model in a header, `openai-model`."""


AZURE = {
    401: "Access denied due to invalid subscription key or wrong API endpoint. Provide a valid key for an active "
    "subscription, and the regional endpoint of the resource.",
    404: "Resource not found",
    429: "Requests to this deployment have exceeded the rate limit of its pricing tier.",
}
"""What Azure's front door says."""

FILTERED = {
    "type": None,
    "status": 400,
    "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}},
}
"""What Azure adds to the error of a prompt that its content filter stops."""

UNDEPLOYED = {"code": "DeploymentNotFound", "message": "There is no deployment of this name. A new one takes minutes."}
"""What Azure has instead of a model that does not exist: a deployment that does not."""


def worn(call: Call, status: int, limit: RateLimit, now: float) -> Headers:
    """The headers that an answer of this status has beside its own, at a unix time in seconds."""
    dated = ("date", _date(int(now)))
    if call.azure:
        return (dated, *_azure(call, status, limit, now, dice("identity", call.seed, call.number)))
    name, identity = call.name, mark("identity", call.seed, call.number)
    request_id = ("x-request-id", "req_" + identity.hex())
    telling = status in TELLING or (status == 400 and name in GATEWAY)
    limits = limit.headers(call, _limited(call), now) if telling else ()
    if _gateway(call, status):
        return (dated, ("vary", "Origin"), request_id, *limits)
    processing = str(80 + int.from_bytes(identity[:2], "big") % 820)
    model = call.body.get("model") if name in NAMED and isinstance(call.body, dict) else None
    return (
        dated,
        *(VERSIONED if status < 500 else ()),
        ("openai-organization", call.request.header("openai-organization") or ORGANIZATION),
        ("openai-project", call.request.header("openai-project") or PROJECT),
        ("openai-processing-ms", processing),
        *((("openai-model", model),) if isinstance(model, str) and model.isascii() and model.isprintable() else ()),
        ("x-openai-proxy-wasm", "v0.1"),
        request_id,
        *limits,
        *((("www-authenticate", 'Bearer realm="OpenAI API"'),) if status == 401 else ()),
    )


def told(error: ApiError, call: Call) -> Reply:
    """An error as the service that raises it writes it."""
    if call.azure and (error.status in (401, 429) or (error.status == 404 and call.operation is None)):
        return _brief(error)
    if call.azure and error.error["code"] == "content_filter":
        error.error |= FILTERED
    if call.deployment and error.error["code"] == "model_not_found":
        error.error |= UNDEPLOYED
    if not _gateway(call, error.status):
        return error.reply()
    body = _indented(orjson.dumps({"error": error.error}, option=orjson.OPT_INDENT_2))
    media = ("content-type", "application/json; charset=utf-8")
    return Reply(error.status, (media, *error.headers), (Chunk(0, body),))


def _gateway(call: Call, status: int) -> bool:
    return status in REFUSED and call.name in GATEWAY and not call.azure


def _indented(body: bytes) -> bytes:
    """JSON indented by two, indented by four, and a line feed at its end."""
    lines = body.split(b"\n")
    return b"\n".join(b" " * (len(line) - len(line.lstrip(b" "))) + line for line in lines) + b"\n"


def _limited(call: Call) -> tuple[str, ...]:
    """What the headers of a call's answer tell the limits of: of pictures, too, where a chat has some; of nothing
    where a response is made in the background.
    """
    name, body = call.name, call.body if isinstance(call.body, dict) else {}
    if name.endswith("responses.create") and body.get("background"):
        return ()
    names = LIMITED.get(name, ())
    return (PICTURES, *names) if name == "chat.completions.create" and pictures(body) else names


def _azure(call: Call, status: int, limit: RateLimit, now: float, rng: Random) -> Headers:
    """Azure's front door, and the limits of a deployment: whole seconds, and the period they renew in."""
    wear: Headers = (
        ("apim-request-id", _uuid(rng)),
        ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
        ("x-content-type-options", "nosniff"),
        ("x-ms-region", REGION),
    )
    names = LIMITED.get(call.name, ())
    if call.name.startswith("realtime."):  # passed on to a service that names itself
        wear += (("openai-processing-ms", str(rng.randint(20, 200))), ("openai-version", VERSION))
    if not names or status >= 400:
        return wear
    model = call.deployment or (call.body.get("model") if isinstance(call.body, dict) else None)
    key = str(model) if model and str(model).isascii() and str(model).isprintable() else "default"
    return (
        *wear,
        ("x-request-id", _uuid(rng)),
        ("x-ms-rai-invoked", "true"),
        ("x-ms-deployment-name", key),
        ("x-ratelimit-abusepenalty-active", "False"),
        ("x-ratelimit-key", key),
        *limit.headers(call, names, now),
    )


def _brief(error: ApiError) -> Reply:
    """The errors of Azure's front door: a code that is the status as a text, and no type."""
    wait = header(error.headers, "retry-after")
    message = AZURE[error.status] + (f" Please retry after {wait} seconds." if wait else "")
    body = orjson.dumps({"error": {"code": str(error.status), "message": message}})
    return Reply(error.status, (("content-type", "application/json"), *error.headers), (Chunk(0, body),))


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    """A unix time as HTTP writes it."""
    return formatdate(second, usegmt=True)
