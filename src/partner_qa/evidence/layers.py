"""Looks under what text is wrapped in: base64, percent-encoding, escapes, hexadecimal, gzip, zip, xlsx.

`peel` yields a file as it is and then each layer that is found in it, and in the layers, so that whoever
searches need not know how something was encoded. All pieces that were found in one way come as one text, one
on each line. Bounded in depth and size: what is wrapped without end is not unwrapped without end.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import unquote_to_bytes

DEEPEST = 6
LARGEST = 200_000_000  # bytes of one layer
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
# base64 in lines, as e-mail and YAML have it: full lines, then what is left
_LINES = re.compile(rb"^[ \t]*(?:[A-Za-z0-9+/]{48,100}[ \t]*\r?\n[ \t]*)+[A-Za-z0-9+/]*={0,2}", re.MULTILINE)
_BETWEEN_WORDS = bytes(0x20 if byte in b" \t\r\n\"'<>" else 0x78 for byte in range(256))
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(/))")
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[a-z]{2,6});")
_HEX = re.compile(rb"[0-9A-Fa-f]{16,}")
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_READABLE = re.compile(rb"[ -~\t\r\n]{10}")
_MANY_SPLITS = 400  # bytes; what is longer is decoded from its beginning only
_GZIP, _ZIP = b"\x1f\x8b\x08", b"PK\3\4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Some bytes, how they were come by (`("base64", "gzip")`), and where each piece of them began.

    `starts` are offsets of the pieces, `lines` the line of the file that each of them came from.
    """

    content: bytes
    how: tuple[str, ...] = ()
    starts: tuple[int, ...] = (0,)
    lines: tuple[int, ...] = ()
    inner: str = ""  # the name of a file within an archive

    def line_of(self, offset: int) -> int:
        """Return the line of the file that an offset of this layer leads back to."""
        if not self.lines:
            return self.content.count(b"\n", 0, offset) + 1
        return self.lines[bisect_right(self.starts, offset) - 1]


@dataclass(slots=True)
class _Pieces:
    """Pieces on their way to becoming a layer."""

    layer: Layer
    content: list[bytes] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def add(self, piece: bytes, offset: int) -> None:
        self.content.append(piece)
        self.offsets.append(offset)

    def to_layer(self, how: str) -> Layer | None:
        if not self.content:
            return None
        starts, at = [], 0
        for piece in self.content:
            starts.append(at)
            at += len(piece) + 1
        return Layer(
            content=b"\n".join(self.content),
            how=(*self.layer.how, how),
            starts=tuple(starts),
            lines=tuple(_lines_of(self.layer, self.offsets)),
            inner=self.layer.inner,
        )


def _lines_of(layer: Layer, offsets: Iterable[int]) -> Iterator[int]:
    """Yield the line of each offset; in one walk, where the layer is the file itself."""
    if layer.lines:
        yield from map(layer.line_of, offsets)
        return
    at, line = 0, 1
    for offset in offsets:
        if offset < at:
            at, line = 0, 1
        line += layer.content.count(b"\n", at, offset)
        at = offset
        yield line


def peel(content: bytes) -> Iterator[Layer]:
    """Yield a file's content, and then every layer that is found in it, outermost first."""
    waiting = [Layer(content=content)]
    while waiting:
        layer = waiting.pop(0)
        yield layer
        if len(layer.how) < DEEPEST:
            waiting += _find_layers(layer)


def _find_layers(layer: Layer) -> Iterator[Layer]:
    if layer.content[:3] == _GZIP or layer.content[:4] == _ZIP:
        yield from _unpack(layer.content, layer)
        return
    for find in (_percent, _escapes, _entities, _hexadecimal):
        found = find(layer)
        if found is not None and found.content != layer.content:
            yield found
    yield from _base64(layer)


def _unpack(content: bytes, layer: Layer, line: int = 0) -> Iterator[Layer]:
    """Yield what is in a gzip stream or in the files of a zip archive (an xlsx is one)."""
    lines = (line,) if line else (layer.lines[:1] or (1,))
    if content[:3] == _GZIP:
        plain = _inflate(content, 31)
        if plain:
            yield Layer(content=plain, how=(*layer.how, "gzip"), lines=lines, inner=layer.inner)
        return
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for info in archive.infolist():
                with archive.open(info) as file:
                    plain = file.read(LARGEST)
                inner = f"{layer.inner}!{info.filename}" if layer.inner else info.filename
                yield Layer(content=plain, how=(*layer.how, "zip"), lines=lines, inner=inner)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
        return


def _inflate(content: bytes, window: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(content, LARGEST)
    except zlib.error:
        return b""


def _percent(layer: Layer) -> Layer | None:
    return _decoded(layer, "percent-encoding", _words_with(_PERCENT, layer.content), unquote_to_bytes)


def _escapes(layer: Layer) -> Layer | None:
    words = _words_with(_ESCAPE, layer.content)
    return _decoded(layer, "escapes", words, lambda text: _ESCAPE.sub(_unescape, text))


def _unescape(found: re.Match[bytes]) -> bytes:
    if found[3]:
        return b"/"
    return chr(int(found[1] or found[2], 16)).encode("utf-8", "surrogatepass")


def _entities(layer: Layer) -> Layer | None:
    def decode(text: bytes) -> bytes:
        return html.unescape(text.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogatepass")

    return _decoded(layer, "HTML entities", _words_with(_ENTITY, layer.content), decode)


def _hexadecimal(layer: Layer) -> Layer | None:
    def decode(text: bytes) -> bytes:
        plain = bytes.fromhex(text[: len(text) & ~1].decode())
        return plain if _is_text(plain) else b""

    words = ((found[0], found.start()) for found in _HEX.finditer(layer.content))
    return _decoded(layer, "hexadecimal", words, decode)


def _words_with(sign: re.Pattern[bytes], content: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield each word that has a sign in it, and where it begins.

    The sign is looked for first and the word round it then: one pattern for both would take time that grows
    with the square of the length.
    """
    mask, end = b"", 0
    for found in sign.finditer(content):
        if found.start() < end:
            continue
        mask = mask or content.translate(_BETWEEN_WORDS)
        start = mask.rfind(b" ", end, found.start()) + 1 or end
        end = mask.find(b" ", found.end())
        end = len(content) if end < 0 else end
        yield content[start:end], start


def _decoded(
    layer: Layer, how: str, words: Iterable[tuple[bytes, int]], decode: Callable[[bytes], bytes]
) -> Layer | None:
    pieces, seen = _Pieces(layer), set()
    for word, start in words:
        if word in seen:
            continue
        seen.add(word)
        plain = decode(word)
        if plain and plain != word:
            pieces.add(plain, start)
    return pieces.to_layer(how)


def _base64(layer: Layer) -> Iterator[Layer]:
    pieces, packed, seen = _Pieces(layer), [], set()
    for pattern in (_LINES, _RUN):
        for found in pattern.finditer(layer.content):
            run = found[0]
            if run in seen or _UUID.fullmatch(run):
                continue
            seen.add(run)
            for plain in _decode(b"".join(run.split())):
                if plain[:3] == _GZIP or plain[:4] == _ZIP:
                    packed.append((plain, layer.line_of(found.start())))
                else:
                    pieces.add(plain, found.start())
    found_layer = pieces.to_layer("base64")
    if found_layer is not None:
        yield found_layer
    for content, line in packed:
        inside = Layer(content=content, how=(*layer.how, "base64"), lines=(line,), inner=layer.inner)
        yield from _unpack(content, inside, line)


def _decode(run: bytes) -> Iterator[bytes]:
    """Yield what a run of base64 may say, from each place in which a group of four could begin."""
    plain = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    for lead in range(4 if len(plain) <= _MANY_SPLITS else 1):
        text = plain[lead:]
        text = text[: len(text) - 1] if len(text) % 4 == 1 else text
        try:
            decoded = base64.b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            continue
        if decoded[:3] == _GZIP or decoded[:4] == _ZIP or _is_text(decoded):
            yield decoded


def is_base64_of_text(run: bytes) -> bool:
    """Return whether a run of letters is base64 of something that can be read."""
    return next(_decode(run), None) is not None


def _is_text(content: bytes) -> bool:
    """Return whether a part of some bytes can be read; of a few random ones hardly ever can any."""
    return _READABLE.search(content) is not None
