"""Images, audio, stored completions and fine-tuning as the users of two major versions of the SDK see them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sdk_media
from sdks import driven

from mockai import MockAI

SEEN: dict[str, Any] = {
    "stored": {
        "listed": True,
        "metadata": {"team": "b"},
        "messages": [[True, "user", "one"]],
        "chosen": True,
        "deleted": True,
        "refused": ["not_found", "completion_id"],
    },
    "tuned": {
        "statuses": ["validating_files", "succeeded"],
        "events": ["The job has successfully completed", True, True],
        "checkpoints": [96, 84, 72],
        "results": "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy",
        "answers": [True, True],
        "deleted": True,
    },
    "drawn": {
        "magic": "RIFF",
        "tokens": 272,
        "events": ["image_generation.partial_image"] * 2 + ["image_generation.completed"],
        "edited": 194,
        "older": [True, True],
    },
    "heard": {"wave": "RIFF", "plain": True, "words": "", "streamed": True},
}


def told(seen: Any) -> Any:
    """What was seen, as JSON has it, without the words that nobody has to say."""
    value = json.loads(json.dumps(seen))
    for name in ("sync", "async"):
        words = value[name]["heard"].pop("words")
        assert words
        assert value[name]["heard"] | {"words": ""} == SEEN["heard"]
        value[name]["heard"] = SEEN["heard"]
    return value


@pytest.mark.parametrize("sdk", ["3", "2"])
def test_the_sdks_see_and_hear(sdk: str) -> None:
    with MockAI() as mock, mock.serve() as url:
        seen = driven(sdk_media, sdk, url)
    assert told({"sync": seen["sync"], "async": seen["async"]}) == {"sync": SEEN, "async": SEEN}
