"""XML from strangers: parsed without entities, external DTDs or the network, bounded in size and depth."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

#: A model larger than this is refused (bytes). The largest diagrams drawn by people are below a tenth of it.
MAX_SIZE = 8_000_000
#: Elements within elements.
MAX_DEPTH = 200


class XmlError(Exception):
    """A text that is no XML, or none that is accepted. `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def parse(data: bytes, max_size: int = MAX_SIZE, max_depth: int = MAX_DEPTH) -> etree._Element:
    """The root element of a document; elements know their `sourceline`.

    Raises XmlError for anything that is not well-formed, is too large or too deep, or declares a document type.
    """
    if len(data) > max_size:
        raise XmlError(1, f"The file has {len(data):,} bytes; at most {max_size:,} are accepted.")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "Excessive depth" in (error.msg or ""):  # the parser's own bound, above max_depth
            raise XmlError(error.lineno or 1, _too_deep(max_depth)) from error
        raise XmlError(error.lineno or 1, f"This is not well-formed XML: {error.msg}") from error
    except ValueError as error:
        raise XmlError(1, f"This is not XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise XmlError(1, "A document type declaration (<!DOCTYPE …>) is not accepted: remove it.")
    too_deep = _below(max_depth)(root)
    if too_deep:
        raise XmlError(too_deep[0].sourceline or 1, _too_deep(max_depth))
    return root


@lru_cache(maxsize=8)
def _below(depth: int) -> etree.XPath:
    """Finds the elements that lie that deep: the root is 0 deep."""
    return etree.XPath("/*" * (depth + 1))


def _too_deep(max_depth: int) -> str:
    return f"Elements are nested more than {max_depth} deep."
