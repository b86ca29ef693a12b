"""Whether a request is there whole, told while it arrives. What it means is read afterwards, by gunicorn's parser."""

from __future__ import annotations

import re

HEAD_END, LINE_END = b"\r\n\r\n", b"\r\n"
# the longest that an operation takes (`app.api.operations`), and room for a chunked body's lengths
LONGEST_BODY = 14 << 20
LONGEST_HEAD = 128 << 10
_LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding[ \t]*:[^\r\n]*chunked", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue", re.IGNORECASE)


class Arrival:
    """The bytes of one request, and of what its client sends ahead. data: all of them.

    Each byte is looked at once, however small the pieces are in which they come.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self.is_whole = self.is_too_long = False
        self._looked = 0
        # where the body begins, and its length where the head tells it
        self._body: int | None = None
        self._length: int | None = None
        self._wishes_to_go_on = False

    def add(self, piece: bytes) -> None:
        """Take in some more; `is_whole` and `is_too_long` tell what is known by then."""
        self.data += piece
        if self._body is None:
            self._find_head()
        if self._body is None:
            self.is_too_long = len(self.data) > LONGEST_HEAD
        elif self._length is not None:
            self.is_too_long = self._length > LONGEST_BODY
            self.is_whole = len(self.data) - self._body >= self._length
        else:
            self._follow_chunks()
            self.is_too_long |= not self.is_whole and len(self.data) - self._body > LONGEST_BODY

    def take_wish_to_go_on(self) -> bool:
        """Whether the client waits for a word before it sends the body; true once."""
        wish, self._wishes_to_go_on = self._wishes_to_go_on, False
        return wish

    def _find_head(self) -> None:
        while self.data.startswith(LINE_END):
            # a server skips empty lines before a request (RFC 9112, 2.2)
            del self.data[: len(LINE_END)]
        end = self.data.find(HEAD_END, max(0, self._looked - len(HEAD_END)))
        self._looked = len(self.data)
        if end < 0:
            return
        self._body = self._looked = end + len(HEAD_END)
        head = bytes(self.data[: self._body])
        self._wishes_to_go_on = bool(_EXPECTS.search(head))
        if not _CHUNKED.search(head):
            found = _LENGTH.search(head)
            # more digits than a number has are refused by the parser, or here for their size
            self._length = int(found[1][:20]) if found else 0

    def _follow_chunks(self) -> None:
        """Go from chunk to chunk as far as they are there; what is no chunk is the parser's to refuse."""
        while not self.is_whole:
            end = self.data.find(LINE_END, self._looked, self._looked + LONGEST_HEAD)
            if end < 0:
                return
            digits = bytes(self.data[self._looked : end]).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9a-fA-F]{1,15}", digits):
                self.is_whole = True
            elif size := int(digits, 16):
                following = end + len(LINE_END) + size + len(LINE_END)
                if following > len(self.data):
                    self.is_too_long = size > LONGEST_BODY
                    return
                self._looked = following
            else:
                # the last one, with trailers or without, ends with an empty line
                self.is_whole = self.data.find(HEAD_END, end) >= 0
                return
