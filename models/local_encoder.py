"""Load an operator's own encoder from a local folder, without running anything it brings.

A sentence-transformers, BERT or XLM-R folder: `config.json`, `tokenizer.json` and
`*.safetensors`. The classes are those of transformers, chosen by us; transformers' own loaders
are not used, since they run `modeling_*.py` of a local folder (CVE-2026-68770). A name of a hub
is not a folder, and is refused. What similarity is measured on is pooled by sentence-transformers,
from the model and tokenizer built here, as the folder's own pooling says.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

from models import artifacts
from models.encoder import EMPTY, WINDOW, TransformerEncoder

if TYPE_CHECKING:
    from models.sentence_pipeline import SentencePipeline

CLASSES = {"bert": (BertConfig, BertModel), "xlm-roberta": (XLMRobertaConfig, XLMRobertaModel)}
LIMITS = {  # config key -> the most we build
    "num_hidden_layers": 48,
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_attention_heads": 64,
    "max_position_embeddings": 8194,
    "vocab_size": 1_000_000,
}
POOLINGS = {  # the key of older folders -> the mode of sentence-transformers' Pooling
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
ROOTS = ("bert.", "roberta.", "model.")  # prefixes that a saved task model puts before the names


class RefusedEncoder(ValueError):
    """An encoder folder that is not loaded, with the reason."""

    code = "MOD-004"


class LocalEncoder(TransformerEncoder):
    """An operator's encoder; its texts are embedded through sentence-transformers.

    Args:
        model: transformers' BertModel or XLMRobertaModel, eval mode.
        tokenizer: adds the special tokens; not truncating, not padding.
        padding: the id that fills up a batch.
        mode: of sentence-transformers' Pooling.
        prefix: what `embed` puts before a text.
        rest: as TransformerEncoder has it.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Tokenizer,
        *,
        padding: int,
        mode: str,
        prefix: str,
        **rest: Any,
    ) -> None:
        pooling = "first" if mode == "cls" else "mean"
        super().__init__(model, tokenizer, padding=padding, pooling=pooling, prefix=prefix, **rest)
        self._model = model
        self._mode = mode
        self._pipeline: SentencePipeline | None = None

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Return (n, hidden) float32 of length 1, pooled as the folder says."""
        if not texts:
            return torch.zeros(0, self.hidden)
        if self._pipeline is None:
            self._pipeline = self._put_together()
        return self._pipeline.embed([text.strip() or EMPTY for text in texts])

    def _put_together(self) -> "SentencePipeline":
        from models.sentence_pipeline import SentencePipeline  # noqa: PLC0415 -- takes 8 s

        return SentencePipeline(
            self._model,
            lambda texts: [pieces[0] for pieces in self._ids(texts)],
            padding=self._padding,
            pooling=self._mode,
            prompt=self._prefix,
        )


def load_local(folder: Path, *, layers: tuple[int, int] | None = None) -> LocalEncoder:
    """Check and build the encoder of a folder.

    Args:
        folder: on this machine.
        layers: which layers' states it gives; by default those at a quarter
            and at half of its depth.

    Raises:
        RefusedEncoder: it is no folder, brings code, asks for another architecture, is too
            large, or its files do not fit each other.
    """
    _refuse_code(folder)
    config = _config(folder)
    config_class, model_class = CLASSES[config["model_type"]]
    shards = sorted(folder.glob("*.safetensors"))
    if not shards:
        raise RefusedEncoder(f"{folder.name} holds no *.safetensors; other weights are not read.")
    tokenizer = _tokenizer(folder)
    padding = int(config.get("pad_token_id") or 0)
    with torch.device("meta"):
        model: Any = model_class(
            config_class(**config, attn_implementation="sdpa"), add_pooling_layer=False
        )
    _fill(model, _tensors(shards), folder)
    if tokenizer.get_vocab_size() > config["vocab_size"]:
        raise RefusedEncoder(f"{folder.name}: the tokenizer knows more pieces than the weights.")
    names = [folder / "config.json", folder / "tokenizer.json", *shards]
    return LocalEncoder(
        model.eval(),
        tokenizer,
        name=folder.name,
        sha=artifacts.files_sha({path.name: artifacts.sha256_of(path) for path in names}),
        padding=padding,
        layers=layers,
        window=min(WINDOW, config["max_position_embeddings"] - padding - 1),
        mode=_pooling(folder),
        prefix=_prefix(folder),
    )


def _refuse_code(folder: Path) -> None:
    if not folder.is_dir():
        raise RefusedEncoder(
            f"{str(folder)[:80]!r} is not a folder on this machine. Download the encoder first; "
            "names of a model hub are not looked up."
        )
    if code := sorted(path.name for path in folder.rglob("*.py")):
        raise RefusedEncoder(f"{folder.name} brings code ({code[0]}); it is not loaded.")


def _config(folder: Path) -> dict[str, Any]:
    config = _json(folder / "config.json")
    if "auto_map" in config:
        raise RefusedEncoder(f"{folder.name}: config.json names code of its own (auto_map).")
    if config.get("model_type") not in CLASSES:
        known = ", ".join(CLASSES)
        raise RefusedEncoder(
            f"{folder.name} is of type {str(config.get('model_type'))[:40]!r}; we load {known}."
        )
    for key, most in LIMITS.items():
        if not isinstance(config.get(key), int) or not 1 <= config[key] <= most:
            raise RefusedEncoder(f"{folder.name}: {key} must be between 1 and {most}.")
    if config["hidden_size"] % config["num_attention_heads"]:
        raise RefusedEncoder(f"{folder.name}: hidden_size is no multiple of the heads.")
    unwanted = ("auto_map", "architectures", "attn_implementation", "_attn_implementation")
    return {key: value for key, value in config.items() if key not in unwanted}


def _tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise RefusedEncoder(f"{folder.name} holds no tokenizer.json.")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise RefusedEncoder(f"{folder.name}: tokenizer.json cannot be read.") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _tensors(shards: list[Path]) -> dict[str, Tensor]:
    tensors = {}
    for shard in shards:
        try:
            found = load_file(shard)
        except Exception as error:  # safetensors raises its own untyped error
            raise RefusedEncoder(f"{shard.name} cannot be read.") from error
        for name, tensor in found.items():
            plain = next((name[len(r) :] for r in ROOTS if name.startswith(r)), name)
            tensors[plain] = tensor.float()
    return tensors


def _fill(model: Any, tensors: Mapping[str, Tensor], folder: Path) -> None:
    """Give the model its weights; each must be there, in its shape."""
    for name, wanted in model.state_dict().items():
        given = tensors.get(name)
        if given is None or given.shape != wanted.shape:
            shape = "missing" if given is None else f"of shape {tuple(given.shape)}"
            raise RefusedEncoder(
                f"{folder.name}: {name} is {shape}, not {tuple(wanted.shape)} as config.json says."
            )
    known = model.state_dict().keys()
    model.load_state_dict({name: tensors[name] for name in known}, assign=True)
    for name, buffer in list(model.embeddings.named_buffers()):
        positions = torch.arange(buffer.shape[-1])[None]
        made = positions if name == "position_ids" else torch.zeros_like(positions)
        model.embeddings.register_buffer(name, made, persistent=False)


def _pooling(folder: Path) -> str:
    """Return the mode of the folder's pooling, the mean where it names none."""
    path = folder / "1_Pooling" / "config.json"
    said = _json(path) if path.is_file() else {}
    modes = [mode for key, mode in POOLINGS.items() if said.get(key) is True] or ["mean"]
    if "pooling_mode" in said:
        named = said["pooling_mode"]
        modes = named if isinstance(named, list) else [named]
    if len(modes) != 1 or modes[0] not in POOLINGS.values():
        raise RefusedEncoder(
            f"{folder.name}: pooling must be one of {', '.join(POOLINGS.values())}."
        )
    return str(modes[0])


def _prefix(folder: Path) -> str:
    path = folder / "config_sentence_transformers.json"
    prompts = _json(path).get("prompts") if path.is_file() else None
    prefix = prompts.get("query", "") if isinstance(prompts, dict) else ""
    return prefix if isinstance(prefix, str) else ""


def _json(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RefusedEncoder(f"{path.parent.name} holds no readable {path.name}.") from error
    if not isinstance(plain, dict):
        raise RefusedEncoder(f"{path.parent.name}: {path.name} is not a JSON object.")
    return plain
