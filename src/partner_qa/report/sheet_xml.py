"""Reads the XML of a workbook with expat, without what makes a reader of XML work for a stranger.

Document types are refused (they declare entities, which expand without end or name files), and so is any
encoding but UTF-8, which Office, LibreOffice and Google write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers import expat

Start = Callable[[str, Mapping[str, str]], None]
End = Callable[[str], None]
Say = Callable[[str], None]


class Forbidden(Exception):  # noqa: N818 - what was found, not an error of the program
    """Something that no workbook needs and that may harm its reader, in a few words."""


def parse(content: bytes, *, start: Start, end: End | None = None, say: Say | None = None) -> None:
    """Tell of every element and text; raises `Forbidden`, or `expat.ExpatError` for broken XML."""
    walk(content, lambda _: (start, end, say))


def walk(
    content: bytes, listen: Callable[[expat.XMLParserType], tuple[Start, End | None, Say | None]]
) -> None:
    """Do as `parse` does, for listeners that ask the parser where it is (`CurrentByteIndex`)."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.XmlDeclHandler = _check_encoding
    parser.StartDoctypeDeclHandler = _refuse_doctype
    start, end, say = listen(parser)
    parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    if say is not None:
        parser.CharacterDataHandler = say
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Forbidden("another encoding than UTF-8")
    parser.Parse(content, True)


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
        raise Forbidden("another encoding than UTF-8")


def _refuse_doctype(*_: object) -> None:
    raise Forbidden("a document type")


def read_elements(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """Return the elements of a file with their attributes, both by their local names."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        found.append((local(name), {local(key): value for key, value in attributes.items()}))

    parse(content, start=start)
    return found


def local(name: str) -> str:
    """Return a name without its prefix; the parts that are read use one vocabulary each."""
    return name.rpartition(":")[2]
