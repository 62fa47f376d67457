"""What a secret looks like: the keys of every known service by their prefixes, and values by the name they stand under.

One row of `KINDS` for each kind of secret. `found` looks for them in bytes, `labelled` in the value of a header or a
field whose name says what it holds. What only stands for a secret (`sk-XXXX…`, `<API_KEY>`, `test-key`) is none.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

VARIETY = 10
"""Different characters that a secret with a known prefix must have; masked ones (`sk-XXXX…`) have fewer."""
TURNS = 5
"""Times that a secret without a digit must change between small and capital letters; words in a name do it less."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of secret.

    `pattern` finds it: group 1 is what everybody may see (a prefix, or nothing), group 2 the rest; what is matched
    around them is context. One of `hints` stands in every text that has one. `varied` says that it is random, `apart`
    that it does not begin within a word (a pattern that begins with letters, and not with that, is searched faster).
    """

    name: str
    words: str
    pattern: bytes
    hints: tuple[bytes, ...]
    varied: bool = True
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret in some bytes, between `start` and `end`; `public` is the part of it that may be shown."""

    kind: Kind
    secret: bytes
    public: str = ""
    start: int = 0
    end: int = 0

    @property
    def masked(self) -> str:
        """The secret for a report: its public part and its length."""
        shown = f"…{self.public}" if self.kind is EMAIL else f"{self.public}…"
        return f"{shown} ({len(self.secret)} characters)"


def _row(name: str, words: str, public: str, rest: str, *hints: str, before: str = "", varied: bool = True) -> Kind:
    """A kind whose secret is `public` and `rest`, after `before` or wherever no word goes on into it."""
    literal = tuple(hint.encode() for hint in hints or (public.replace("\\", ""),))
    return Kind(name, words, f"{before}({public})({rest})".encode(), literal, varied, not before)


WORD = "[A-Za-z0-9_-]"
INSIDE = frozenset(string.ascii_letters.encode() + string.digits.encode() + b"_-")
"""Bytes behind which no secret begins that is known by its prefix."""
KINDS: tuple[Kind, ...] = (
    _row("anthropic-key", "an Anthropic API key", r"sk-ant-(?:[a-z]+\d\d-)?", WORD + "{20,}", "sk-ant-"),
    _row("openrouter-key", "an OpenRouter API key", "sk-or-(?:v1-)?", "[A-Za-z0-9]{32,}", "sk-or-"),
    _row("langfuse-key", "a Langfuse secret key", "sk-lf-", "[0-9a-f-]{32,}"),
    _row("openai-key", "an OpenAI API key", "sk-(?:proj|svcacct|service|admin|None)-", WORD + "{20,}", "sk-"),
    _row("openai-key", "an OpenAI API key", "sk-", f"{WORD}*T3BlbkFJ{WORD}+", "T3BlbkFJ"),  # in each since 2021
    _row("openai-key", "an OpenAI API key", "sk-", "[A-Za-z0-9]{32,}"),
    _row("openai-session", "an OpenAI session key", "sess-", "[A-Za-z0-9]{32,}"),
    _row("openai-client-secret", "an OpenAI client secret", "ek_", "[A-Za-z0-9]{24,}"),
    _row("webhook-secret", "a webhook's signing secret", "whsec_", "[A-Za-z0-9+/]{20,}=*"),
    _row("aws-key", "an AWS access key id", "(?:AKIA|ASIA|ABIA|ACCA)", r"[A-Z2-7]{16}(?![A-Za-z0-9+/=])",
         "AKIA", "ASIA", "ABIA", "ACCA"),
    _row("aws-secret", "an AWS secret access key", "", r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])", "ecret",
         before=r"(?i:aws_?secret_?(?:access_?)?key)[\"']?\s*[:=]\s*[\"']?"),
    _row("azure-key", "an Azure API key", "", r"[A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{27}(?![A-Za-z0-9])", "JQQJ9",
         before="(?<![A-Za-z0-9_-])"),
    _row("azure-key", "an Azure account key", "", r"[A-Za-z0-9+/]{86}==", "AccountKey=", "SharedAccessKey=",
         before="(?:AccountKey|SharedAccessKey)="),
    _row("azure-key", "an Azure API key", "", r"(?:[0-9a-fA-F]{32}|[A-Za-z0-9]{84})(?![A-Za-z0-9])",
         "api-key", "Api-Key", "API-KEY", "api_key", "API_KEY", "apiKey", "ubscription-", "ubscription_",
         before=r"(?i:api[_-]?key|subscription[_-]key)[\"']?\s*[:=,]\s*[\"']?"),
    _row("google-key", "a Google API key", "AIza", WORD + "{35}(?![A-Za-z0-9_-])"),
    _row("google-token", "a Google access token", r"ya29\.", "[A-Za-z0-9_-]{20,}"),
    _row("google-secret", "a Google client secret", "GOCSPX-", WORD + "{20,}"),
    _row("github-token", "a GitHub token", "gh[pousr]_", "[A-Za-z0-9]{36,}", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _row("github-token", "a GitHub token", "github_pat_", "[A-Za-z0-9_]{22,}"),
    _row("gitlab-token", "a GitLab token", "glpat-", WORD + "{20,}"),
    _row("slack-token", "a Slack token", "xox[abeoprs]-", "[A-Za-z0-9-]{20,}", "xox"),
    _row("slack-token", "a Slack app token", "xapp-", "[A-Za-z0-9-]{20,}"),
    _row("slack-webhook", "a Slack webhook", r"hooks\.slack\.com/(?:services|workflows)/", "[A-Za-z0-9/]{30,}",
         "hooks.slack.com/"),
    _row("huggingface-token", "a Hugging Face token", "hf_", "[A-Za-z0-9]{34,}"),
    _row("stripe-key", "a Stripe key", "[sr]k_(?:live|test)_", "[A-Za-z0-9]{16,}", "k_live_", "k_test_"),
    _row("groq-key", "a Groq API key", "gsk_", "[A-Za-z0-9]{40,}"),
    _row("xai-key", "an xAI API key", "xai-", "[A-Za-z0-9]{60,}"),
    _row("perplexity-key", "a Perplexity API key", "pplx-", "[A-Za-z0-9]{40,}"),
    _row("replicate-token", "a Replicate token", "r8_", "[A-Za-z0-9]{36,}"),
    _row("nvidia-key", "an NVIDIA API key", "nvapi-", WORD + "{40,}"),
    _row("together-key", "a Together API key", "tgp_v1_", WORD + "{32,}"),
    _row("pinecone-key", "a Pinecone API key", "pcsk_", "[A-Za-z0-9_]{40,}"),
    _row("langsmith-key", "a LangSmith API key", "lsv2_(?:pt|sk)_", "[A-Za-z0-9_]{32,}", "lsv2_"),
    _row("tavily-key", "a Tavily API key", "tvly-(?:dev-|prod-)?", "[A-Za-z0-9]{20,}", "tvly-"),
    _row("databricks-token", "a Databricks token", "dapi", "[0-9a-f]{32}(?![0-9A-Za-z])"),
    _row("sendgrid-key", "a SendGrid API key", r"SG\.", r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}"),
    _row("npm-token", "an npm token", "npm_", "[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    _row("pypi-token", "a PyPI token", "pypi-AgE", WORD + "{50,}"),
    _row("digitalocean-token", "a DigitalOcean token", "do[opr]_v1_", "[0-9a-f]{64}", "_v1_"),
    _row("jwt", "a JSON web token", r"eyJ", WORD + r"{8,}\.eyJ" + WORD + r"{8,}\.[A-Za-z0-9_-]{8,}"),
    _row("private-key", "a private key", "-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
         r"(?:\\[rn]|[\sA-Za-z0-9+/=:,.-]){20,20000}?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
         r"|(?:\\[rn]|\s)*[A-Za-z0-9+/=:, -]{20,}", "PRIVATE KEY", before="(?<!-)"),
    _row("bearer-token", "a bearer token", "", r"[A-Za-z0-9._~+/-]{20,}=*(?<!\.)", "earer", "EARER",
         before=r"(?i:(?<![a-z])bearer)(?: |\+|%20)+"),
    _row("cookie", "a cookie of Cloudflare's", "(?:__cf_bm|_cfuvid|cf_clearance)=", r"[A-Za-z0-9._%-]{20,}(?<!\.)",
         "__cf_bm=", "_cfuvid=", "cf_clearance="),
    _row("signed-url", "the signature of a signed URL", "", r"[A-Za-z0-9%+/_-]{20,}=*",
         *("ignature", "sig=", "oken="),
         before=r"[?&](?:amp;|\\u0026)?(?i:sig|signature|x-amz-signature|x-goog-signature|x-amz-security-token)="),
    _row("url-password", "a password in a URL", "", r"[^\s/:@\"'<>\0]{3,}(?=@[A-Za-z0-9])", "://",
         before=r"(?<=[a-z0-9])://[^\s/:@\"'<>\0]{0,60}:", varied=False),
    _row("organization", "an organization id", "org-", "[A-Za-z0-9]{16,}"),
    _row("project", "a project id", "proj_", "[A-Za-z0-9]{16,}"),
)  # fmt: skip
"""Every kind that is known by its looks. Prefixes are those that the services themselves have published."""

OURS = frozenset(("openai-key", "openai-session", "openai-client-secret", "bearer-token"))
TOLERATED = frozenset(("cookie", "signed-url", "url-password", "organization", "project"))
"""Kinds that an answer of the API may hold by right: they are no keys, and recording leaves them as they came."""

KEYS = tuple(kind for kind in KINDS if kind.name not in TOLERATED)
HINTS = b"|".join(sorted({re.escape(hint) for kind in KEYS for hint in kind.hints}))
BRIEF = 300
"""Bytes below which one look for all hints takes less time than one for each."""
LEAST = 20
"""Bytes that the shortest key has."""

EMAIL = _row("email", "an e-mail address", "", r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9-])",
             "@", before="(?<![A-Za-z0-9._%+-])", varied=False)  # fmt: skip
"""An address is a secret for some and not for others: it is looked for by choice."""
NOBODY = re.compile(rb"(?i)@(?:[a-z0-9-]+\.)*(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$")
"""Domains that are nobody's (RFC 2606)."""

TOKEN = Kind("bearer-token", "a bearer token", b"", ())
BASIC = Kind("password", "a user's password", b"", (), varied=False)
API_KEY = Kind("api-key", "an API key", b"", ())
PASSWORD = Kind("password", "a password", b"", ())
COOKIE = Kind("cookie", "a cookie", b"", (), varied=False)
ORGANIZATION = Kind("organization", "an organization id", b"", (), varied=False)
PROJECT = Kind("project", "a project id", b"", (), varied=False)

LABELS: dict[str, Kind] = {
    **dict.fromkeys(("authorization", "proxy-authorization", "x-authorization"), TOKEN),
    **dict.fromkeys(
        ("api-key", "x-api-key", "apikey", "x-goog-api-key", "openai-api-key", "azure-openai-api-key",
         "ocp-apim-subscription-key", "subscription-key", "anthropic-api-key", "x-auth-token", "x-amz-security-token",
         "access-token", "refresh-token", "id-token", "auth-token", "session-token", "client-secret", "secret-key",
         "signing-secret", "private-token", "signature", "sig", "x-amz-signature", "x-goog-signature"), API_KEY),
    **dict.fromkeys(("password", "passwd"), PASSWORD),
    **dict.fromkeys(("cookie", "set-cookie", "set-cookie2"), COOKIE),
    "openai-organization": ORGANIZATION,
    "openai-project": PROJECT,
}  # fmt: skip
"""Names of headers, query parameters and fields whose values are secrets, with dashes."""
SHORTEST = 12
"""Characters that such a value has at least; organizations, projects and cookies may have fewer."""
ATTRIBUTES = frozenset(
    ("path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "version", "priority")
)

STAND_IN = re.compile(
    rb"(?i)redact|dummy|placeholder|example|sanitiz|sanitis|filtered|obfuscat|masked|changeme"
    rb"|not[-_ ](?:a|real|used)[-_ ]?|(?:^|[-_./ ])(?:your|some|any|the)[-_ ]|api[-_]?key|secret[-_]key"
    rb"|access[-_]token|auth[-_]token|cookie[-_]value|<[a-z_ -]+>"
    rb"|\$\{|\{\{|%\{|\*\*\*|\.\.\.|x{6}|([0-9a-z])\1{7}"
    rb"|0?123456789|abcdefgh|(?:^|[-_./ ])(?:fake|test|mock|demo|invalid|wrong|none|null|undefined)(?:[-_./ 0-9]|$)"
)
"""What stands for a secret in a text that was cleaned, or was never meant to have one."""


def found(data: bytes, *, emails: bool = False) -> Iterator[Leak]:
    """Every secret in some bytes that is known by its looks, each place once, with e-mail addresses if asked for."""
    taken: list[tuple[int, int]] = []
    for kind in _hinted(data, (*KINDS, EMAIL) if emails else KINDS):
        for match in compiled(kind.pattern).finditer(data):
            start, end = match.start(1), match.end(2)
            if kind.apart and start and data[start - 1] in INSIDE:
                continue
            if any(start < stop and begin < end for begin, stop in taken):
                continue  # of a kind that is told more exactly
            if kind is EMAIL:
                if NOBODY.search(match[2]) is None:
                    taken.append((start, end))
                    yield Leak(kind, match[2], f"@{match[2].rpartition(b'@')[2].decode()}", start, end)
            elif real(match[2], kind.varied):
                taken.append((start, end))
                yield Leak(kind, data[start:end], _shown(match[1]), start, end)


def likely(data: bytes) -> list[Leak]:
    """Everything in some bytes that has the looks of a key, in the order of its places: what nobody may write down.

    OpenAI's keys and bearer tokens count also where their words say that they only stand for one.
    """
    leaks: list[Leak] = []
    if len(data) < LEAST or (len(data) < BRIEF and compiled(HINTS).search(data) is None):
        return leaks
    for kind in _hinted(data, KEYS):
        for match in compiled(kind.pattern).finditer(data):
            start, end = match.start(1), match.end(2)
            whole = data[start:end]
            if kind.apart and start and data[start - 1] in INSIDE:
                continue
            if any(start < leak.end and leak.start < end for leak in leaks):
                continue
            if is_varied(whole) and (kind.name in OURS or real(match[2])):
                leaks.append(Leak(kind, whole, _shown(match[1]), start, end))
    return sorted(leaks, key=lambda leak: leak.start)


def labelled(label: str, value: str) -> Iterator[Leak]:
    """The secrets in a value because of the name it stands under: a header's, a parameter's, a field's."""
    kind = LABELS.get(_plain(label))
    if kind is None or not value.strip():
        return
    raw = value.strip().encode("utf-8", "surrogateescape")
    if kind is COOKIE:
        yield from _cookies(raw)
    elif kind is TOKEN:
        yield from _credentials(raw)
    elif kind in (ORGANIZATION, PROJECT):
        if _is_id(raw):
            yield Leak(kind, raw, _shown(_prefix(raw)))
    elif len(raw) >= SHORTEST and not re.search(rb"\s", raw) and real(raw, kind.varied):
        yield Leak(kind, raw)


def is_label(name: str) -> bool:
    """Whether what stands under this name is a secret by its name."""
    return _plain(name) in LABELS


def real(candidate: bytes, varied: bool = True) -> bool:
    """Whether something with the looks of a secret may be one, and does not merely stand for it."""
    if STAND_IN.search(candidate):
        return False
    return is_varied(candidate) if varied else len(set(candidate)) > 2


def is_varied(candidate: bytes) -> bool:
    """Whether something is as varied as what was drawn by lot."""
    if len(set(candidate)) < VARIETY:
        return False
    turns = len(re.findall(rb"[a-z](?=[A-Z])|[A-Z](?=[a-z])", candidate))
    return any(byte in b"0123456789" for byte in candidate) or turns >= TURNS


@cache
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    """A pattern made ready once, when it is first needed: there are many, and most commands need none."""
    return re.compile(pattern)


def _hinted(data: bytes, kinds: Iterable[Kind]) -> list[Kind]:
    """The kinds of which some bytes may hold one."""
    possible = []
    for kind in kinds:
        for hint in kind.hints:
            if hint in data:
                possible.append(kind)
                break
    return possible


def _credentials(raw: bytes) -> Iterator[Leak]:
    scheme, _, token = raw.rpartition(b" ")
    if scheme.lower() == b"basic":
        try:
            password = base64.b64decode(token, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            password = b""
        if password and real(password, varied=False):
            yield Leak(BASIC, token, "Basic ")
    elif len(token) >= SHORTEST and real(token) and not any(found(token)):  # its own kind says more
        yield Leak(TOKEN, token)


def _cookies(raw: bytes) -> Iterator[Leak]:
    for pair in raw.split(b";"):
        name, equals, value = pair.strip().partition(b"=")
        if not equals or name.lower().decode("latin-1") in ATTRIBUTES:
            continue
        if len(value) >= 8 and len(set(value)) >= 4 and not STAND_IN.search(pair):
            yield Leak(COOKIE, value, f"{_shown(name)}=")


def _prefix(raw: bytes) -> bytes:
    """What an id of an organization, a user or a project begins with."""
    return next(filter(raw.startswith, (b"org-", b"user-", b"proj_")), b"")


def _is_id(raw: bytes) -> bool:
    """Whether a header's value names somebody: not a row of one letter, nor what stands for a name."""
    name = raw.removeprefix(_prefix(raw))
    return len(set(name.lower())) > 2 and not STAND_IN.search(raw)


def _plain(label: str) -> str:
    return label.strip().lower().replace("_", "-")


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
