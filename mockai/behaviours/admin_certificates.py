"""Certificates: uploaded to an organization, and active there or in single projects."""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from datetime import UTC, datetime
from typing import Any

from .. import kinds, pages
from ..admit import query_of
from ..answers import answer
from ..call import Call
from ..errors import BadRequest
from ..http import Reply
from ..resources import Resource
from . import Mock, behaviour

ORGANIZATION = "admin.organization"
CERTIFICATES = "/organization/certificates"
WHOLE = ""
"""Where a certificate is active in the whole organization; in a project it is active in the project's id."""

YEAR_SECONDS = 365 * 24 * 3600
VALIDITY = re.compile(rb"\x17\x0d(?P<short>\d{12})Z|\x18\x0f(?P<long>\d{14})Z")
"""A time in a certificate as DER writes it: UTCTime with two digits for the year, or GeneralizedTime."""


@behaviour(f"{ORGANIZATION}.certificates.create")
def upload(call: Call, mock: Mock) -> Reply:
    """A certificate, with the times it is valid from and until; it is active nowhere yet."""
    text = kinds.fields(call)["certificate"]
    begins, ends = validity(text) or (int(mock.clock.now()), int(mock.clock.now()) + YEAR_SECONDS)
    certificate = kinds.made(call, mock, certificate_details={"valid_at": begins, "expires_at": ends})
    certificate.content = text.encode()
    return answer(_alone(certificate))


@behaviour(f"{ORGANIZATION}.certificates.retrieve")
def retrieve(call: Call, mock: Mock) -> Reply:
    """One certificate; its text only where it is asked for."""
    assert call.operation is not None
    certificate = kinds.found(call, mock)
    value = _alone(certificate)
    if "content" in ((query_of(call, call.operation) or {}).get("include") or ()):
        text = (certificate.content or b"").decode()
        value["certificate_details"] = {**value["certificate_details"], "content": text}
    return answer(value)


@behaviour(f"{ORGANIZATION}.certificates.update")
def rename(call: Call, mock: Mock) -> Reply:
    """A certificate with another name."""
    certificate = kinds.found(call, mock)
    certificate.value["name"] = kinds.fields(call).get("name", certificate.value["name"])
    return answer(_alone(certificate))


@behaviour(f"{ORGANIZATION}.certificates.delete")
def delete(call: Call, mock: Mock) -> Reply:
    """A certificate less; one that is active somewhere stays."""
    certificate = kinds.found(call, mock)
    if any(certificate.private.values()):
        raise BadRequest(f"Certificate {certificate.id} is active and cannot be deleted. Deactivate it first.")
    return kinds.delete(call, mock)


def list_(call: Call, mock: Mock) -> Reply:
    """The certificates of the organization, or those that a project has ever used, and whether they are active."""
    kinds.existing(call, mock)
    scope = call.values.get("project_id", WHOLE)
    found = [each for each in mock.resources.all(CERTIFICATES) if scope == WHOLE or scope in each.private]
    shown = [Resource(each.id, each.place, _scoped(each, scope)) for each in found]
    return answer(pages.listed(call, shown, lenient=mock.missing == "conjure"))


def activate(call: Call, mock: Mock) -> Reply:
    """Certificates that are trusted from now on."""
    return _switched(call, mock, on=True)


def deactivate(call: Call, mock: Mock) -> Reply:
    """Certificates that are trusted no longer."""
    return _switched(call, mock, on=False)


for _above in (ORGANIZATION, f"{ORGANIZATION}.projects"):
    behaviour(f"{_above}.certificates.list")(list_)
    behaviour(f"{_above}.certificates.activate")(activate)
    behaviour(f"{_above}.certificates.deactivate")(deactivate)


def validity(text: str) -> tuple[int, int] | None:
    """The unix seconds from which and until which a certificate in PEM form is valid; None if it cannot be read."""
    inner = re.search(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", text, re.DOTALL)
    try:
        times = [_seconds(found) for found in VALIDITY.finditer(a2b_base64(inner[1]) if inner else b"")]
    except (Error, ValueError):
        return None
    return (times[0], times[1]) if len(times) > 1 else None


def _seconds(found: re.Match[bytes]) -> int:
    digits, year = ((found["long"] or found["short"]).decode(), "%Y" if found["long"] else "%y")
    return int(datetime.strptime(digits, f"{year}%m%d%H%M%S").replace(tzinfo=UTC).timestamp())


def _switched(call: Call, mock: Mock, *, on: bool) -> Reply:
    kinds.existing(call, mock)
    scope = call.values.get("project_id", WHOLE)
    ids = kinds.fields(call)["certificate_ids"]
    chosen = [kinds.named(CERTIFICATES, id, mock, call) for id in ids]  # all of them, or none
    for certificate in chosen:
        certificate.private[scope] = on
    shown = [Resource(each.id, each.place, _scoped(each, scope)) for each in chosen]
    return answer(pages.envelope(call, shown, more=False))


def _alone(certificate: Resource) -> dict[str, Any]:
    """A certificate by itself, without the places where it is active."""
    value = {name: part for name, part in certificate.value.items() if name != "active"}
    return {**value, "object": "certificate"}


def _scoped(certificate: Resource, scope: str) -> dict[str, Any]:
    """A certificate as a member of a list."""
    kind = "organization.certificate" if scope == WHOLE else "organization.project.certificate"
    active = bool(certificate.private.get(scope))
    return {**_alone(certificate), "object": kind, "active": active}
