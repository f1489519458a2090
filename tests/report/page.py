"""Reads a report's HTML as a browser's parser would see it, as far as the standard library goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

INLINE = {"span", "code", "strong", "a"}
VOID = {"meta", "br", "link", "img", "input", "hr", "base"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None
    pieces: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, as it stands in the document."""
        return "".join(self.pieces)

    def every(self, tag: str) -> list[Element]:
        found = [self] if self.tag == tag else []
        for child in self.children:
            found += child.every(tag)
        return found

    def words(self) -> str:
        """All text in it, white space folded."""
        return " ".join(self.text.split())


class Page(HTMLParser):
    """The whole document as a tree. Raises AssertionError where tags do not nest."""

    def __init__(self, document: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self._open = Element("document", {}, None)
        self.elements: list[Element] = []
        self.feed(document.decode())
        self.close()
        assert self._open is self.root, f"<{self._open.tag}> is never closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._part(tag)
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.children.append(element)
        self.elements.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        assert self._open.tag == tag, f"</{tag}> closes <{self._open.tag}>"
        assert self._open.parent is not None
        self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        element: Element | None = self._open
        while element is not None:
            element.pieces.append(data)
            element = element.parent

    def _part(self, tag: str) -> None:
        """Cells, lines and paragraphs stand apart in the text, as they do on the page."""
        if tag not in INLINE:
            self.handle_data(" ")

    def every(self, tag: str) -> list[Element]:
        return self.root.every(tag)

    def section(self, heading: str) -> Element:
        return next(s for s in self.every("section") if s.attributes["aria-labelledby"] == heading)

    def words(self) -> str:
        return self.root.words()
