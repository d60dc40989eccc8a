import shutil
from pathlib import Path

import numpy as np
import pytest

from models.analyser import Analyser
from models.artifacts import EncoderMismatch, WeightsDamaged
from models.hashing_encoder import HashingEncoder
from models.head_files import HeadFiles, load_head_files
from models.types import Dialogue, Turn
from tests.models.conftest import make_example


def test_vectors_are_small_and_the_same_for_the_same_text(analyser: Analyser) -> None:
    dialogue = Dialogue("chat", "en", tuple(Turn("customer", t) for t in ("hi", "no", " hi ")))

    (vectors,) = analyser.vectors([dialogue])

    assert vectors.shape == (3, analyser.dimension)
    assert vectors.dtype == np.float16
    assert vectors[0].tolist() == vectors[2].tolist()
    assert vectors[0].tolist() != vectors[1].tolist()


def test_an_analysis_does_not_depend_on_what_is_analysed_with_it(analyser: Analyser) -> None:
    dialogues = [make_example(n, greets=n % 2 == 0).dialogue for n in range(300)]
    vectors = analyser.vectors(dialogues)

    together = analyser.analyse(dialogues, vectors)

    for number in (0, 1, 299):
        alone = analyser.analyse(dialogues[number : number + 1], vectors[number : number + 1])[0]
        assert alone.criteria.keys() == together[number].criteria.keys()
        for key, score in alone.criteria.items():
            assert score.probabilities == pytest.approx(
                together[number].criteria[key].probabilities, abs=1e-5
            )


def test_what_was_learnt_is_said(analyser: Analyser) -> None:
    dialogues = [make_example(500).dialogue, make_example(501, greets=False).dialogue]

    greets, does_not = analyser.analyse(dialogues, analyser.vectors(dialogues))

    assert greets.criteria["greeting"].value == "pass"
    assert greets.criteria["greeting"].evidence == (1,)
    assert does_not.criteria["greeting"].value == "fail"
    assert does_not.criteria["greeting"].found is False
    assert [s.value for s in greets.sentiment] == ["neutral", "positive"]
    assert [s.value for s in does_not.sentiment] == ["neutral", "negative"]


ODD = [
    Dialogue("chat", "en", ()),
    Dialogue("fax", "en", (Turn("agent", ""), Turn("customer", "x"))),
    Dialogue("chat", "pl", (Turn("agent", "🙂🙃"),)),
    Dialogue("chat", "ja", (Turn("customer", "こんにちは"), Turn("agent", "はい"))),
    Dialogue("chat", "en", tuple(Turn("agent", f"hello {i}") for i in range(5000))),
    Dialogue("chat", "en", (Turn("agent", "hello " * 11_000), Turn("note", "\ud800"))),
    Dialogue("chat", "en", (Turn("system", "closed"), Turn("bot", "hi"))),
]


def test_any_conversation_gets_a_defined_answer(analyser: Analyser) -> None:
    analyses = analyser.analyse(ODD, analyser.vectors(ODD))

    assert [a.not_scored for a in analyses] == [
        "empty", "no_agent", None, "language", None, None, "no_agent",
    ]  # fmt: skip
    for dialogue, analysis in zip(ODD, analyses, strict=True):
        assert len(analysis.acts) == len(dialogue.turns)
        for score in analysis.criteria.values():
            assert sum(score.probabilities.values()) == pytest.approx(1)
            assert (score.value == "na") or analysis.not_scored is None


def test_texts_alone_have_a_sentiment(analyser: Analyser) -> None:
    moods = analyser.sentiment(["thank you", "my parcel number 7 is late", ""])

    assert [(m.position, m.value) for m in moods[:2]] == [(0, "positive"), (1, "neutral")]
    assert sum(moods[2].probabilities.values()) == pytest.approx(1)
    assert analyser.sentiment([]) == []


def test_embeddings_are_unit_vectors(analyser: Analyser) -> None:
    vectors = analyser.embed(["a b", "c", ""])

    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert analyser.embed([]).shape == (0, 16)


def test_vectors_of_another_conversation_are_refused(analyser: Analyser) -> None:
    dialogue = make_example(1).dialogue

    with pytest.raises(ValueError, match=r"the vectors have shape \(2, 5\), not \(3, "):
        analyser.analyse([dialogue], [np.zeros((2, 5), np.float16)])


def test_the_version_names_encoder_and_heads(analyser: Analyser, head_files: HeadFiles) -> None:
    assert analyser.version == f"hashing-16/heads-1.{head_files.sha[:8]}"
    assert analyser.heads_sha == head_files.sha
    assert len(analyser.encoder_id) == 64


def test_heads_of_another_encoder_are_refused_and_both_are_named(head_files: HeadFiles) -> None:
    with pytest.raises(EncoderMismatch) as refusal:
        Analyser(HashingEncoder(8), head_files)

    text = str(refusal.value)
    assert "trained for the encoder hashing-16" in text
    assert "the encoder at hand is hashing-8" in text
    assert refusal.value.code == "MOD-003"


def test_damaged_heads_are_refused(heads_folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "tiny"
    shutil.copytree(heads_folder, damaged)
    path = damaged / "heads.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")

    with pytest.raises(WeightsDamaged, match=r"heads\.safetensors: sha256 is"):
        load_head_files(damaged)


def test_a_manifest_of_other_heads_is_refused(heads_folder: Path, tmp_path: Path) -> None:
    changed = tmp_path / "tiny"
    shutil.copytree(heads_folder, changed)
    manifest = (changed / "manifest.json").read_text()
    (changed / "manifest.json").write_text(manifest.replace('"context": 16', '"context": 32'))

    with pytest.raises(WeightsDamaged, match="do not fit each other"):
        load_head_files(changed)
