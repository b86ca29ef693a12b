"""A request is handed over when its last byte is there: not before, and not later."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.arrivals import LONGEST_BODY, LONGEST_HEAD, Arrival

HEAD = b"POST /api/ide/format HTTP/1.1\r\nHost: localhost\r\nX-Odd: content-length: 7\r\n"


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Whole requests: without a body, with a length, or in chunks with extensions and trailers."""
    body = draw(st.binary(max_size=60))
    match draw(st.sampled_from(("none", "length", "chunks"))):
        case "none":
            return HEAD + b"\r\n"
        case "length":
            name = draw(st.sampled_from((b"Content-Length", b"content-length", b"CONTENT-LENGTH")))
            return HEAD + name + b":%d\r\n\r\n" % len(body) + body
        case _:
            chunks = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=4))
            more = draw(st.sampled_from((b"", b";name=value")))
            written = b"".join(b"%x%b\r\n%b\r\n" % (len(one), more, one) for one in chunks)
            trailers = draw(st.sampled_from((b"", b"X-Sum: 1\r\n", b"A: 1\r\nB: 2\r\n")))
            return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + written + b"0\r\n" + trailers + b"\r\n"


@given(requests(), st.lists(st.integers(1, 50)), st.binary(max_size=20))
def test_a_request_is_whole_with_its_last_byte_in_whatever_pieces_it_comes(
    request_: bytes, sizes: list[int], ahead: bytes
) -> None:
    arrival, left = Arrival(), request_
    for size in [*sizes, len(request_)]:
        piece, left = left[:size], left[size:]
        arrival.add(piece)
        assert arrival.is_whole == (not left)
        assert not arrival.is_too_long
        if not left:
            break
    assert arrival.data == request_
    together = Arrival()
    together.add(b"\r\n" + request_ + ahead)
    assert together.is_whole
    assert together.data == request_ + ahead


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * LONGEST_HEAD,
        HEAD + b"Content-Length: %d\r\n\r\n" % (LONGEST_BODY + 1),
        HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (LONGEST_BODY + 1),
    ],
    ids=["head", "length", "digits", "chunk"],
)
def test_what_will_be_too_long_is_known_before_it_is_there(sent: bytes) -> None:
    arrival = Arrival()
    arrival.add(sent)
    assert arrival.is_too_long
    assert not arrival.is_whole


def test_who_waits_for_a_word_before_the_body_gets_it_once() -> None:
    arrival = Arrival()
    arrival.add(HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert [arrival.take_wish_to_go_on() for _ in range(2)] == [True, False]
