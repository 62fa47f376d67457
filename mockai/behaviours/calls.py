"""Spoken calls: the answer to a caller's SDP offer, and what may be done to a call while it rings or runs.

Calls over WebRTC are made here and run at once. Calls by phone come in from elsewhere, announced by a webhook: an id
that was never made here and begins as theirs do is one that rings.
"""

from __future__ import annotations

import re
from random import Random

from .. import kinds
from ..call import Call
from ..collection import collection, place
from ..dice import HEX, LETTERS, token
from ..errors import BadRequest
from ..http import Reply
from ..resources import Resource
from . import Mock

RINGING, RUNNING, ENDED = "ringing", "active", "ended"

LEADS = {
    "accept": (RINGING, RUNNING),
    "reject": (RINGING, ENDED),
    "refer": (RUNNING, ENDED),
    "hangup": (RUNNING, ENDED),
}
"""What a verb needs a call to be, and what the call is then."""

MEDIA = {
    "audio": ("a=rtpmap:96 opus/48000/2", "a=fmtp:96 minptime=10;useinbandfec=1", "a=rtcp-mux", "a=sendrecv"),
    "application": ("a=sctp-port:5000", "a=max-message-size:1073741823"),
}
"""What an answer says of each section of an offer, beside its transport."""


def lead(call: Call, mock: Mock) -> Reply:
    """Do to a call what the last word of the path says. Raises BadRequest for one that is not in the state for it."""
    assert call.operation is not None
    verb = call.operation.path.rpartition("/")[2]
    needed, status = LEADS[verb]
    resource = _named(call, mock)
    now = resource.value["status"]
    if now != needed and not resource.conjured:
        raise BadRequest(f"Cannot {verb} {collection(call.operation).noun} with status '{now}'.")
    resource.value["status"] = status
    return Reply(200)


def _named(call: Call, mock: Mock) -> Resource:
    """The call that a path names. Raises NotFound where no call could have that id."""
    assert call.operation is not None
    where, id = place(call)
    if mock.resources.find(where, id) is None and id.startswith(collection(call.operation).prefix):
        return mock.resources.add(where, {"id": id, "status": RINGING})
    resource = kinds.found(call, mock)
    resource.value.setdefault("status", RINGING)
    return resource


def answered(offer: str, rng: Random, now: float) -> str:
    """An SDP answer (RFC 8866) to an offer: a section for each of its own, in the same order and by the same names.

    Nobody listens at its addresses: a peer finds no candidate to connect to.
    """
    name, secret = token(rng, 8, LETTERS), token(rng, 32, LETTERS)
    print_ = ":".join(token(rng, 2, HEX.upper()) for _ in range(32))
    transport = (f"a=ice-ufrag:{name}", f"a=ice-pwd:{secret}", "a=setup:active")
    sections = re.split(r"(?m)^(?=m=)", offer.replace("\r\n", "\n"))[1:] or [
        "m=audio 9 UDP/TLS/RTP/SAVPF 96\na=mid:0\n"
    ]
    lines = ["v=0", f"o=- {rng.getrandbits(62)} {int(now)} IN IP4 0.0.0.0", "s=-", "t=0 0"]
    mids = [found[1] for each in sections if (found := re.search(r"(?m)^a=mid:(\S+)", each))]
    lines += [f"a=group:BUNDLE {' '.join(mids)}", "a=ice-lite", f"a=fingerprint:sha-256 {print_}"]
    for each, mid in zip(sections, mids or ["0"], strict=False):
        kind = each[2:].partition(" ")[0]
        end = "UDP/TLS/RTP/SAVPF 96" if kind == "audio" else "UDP/DTLS/SCTP webrtc-datachannel"
        lines += [f"m={kind} 9 {end}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", *transport, *MEDIA.get(kind, ())]
    return "\r\n".join(lines) + "\r\n"
