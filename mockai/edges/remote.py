"""Asking a running mockai: what the commands need that look at a server from outside."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigError, EnvironmentFailed


def asked(url: str, what: str, token: str | None = None) -> Any:
    """What the control surface of the server at `url` (its MOCKAI_URL, or just its address) answers to `GET what`.

    A scope in the path of `url` stays. Raises EnvironmentFailed where no mockai answers, ConfigError for what it
    refuses and for a URL that is none.
    """
    import httpx2

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError(f"{url!r} is not the URL of a server: give what it printed as MOCKAI_URL.")
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}/__mockai/"
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx2.get(base + what, headers=headers, trust_env=False, timeout=10)
        told = answer.json()
    except httpx2.TransportError as error:
        raise EnvironmentFailed(f"No server answers at {url}: {error}. Start one with mockai serve.") from None
    except json.JSONDecodeError:
        raise EnvironmentFailed(f"What answers at {url} is not mockai.") from None
    if answer.status_code != 200:
        raise ConfigError(f"The server at {url} refuses: {told['error']['message']}")
    return told
