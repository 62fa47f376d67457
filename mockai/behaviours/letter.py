"""Where the official SDK's types and the real API disagree, and which of the two an answer follows."""

from __future__ import annotations

from . import Mock


def by_type(mock: Mock) -> bool:
    """Whether answers keep to the letter of the SDK's types rather than to what the API was seen to send.

    They do where unknown ids are conjured: that is the mode in which a suite of tests asks for shapes and has no state.
    The API sends base64 for a list of floats, null for the name of a nameless vector store and for the probability of
    the first token of all, and says `vector_store.file_batch` where the types say `files_batch`.
    """
    return mock.missing == "conjure"
