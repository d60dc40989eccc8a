import struct

import numpy as np
import pytest

from models.e5_format import E5File, FormatError


def tiny_file() -> bytes:
    """A file with two pieces, one 4-bit tensor and one of float16."""
    pieces = ["<s>", "▁да"]
    blob = "".join(pieces).encode()
    ends = np.cumsum([0, *(len(p.encode()) for p in pieces)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi5i", 1, 8, 1, 2, 16, 2, 32, 1, 1e-12, 32, 2, 0, 2, 1, 3)
    head += struct.pack("<Q", len(blob)) + ends.tobytes() + struct.pack("<2f", 0.0, -1.5) + blob
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 65, 1, 97)
    nibbles = bytes(range(16))
    four = np.float16(0.5).tobytes() + nibbles
    two = np.array([1, -2], "<f2").tobytes()
    names = [("word", 32, len(four)), ("bias", 2, len(two))]
    directory = struct.pack("<i", len(names))
    size = sum(2 + len(name) + 21 for name, *_ in names)
    at = len(head) + len(directory) + size
    for name, count, length in names:
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, count, at, length)
        at += length
    return head + directory + four + two


def test_header_pieces_and_scores_are_read() -> None:
    file = E5File(tiny_file())

    assert (file.header.hidden, file.header.layers, file.header.vocabulary) == (8, 1, 2)
    assert (file.pieces, file.scores, file.unknown_id) == (["<s>", "▁да"], [0.0, -1.5], 3)


def test_a_four_bit_block_is_its_scale_times_nibbles_less_eight() -> None:
    weights = E5File(tiny_file()).tensor("word", (2, 16))

    assert weights[0].tolist() == [(n - 8) * 0.5 for n in range(16)]  # low halves
    assert weights[1].tolist() == [-4.0] * 16  # high halves are 0


def test_a_half_precision_tensor_becomes_single() -> None:
    bias = E5File(tiny_file()).tensor("bias", (2,))

    assert bias.dtype == np.float32
    assert bias.tolist() == [1.0, -2.0]


def test_another_format_is_refused() -> None:
    with pytest.raises(FormatError, match="does not start with E5S1"):
        E5File(b"GGUF" + bytes(100))


@pytest.mark.parametrize("kept", [20, 60, 100])
def test_a_file_that_ends_early_is_refused(kept: int) -> None:
    with pytest.raises(FormatError, match="ends early"):
        E5File(tiny_file()[:kept])


def test_a_tensor_that_is_cut_or_absent_is_refused() -> None:
    with pytest.raises(FormatError, match="ends within tensor bias"):
        E5File(tiny_file()[:-1]).tensor("bias", (2,))
    with pytest.raises(FormatError, match="no tensor other"):
        E5File(tiny_file()).tensor("other", (2,))
