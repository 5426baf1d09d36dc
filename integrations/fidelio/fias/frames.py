"""Cuts a byte stream into frames: STX, text, ETX. Segments of TCP split and glue them as they like.

Strict: what stands between frames, a frame cut by the next one's STX, and a frame beyond the cap are dropped and
counted; every whole frame within the cap comes out, whatever the segmentation, in bounded memory.
"""

STX, ETX = b"\x02", b"\x03"
MAX_FRAME_BYTES = 8192
"""FIAS allows 2,000 characters; UTF-8 takes up to four bytes for one."""


class FrameReader:
    """One connection's stream. ``garbage``: bytes outside frames; ``cut``, ``oversize``: frames that were dropped."""

    def __init__(self, limit: int = MAX_FRAME_BYTES) -> None:
        self._limit = limit
        self._open: bytes | None = None
        self.garbage = self.cut = self.oversize = 0

    @property
    def held(self) -> int:
        """Bytes of the unfinished frame, never more than the limit."""
        return len(self._open) if self._open is not None else 0

    def feed(self, data: bytes) -> list[bytes]:
        """The texts (without STX and ETX) of the frames that are complete now."""
        pieces = data.split(ETX)
        tail = pieces.pop()
        frames = []
        limit = self._limit
        for piece in pieces:
            if self._open is None and piece.rfind(STX) == 0:  # the usual: one whole frame
                if len(piece) <= limit + 1:
                    frames.append(piece[1:])
                    continue
                self.oversize += 1
                continue
            text = self._closed(piece)
            if text is not None:
                frames.append(text)
        if tail:
            self._keep(tail)
        return frames

    def _closed(self, piece: bytes) -> bytes | None:
        """The frame that an ETX after ``piece`` closes; None when there is none to close."""
        start = self._last_start(piece)
        opened, self._open = self._open, None
        if start < 0:
            if opened is None:
                self.garbage += len(piece) + 1
                return None
            text = opened + piece
        else:
            text = piece[start + 1 :]
        if len(text) > self._limit:
            self.oversize += 1
            return None
        return text

    def _keep(self, tail: bytes) -> None:
        start = self._last_start(tail)
        if start >= 0:
            self._open = tail[start + 1 :]
        elif self._open is not None:
            self._open += tail
        else:
            self.garbage += len(tail)
        if self._open is not None and len(self._open) > self._limit:
            self.oversize += 1
            self._open = None

    def _last_start(self, piece: bytes) -> int:
        """Where the last frame in ``piece`` begins (-1: nowhere); what lies before it is counted as lost."""
        start = piece.rfind(STX)
        if start < 0:
            return start
        first = piece.find(STX)
        self.cut += piece.count(STX) - 1 + (self._open is not None)
        if self._open is None:
            self.garbage += first
        return start


def frame(text: bytes) -> bytes:
    """A frame to send."""
    return STX + text + ETX
