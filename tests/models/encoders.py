"""Tiny encoder folders as an operator would have them: seeded weights, a word tokenizer."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

WORDS = ["<s>", "<pad>", "</s>", "<unk>", *"abcdefghijklmnopqrstuvwxyz-:"]
CLASSES = {"bert": (BertConfig, BertModel), "xlm-roberta": (XLMRobertaConfig, XLMRobertaModel)}


def make_encoder_folder(
    folder: Path,
    *,
    model_type: str = "bert",
    positions: int = 40,
    prefix: str = "",
    seed: int = 0,
    spread: float = 0.02,
) -> Path:
    """Write config.json, tokenizer.json and model.safetensors.

    Weights of more `spread` tell texts further apart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    config_class, model_class = CLASSES[model_type]
    config = config_class(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=4, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=positions, pad_token_id=1,
        initializer_range=spread,
    )  # fmt: skip
    model = model_class(config, add_pooling_layer=False)
    (folder / "config.json").write_text(json.dumps({**config.to_dict(), "model_type": model_type}))
    state = {prefix + name: tensor.clone() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    tokenizer = Tokenizer(WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
