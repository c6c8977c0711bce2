"""Which lines of a script write its outputs. The C library's probe sees the interpreter write, often long after: text
that is printed waits in a buffer. So what is printed is noted as it is handed over, by its place in the stream, and
a file as it is opened to be written."""

import os
import sys

from . import guard, location, native

_MOST_PLACES = 2048  # in a stream, counted as often as they change
_MOST_WRITES = 200000  # whoever prints more goes on without us
_MOST_FILES = 1000
_SHOWN = 8  # bytes that say whether the count is still right: others write to the stream as well


class _Printed:
    """Stands before a text stream's write(), which print() looks up on the stream itself."""

    def __init__(self, stream):
        self._stream, self._write = stream, stream.write
        self._encoding, self._errors = stream.encoding, stream.errors
        self._offset = self._places = self._writes = 0
        self._code = self._line = self._last = None

    def write(self, *arguments):
        if len(arguments) == 1 and isinstance(arguments[0], str):
            self._note(arguments[0])
        try:
            return self._write(*arguments)
        except BaseException:
            guard.hide_frames()
            raise

    @guard.quietly
    def _note(self, text):
        frame = sys._getframe(2).f_back  # none when the interpreter itself prints, at its end
        code, line = (frame.f_code, frame.f_lineno) if frame else (None, None)
        # A library's line may be reached from many of the script's.
        if code is None or code is not self._code or line != self._line:
            place = location.where(4) if frame else location.NOWHERE
            own = place[0] is not None and location.users_file(code.co_filename) is not None
            self._code, self._line = (code, line) if own else (None, None)
            if place != self._last and text:
                self._last = place
                self._tell(place, text)
        self._offset += len(text) if text.isascii() else len(text.encode(self._encoding, self._errors))
        self._writes += 1
        if self._writes == _MOST_WRITES:
            self._leave()

    def _tell(self, place, text):
        self._places += 1
        if self._places > _MOST_PLACES:
            self._leave()
            return
        shown = text[:_SHOWN].encode(self._encoding, self._errors)[:_SHOWN]
        native.printed(b"%d %s" % (self._offset, shown.hex().encode()), place)

    def _leave(self):
        """What follows is not known."""
        native.printed(b"%d " % self._offset, location.NOWHERE)
        if self._stream.__dict__.get("write") == self.write:
            del self._stream.write


@guard.quietly
def start():
    stream = sys.stdout
    if stream is not None and type(stream).__name__ == "TextIOWrapper":
        stream.write = _Printed(stream).write
    opened = 0

    @guard.quietly
    def note(path, mode, flags):
        nonlocal opened
        writes = flags & (os.O_WRONLY | os.O_RDWR) if mode is None else mode.strip("rbtU")
        if not writes or isinstance(path, int) or opened >= _MOST_FILES:
            return
        place = location.where(3)
        if place[0] is not None:
            opened += 1
            native.opened(os.fsencode(os.path.realpath(path)), place)

    def hook(event, arguments):
        if event == "open":
            note(*arguments)

    sys.addaudithook(hook)
