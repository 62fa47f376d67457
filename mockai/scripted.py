"""Scripting beforehand: the verbs of a MockAI that say what is answered, what goes wrong, and what must happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .errors import VerificationError

if TYPE_CHECKING:
    from threading import RLock

    from .behaviours import Mock
    from .conversations import Conversation
    from .drifted import Drifted
    from .faults import Fault
    from .injections import Injection
    from .stubs import Stub, When


class Scripted:
    """What a mock was told to answer, and whether all of it was asked for."""

    stubs: list[Stub]
    injections: list[Injection]
    misses: list[str]
    drift: list[Drifted]
    lock: RLock

    def on(self, operation: str, /, *when: When, **where: Any) -> Stub:
        """Declare a stub: `mock.on("chat.completions.create", model="gpt-5").reply("Hello!")`.

        `operation` is the SDK's dotted name or `METHOD /path`; each keyword is a parameter of the call, in the path,
        the query or the body. Deeper fields are written `messages__0__content` (`messages___1__content` counts from
        the end); values may be conditions (`contains`, `matches`, `anything`), functions, and for a model `gpt-5*`.
        `last_user`, `system`, `turn`, `has_tool`, `headers`, `query`, `parts` and `key` are about the whole call, as
        keywords where the operation has no parameter of that name, or in `when`: there also stand dicts of paths
        (`{"/messages/0/content": "Hi"}`) and functions of the Call.
        Raises StubError for an operation or parameter that does not exist.
        """
        from .stubs import Stub

        stub = Stub(operation, where, when=when, mock=_mock(self))
        with self.lock:
            self.stubs.append(stub)
        return stub

    def conversation(self, operation: str, /, *when: When, **where: Any) -> Conversation:
        """Script a whole agent loop: `mock.conversation("chat.completions.create").user(contains("weather"))
        .call_tool("get_weather", city="Paris").tool_result("get_weather").reply("It is sunny.")`.

        Conditions are those of `on`. The history that a call brings along says which turn it has come to; where it
        went another way the call is refused with the turn, what was expected and what came.
        Raises StubError as `on` does, and for an operation whose requests have no history.
        """
        from .conversations import Conversation

        talk = Conversation(operation, where, when=when, mock=_mock(self))
        with self.lock:
            self.stubs.append(talk)
        return talk

    def inject(
        self,
        *faults: Fault,
        operation: str | None = None,
        times: int | None = None,
        every: int = 1,
        probability: float = 1.0,
        seed: int = 0,
    ) -> Injection:
        """Let `faults` (see `mockai.faults`) strike calls, whoever answers: `mock.inject(close(chunks=3), times=2)`.

        They strike calls of one `operation` or of all; each, or every n-th, or with a probability that `seed` throws
        the dice for. Raises StubError for an operation that does not exist, and for figures that cannot be.
        """
        from .injections import Injection

        injection = Injection(faults, operation, times, every, probability, seed)
        with self.lock:
            self.injections.append(injection)
        return injection

    def unused(self) -> list[str]:
        """What the stubs promised and did not happen, in words."""
        return [words for stub in self.stubs if (words := stub.unmet())]

    def verify(self, *, unused: bool = True) -> None:
        """Raise VerificationError unless every request was answered and (with `unused`) every stub used as promised.

        In record mode `verify`, also where an answer of the upstream has another shape than the recorded one.
        """
        wrong = [*self.misses, *(self.unused() if unused else ())]
        if self.drift:
            from .drifted import told

            wrong += told(self.drift)
        if wrong:
            raise VerificationError("\n".join(wrong))


def _mock(scripted: Scripted) -> Mock:
    return cast("Mock", scripted)
