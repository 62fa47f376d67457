"""A mock around a block, a function or a class, for unittest, Django and whatever else has no fixtures."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, TypeVar, cast, overload

from ..errors import VerificationError
from ..mock import MockAI
from .blocking import Watch, installed
from .host import bypassed, environment, host

T = TypeVar("T", bound=Callable[..., Any])


class Mocked:
    """A mock that clients find in their environment while the block, the function or a method of the class runs.

    Entering gives the MockAI; a function gets it as its argument `mock`, or, as with `unittest.mock.patch`, as one more
    positional argument. The end raises VerificationError if a request was answered by nobody, a stub was not used, or
    no request came at all.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.open: list[ExitStack] = []

    def __enter__(self) -> MockAI:
        mock = MockAI(**self.options)
        with ExitStack() as stack:
            watch = stack.enter_context(installed(Watch()))
            server = host()
            watch.ours.add(server.port)
            name, mock.url = server.open(mock)
            stack.push(functools.partial(self._verified, mock, watch))
            stack.callback(mock.close)
            stack.callback(server.scopes.close, name)
            stack.enter_context(environment(mock))
            self.open.append(stack.pop_all())
        return mock

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self.open.pop().__exit__(kind, error, trace)

    @staticmethod
    def _verified(mock: MockAI, watch: Watch, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            past = bypassed(mock, watch.reaches, "`mock_openai`")
            if past:
                raise VerificationError(past)
            mock.verify()

    def __call__(self, target: T) -> T:
        """Decorate a function, or every method of a class whose name begins with `test`."""
        if isinstance(target, type):
            for name, method in list(vars(target).items()):
                if name.startswith("test") and inspect.isfunction(method):
                    setattr(target, name, self(method))
            return target
        given = _giving(target)

        @functools.wraps(target)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with Mocked(self.options) as mock:
                return await given(mock, *args, **kwargs)

        @functools.wraps(target)
        def called(*args: Any, **kwargs: Any) -> Any:
            with Mocked(self.options) as mock:
                return given(mock, *args, **kwargs)

        wrapped: Any = awaited if inspect.iscoroutinefunction(target) else called
        wrapped.__signature__ = _outwardly(target)
        return cast("T", wrapped)


def _giving(target: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the mock as its first argument, which it hands on as `mock=`, or else as the last one."""
    if "mock" in inspect.signature(target).parameters:
        return lambda mock, *args, **kwargs: target(*args, mock=mock, **kwargs)
    return lambda mock, *args, **kwargs: target(*args, mock, **kwargs)


def _outwardly(target: Callable[..., Any]) -> inspect.Signature:
    """The signature for those who call it, such as pytest, which gives fixtures to all that stands there."""
    signature = inspect.signature(target)
    names = [name for name in signature.parameters if name not in ("self", "cls")]
    own = "mock" if "mock" in names else next(iter(names), "")
    return signature.replace(parameters=[each for name, each in signature.parameters.items() if name != own])


@overload
def mock_openai(target: T, /) -> T: ...


@overload
def mock_openai(**options: Any) -> Mocked: ...


def mock_openai(target: Any = None, /, **options: Any) -> Any:
    """A mock in the environment (OPENAI_BASE_URL, OPENAI_API_KEY, NO_PROXY), as a context manager or a decorator.

    `options` are those of MockAI. `with mock_openai() as mock:`, `@mock_openai`, or in a TestCase's `setUp`
    `self.mock = self.enterContext(mock_openai())`.
    """
    return Mocked(options) if target is None else Mocked(options)(target)
