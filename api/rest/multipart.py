"""Reads multipart forms. They are held in memory, as the files in them will be anyway."""

from __future__ import annotations

import msgspec
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.rest.problems import bad_request

MAX_PARTS = 1_000


class Part(msgspec.Struct):
    """A field of a form, or (with a file name, which may be empty) a file."""

    name: str
    file_name: str | None
    content: bytes


class FormReader:
    """Collects the parts of one form from the parser's callbacks."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._content = bytearray()

    def read(self, body: bytes, boundary: bytes) -> list[Part]:
        """All parts, in order; Problem 400 where the body is no such form, or only the beginning of one."""
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_header_field": self._name,
                "on_header_value": self._value,
                "on_header_end": self._header,
                "on_end": self._finish,
            },
        )
        try:
            parser.write(body)
        except MultipartParseError as error:
            raise bad_request(f"The multipart form cannot be read: {error}.") from error
        if not self.ended:
            raise bad_request("The multipart form breaks off before its closing boundary.")
        return self.parts

    def _begin(self) -> None:
        if len(self.parts) == MAX_PARTS:
            raise bad_request(f"The multipart form has more than {MAX_PARTS} parts.")
        self._disposition = b""
        self._content = bytearray()

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name, file_name = options.get(b"name", b""), options.get(b"filename")
        part = Part(_text(name), None if file_name is None else _text(file_name), bytes(self._content))
        self.parts.append(part)

    def _finish(self) -> None:
        self.ended = True


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a multipart/form-data content type names, None for anything else."""
    media, options = parse_options_header(content_type)
    return options.get(b"boundary") if media == b"multipart/form-data" else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise bad_request("The names in the multipart form are not valid UTF-8.") from error
