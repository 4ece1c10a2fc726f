"""CSV as the Bulk APIs take it and write it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hotfix_tui.localorg.bulk.job import BatchProblem, Chunk

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
CHUNK = 200
MAX_FIELD = 131_072
MAX_RECORD = 400_000
# Bytes of one physical line: a record of the greatest length in the widest characters, quoted.
_MAX_LINE = MAX_RECORD * 5


@dataclass(frozen=True)
class Form:
    """How a file is written: a column delimiter, and the line ending it must have ("" for any: Bulk 1.0)."""

    delimiter: str = "COMMA"
    line_ending: str = ""

    @property
    def separator(self) -> str:
        """The character between columns."""
        return DELIMITERS[self.delimiter]


class _Lines:
    """The lines of a file as text; knows where the next one starts and how the last one ended."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        file.seek(start)
        self._file = file
        self.offset = start
        self.last = b""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(_MAX_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > _MAX_LINE:
            raise BatchProblem(f"Exceeded number of characters. Max number of characters in a record is {MAX_RECORD}")
        self.offset += len(line)
        self.last = line
        return line.decode("utf-8")


def read(file: BinaryIO, form: Form, start: int = 0) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file from a byte offset on: where each begins, and its cells. Empty lines are no records.

    Raises BatchProblem for what is no CSV in UTF-8 with that line ending.
    """
    lines = _Lines(file, start)
    reader = csv.reader(lines, delimiter=form.separator, strict=True)
    while True:
        begins = lines.offset
        try:
            cells = next(reader, None)
        except UnicodeDecodeError:
            raise BatchProblem("Failed to parse CSV. The data is not UTF-8") from None
        except csv.Error as error:
            raise _malformed(form, str(error)) from None
        if cells is None:
            return
        _check_ending(lines.last, form)
        if cells:
            yield begins, cells


def _malformed(form: Form, problem: str) -> BatchProblem:
    if "new-line character" in problem:
        return _wrong_ending(form)
    if "unexpected end of data" in problem:
        return BatchProblem("Failed to parse CSV. EOF reached before closing an opened quote")
    if "field larger" in problem:
        return BatchProblem(
            f"Exceeded max length for one single column between columns. Max length for one single column = {MAX_FIELD}"
        )
    return BatchProblem("Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote")


def _check_ending(line: bytes, form: Form) -> None:
    if not form.line_ending or not line.endswith(b"\n"):
        return
    if line.endswith(b"\r\n") != (form.line_ending == "CRLF"):
        raise _wrong_ending(form)


def _wrong_ending(form: Form) -> BatchProblem:
    setting = form.line_ending or "LF"
    text = f"LineEnding is invalid on user data. Current LineEnding setting is {setting}"
    return BatchProblem(text, "ClientInputError")


def lay_out(path: Path, form: Form) -> list[Chunk]:
    """The rows in chunks; reads a file once, from end to end. Raises BatchProblem for a row that does not fit."""
    chunks: list[Chunk] = []
    with path.open("rb") as file:
        records = read(file, form)
        _, header = next(records, (0, []))
        start = size = 0
        for number, (begins, cells) in enumerate(records, 1):
            _check_row(number, cells, header)
            start = start if size else begins
            size += 1
            if size == CHUNK:
                chunks.append(Chunk(len(chunks), start, size))
                size = 0
        if size:
            chunks.append(Chunk(len(chunks), start, size))
    return chunks


def _check_row(number: int, cells: list[str], header: list[str]) -> None:
    if len(cells) != len(header):
        raise BatchProblem(
            f"Failed to parse CSV. Row {number} has {len(cells)} columns where the header has {len(header)}"
        )
    if sum(map(len, cells)) > MAX_RECORD:
        raise BatchProblem(f"Exceeded number of characters. Max number of characters in a record is {MAX_RECORD}")


def header_of(path: Path, form: Form) -> list[str]:
    """The first record; empty for an empty file."""
    with path.open("rb") as file:
        return next(read(file, form), (0, []))[1]


def rows_of(path: Path, form: Form, chunk: Chunk) -> list[list[str]]:
    """The rows of a chunk."""
    with path.open("rb") as file:
        records = read(file, form, chunk.start)
        return [cells for _, (_, cells) in zip(range(chunk.size), records, strict=False)]


def line(cells: Iterable[str], form: Form) -> bytes:
    """A record as results have it: every cell in quotes."""
    quoted = form.separator.join('"' + cell.replace('"', '""') + '"' for cell in cells)
    return (quoted + LINE_ENDINGS[form.line_ending or "LF"]).encode()
