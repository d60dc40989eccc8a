"""Build the shipped encoder in memory: a transformers BertModel and a fast tokenizer.

No hub, no pickle, no file of the machine but the two in `weights/base`, whose sha256 the manifest
holds.
"""

from pathlib import Path

import torch
from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers.models import Unigram
from tokenizers.normalizers import Precompiled, Replace, Sequence
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing
from torch import Tensor
from transformers import BertConfig, BertModel

from models import artifacts
from models.e5_format import E5File
from models.encoder import TransformerEncoder

WEIGHTS = "e5-small-trim-q4.bin"
CHARACTER_MAP = "charsmap_xlmr_nmt_nfkc.bin"
PADDING = 1
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
PARTS = (  # transformers' name, the file's name, rows and columns as header fields
    ("attention.self.query", "q", "hidden", "hidden"),
    ("attention.self.key", "k", "hidden", "hidden"),
    ("attention.self.value", "v", "hidden", "hidden"),
    ("attention.output.dense", "ao", "hidden", "hidden"),
    ("intermediate.dense", "fi", "inner", "hidden"),
    ("output.dense", "fo", "hidden", "inner"),
)
NORMS = (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln"))


def load_base(folder: Path, *, layers: tuple[int, int] | None = None) -> TransformerEncoder:
    """Check and build the shipped encoder.

    Args:
        folder: `weights/base`.
        layers: which layers' states it gives; by default the third and the sixth.

    Raises:
        WeightsDamaged: a file is missing or is not the one the manifest names.
    """
    manifest = artifacts.verify(folder)
    model, tokenizer = build(folder)
    return TransformerEncoder(
        model,
        tokenizer,
        name=manifest["name"],
        sha=artifacts.files_sha(manifest["files"]),
        padding=PADDING,
        layers=layers,
    )


def build(folder: Path) -> tuple[BertModel, Tokenizer]:
    """Return the model (float32, eval) and its tokenizer; `verify` the folder first."""
    file = E5File.read(folder / WEIGHTS)
    return _model(file), _tokenizer(file, (folder / CHARACTER_MAP).read_bytes())


def _tokenizer(file: E5File, character_map: bytes) -> Tokenizer:
    """The XLM-R tokenizer over the kept pieces; equal to the official one on those."""
    pieces = list(zip(file.pieces, file.scores, strict=True))
    tokenizer = Tokenizer(Unigram(pieces, unk_id=file.unknown_id, byte_fallback=False))
    tokenizer.normalizer = Sequence([Precompiled(character_map), Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in SPECIALS]
        + [AddedToken("<mask>", special=True, normalized=False, lstrip=True)]
    )
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("<s>", "</s>")],
    )
    return tokenizer


def _model(file: E5File) -> BertModel:
    header = file.header
    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.inner,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        pad_token_id=PADDING,
        bos_token_id=0,
        eos_token_id=2,
        attn_implementation="sdpa",
    )
    with torch.device("meta"):  # no time for random weights that are replaced at once
        model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(_state(file), strict=False, assign=True)
    for name, buffer in list(model.embeddings.named_buffers()):
        model.embeddings.register_buffer(name, _index_buffer(name, buffer), persistent=False)
    return model.eval()


def _index_buffer(name: str, buffer: Tensor) -> Tensor:
    """The two index buffers of BERT's embeddings, which no weights file holds."""
    if name == "position_ids":
        return torch.arange(buffer.shape[-1])[None]
    return torch.zeros(buffer.shape, dtype=torch.long)


def _state(file: E5File) -> dict[str, Tensor]:
    header = file.header
    wide = header.hidden

    def tensor(name: str, *shape: int) -> Tensor:
        return torch.from_numpy(file.tensor(name, shape))

    state = {
        "embeddings.word_embeddings.weight": tensor("emb.word", header.vocabulary, wide),
        "embeddings.position_embeddings.weight": tensor("emb.pos", header.positions, wide),
        "embeddings.token_type_embeddings.weight": tensor("emb.type", header.types, wide),
        "embeddings.LayerNorm.weight": tensor("emb.ln.w", wide),
        "embeddings.LayerNorm.bias": tensor("emb.ln.b", wide),
    }
    for layer in range(header.layers):
        prefix = f"encoder.layer.{layer}."
        for ours, theirs, rows, columns in PARTS:
            shape = (getattr(header, rows), getattr(header, columns))
            state[f"{prefix}{ours}.weight"] = tensor(f"l{layer}.{theirs}.w", *shape)
            state[f"{prefix}{ours}.bias"] = tensor(f"l{layer}.{theirs}.b", shape[0])
        for ours, theirs in NORMS:
            state[f"{prefix}{ours}.weight"] = tensor(f"l{layer}.{theirs}.w", wide)
            state[f"{prefix}{ours}.bias"] = tensor(f"l{layer}.{theirs}.b", wide)
    return state
