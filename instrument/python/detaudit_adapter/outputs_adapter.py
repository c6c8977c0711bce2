"""Which lines of a script write its outputs. The C library's probe sees the interpreter write, often long after: text
that is printed waits in a buffer. So what is printed is noted as it is handed over, by its place in the stream, and
a file as it is opened to be written."""

import os
import sys

from . import guard, location, native

_MOST_PLACES = 2048  # in a stream, counted as often as they change
_MOST_WRITES = 50000  # whoever prints more goes on without us
_MOST_FILES = 1000
_SHOWN = 8  # bytes that say whether the count is still right: others write to the stream as well


class _Printed:
    """Where the text of a stream came from, as long as that is followed."""

    def __init__(self, stream):
        self._stream, self._encoding, self._errors = stream, stream.encoding, stream.errors
        self._places, self._last = 0, None

    def bytes_of(self, text):
        return len(text.encode(self._encoding, self._errors))

    @guard.quietly
    def come_from(self, offset, text, depth):
        """Text from another line than the text before. What is to be compared with the next text's line: None where
        that may be reached from several of the script's, as a library's may."""
        frame = sys._getframe(depth)
        place = location.where(depth + 1)
        if place != self._last and text:
            self._last = place
            self._places += 1
            if self._places > _MOST_PLACES:
                self.leave(offset)
            else:
                shown = text[:_SHOWN].encode(self._encoding, self._errors)[:_SHOWN]
                native.printed(b"%d %s" % (offset, shown.hex().encode()), place)
        return frame.f_code if location.users_file(frame.f_code.co_filename) is not None else None

    @guard.quietly
    def leave(self, offset):
        """What follows is not known."""
        native.printed(b"%d " % offset, location.NOWHERE)
        self._stream.__dict__.pop("write", None)


def _follow(stream):
    """Puts a function before the stream's write(), which print() looks up on the stream itself."""
    printed, original, frame_at = _Printed(stream), stream.write, sys._getframe
    offset, left, code, line = 0, _MOST_WRITES, None, 0

    def write(*arguments):
        nonlocal offset, left, code, line
        if len(arguments) == 1 and isinstance(arguments[0], str) and left:
            text = arguments[0]
            try:
                frame = frame_at(1)
                if frame.f_code is not code or frame.f_lineno != line:
                    code, line = printed.come_from(offset, text, 3), frame.f_lineno
            except ValueError:  # no frame: the interpreter itself prints, at its end
                left = 1
            offset += len(text) if text.isascii() else printed.bytes_of(text)
            left -= 1
            if not left:
                printed.leave(offset)
        try:
            return original(*arguments)
        except BaseException:
            guard.hide_frames()
            raise

    stream.write = write


@guard.quietly
def start():
    stream = sys.stdout
    if stream is not None and type(stream).__name__ == "TextIOWrapper":
        _follow(stream)
    opened = 0

    @guard.quietly
    def note(path, mode, flags):
        nonlocal opened
        writes = flags & (os.O_WRONLY | os.O_RDWR) if mode is None else mode.strip("rbtU")
        if not writes or isinstance(path, int) or opened >= _MOST_FILES:
            return
        place = location.where(4)
        if place[0] is not None:
            opened += 1
            native.opened(os.fsencode(os.path.realpath(path)), place)

    native.when_opening(note)
