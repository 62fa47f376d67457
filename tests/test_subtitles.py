"""Words with times: nothing is lost, nothing overlaps, the last word ends with the recording."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockai.subtitles import Line, sentences, srt, vtt, words

TEXT = st.text("ab. !?é\n", max_size=60)


@given(TEXT, st.floats(0.1, 5000))
def test_sentences_add_up_to_the_text_and_the_time(text: str, seconds: float) -> None:
    lines = sentences(text, seconds)
    assert "".join("".join(line.text for line in lines).split()) == "".join(text.split())
    assert [line.start for line in lines] == [0.0, *(line.end for line in lines)][: len(lines)]
    assert all(line.start <= line.end for line in lines)
    assert not lines or lines[-1].end == round(seconds, 2)


def test_words_come_without_the_marks_around_them() -> None:
    assert [line.text for line in words('"It\'s" - well-known, no?', 3)] == ["It's", "well-known", "no"]
    assert words("", 3) == sentences(" ", 3) == []


def test_subtitles_are_written_as_their_formats_have_it() -> None:
    lines = [Line("One.", 0.0, 61.5), Line("Two.", 61.5, 3600.001)]
    assert srt(lines) == "1\n00:00:00,000 --> 00:01:01,500\nOne.\n\n2\n00:01:01,500 --> 01:00:00,001\nTwo.\n\n"
    assert vtt(lines) == ("WEBVTT\n\n00:00:00.000 --> 00:01:01.500\nOne.\n\n00:01:01.500 --> 01:00:00.001\nTwo.\n\n")
