"""The same work done the usual way: one `transformers` pipeline per task, random weights.

An XLM-R-base-shaped classifier reads each of the customer's turns; an mDeBERTa-base-shaped
zero-shot model is asked once per criterion, with its four values as candidate labels. Only time is
measured, so the weights are random; the shapes are those of the public base models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from transformers import (
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    pipeline,
)

from models.base_encoder import build
from models.types import Dialogue

VALUES = ("pass", "partial", "fail", "does not apply")
BASE = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "pad_token_id": 1,
}
LONGEST = 512


@dataclass(frozen=True, slots=True)
class Pipelines:
    """The two pipelines, ready to run."""

    sentiment: object
    zero_shot: object

    def rate(self, dialogue: Dialogue, criteria: Sequence[str]) -> int:
        """Classify the customer's turns and every criterion; return the number of forward passes."""
        turns = [turn.text for turn in dialogue.turns if turn.speaker == "customer"]
        self.sentiment(turns, truncation=True, max_length=LONGEST)  # type: ignore[operator]  # -- a pipeline
        text = "\n".join(f"{turn.speaker}: {turn.text}" for turn in dialogue.turns)
        for criterion in criteria:
            self.zero_shot(  # type: ignore[operator]  # -- a pipeline
                text, list(VALUES), hypothesis_template=f"The rating of {criterion} is {{}}."
            )
        return len(turns) + len(criteria) * len(VALUES)


def make_pipelines(weights: Path) -> Pipelines:
    """Return the pipelines with random weights and the shipped tokenizer.

    Args:
        weights: folder of the base encoder, whose tokenizer equals XLM-R's on our languages.
    """
    _, tokenizer = build(weights)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=LONGEST,
        pad_token="<pad>",  # noqa: S106 -- a token of a vocabulary
        unk_token="<unk>",  # noqa: S106 -- the same
        cls_token="<s>",  # noqa: S106 -- the same
        sep_token="</s>",  # noqa: S106 -- the same
        model_input_names=["input_ids", "attention_mask"],
    )
    size = tokenizer.get_vocab_size()
    reader = XLMRobertaForSequenceClassification(
        XLMRobertaConfig(vocab_size=size, max_position_embeddings=514, num_labels=3, **BASE)
    )
    labels = {"contradiction": 0, "neutral": 1, "entailment": 2}
    judge = DebertaV2ForSequenceClassification(
        DebertaV2Config(
            vocab_size=size,
            max_position_embeddings=512,
            relative_attention=True,
            position_buckets=256,
            pos_att_type=["p2c", "c2p"],
            norm_rel_ebd="layer_norm",
            share_att_key=True,
            position_biased_input=False,
            num_labels=3,
            label2id=labels,
            id2label={number: name for name, number in labels.items()},
            **BASE,
        )
    )
    return Pipelines(
        pipeline("text-classification", model=reader.eval(), tokenizer=fast, device="cpu"),
        pipeline("zero-shot-classification", model=judge.eval(), tokenizer=fast, device="cpu"),
    )
