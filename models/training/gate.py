"""Whether a new version of the heads may take the place of the old one.

Both answer the same conversations, on which neither was trained. The new one is refused if a
criterion has become worse by more than chance explains, even where the average has not: a few
wrong corrections of one criterion would else go by unseen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from models.heads import Heads
from models.metrics import resampled_kappa
from models.training.tensors import Row, join

SLICE_LOSS, OVERALL_LOSS = -0.03, -0.01  # of kappa
ONE_SIDE = 0.025  # a 95 % interval that lies wholly below
LEAST = 50  # conversations in a slice
DRAWS = 4000
BATCH = 32

Values = npt.NDArray[np.int64]


def judge(
    before: Heads, after: Heads, rows: Sequence[Row], criteria: Sequence[str], *, seed: int = 0
) -> Mapping[str, Any]:
    """Compare two versions of the heads on rows that neither was trained on.

    Args:
        before, after: eval mode, for the same turn vectors.
        rows: at least one.
        criteria: names of the rating outputs.
        seed: of the bootstrap.

    Returns:
        `gate` ("passed" or "refused"), `conversations`, the mean `kappa` of both, and per slice
        the difference with its interval and whether it refuses.
    """
    truth = np.concatenate([row.labels.ratings.numpy() for row in rows])
    old, new = values(before, rows), values(after, rows)
    drawn = _draws(len(rows), seed)
    differences: dict[str, npt.NDArray[np.float64]] = {}
    kappas = np.zeros((2, len(criteria)))
    for number, key in enumerate(criteria):
        known = truth[:, number] >= 0
        if known.sum() < LEAST:
            continue
        column, counts = truth[known, number], drawn[:, known]
        one = resampled_kappa(column, old[known, number], counts)
        two = resampled_kappa(column, new[known, number], counts)
        differences[key] = two - one
        kappas[:, number] = one[0], two[0]
    verdict = _verdict(differences)
    return {"conversations": len(rows), "kappa": _means(kappas), **verdict}


@torch.inference_mode()
def values(heads: Heads, rows: Sequence[Row]) -> Values:
    """Return the most probable value per row and criterion, as numbers of VALUES."""
    found = []
    for start in range(0, len(rows), BATCH):
        turns, _ = join(rows[start : start + BATCH])
        found.append(heads(turns).ratings.argmax(-1).numpy())
    return np.concatenate(found)


def _draws(n: int, seed: int) -> npt.NDArray[np.int64]:
    """Return (1 + DRAWS, n): how often each row is drawn; at first each once."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(n, np.full(n, 1 / n), size=DRAWS)
    return np.concatenate([np.ones((1, n), dtype=np.int64), drawn])


def _verdict(differences: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, Any]:
    """Refuse by Holm's procedure over the slices, and by the mean over them."""
    if not differences:
        return {"gate": "passed", "slices": {}}
    chances = {key: float(np.mean(d[1:] >= SLICE_LOSS)) for key, d in differences.items()}
    refusing = set()
    for place, key in enumerate(sorted(chances, key=chances.__getitem__)):
        if chances[key] >= ONE_SIDE / (len(chances) - place):
            break
        refusing.add(key)
    overall = np.mean(list(differences.values()), axis=0)
    worse = float(np.mean(overall[1:] >= OVERALL_LOSS)) < ONE_SIDE
    slices = {key: _slice(d, is_refused=key in refusing) for key, d in differences.items()}
    slices["overall"] = _slice(overall, is_refused=worse)
    return {"gate": "refused" if refusing or worse else "passed", "slices": slices}


def _slice(differences: npt.NDArray[np.float64], *, is_refused: bool) -> dict[str, Any]:
    low, high = np.percentile(differences[1:], [2.5, 97.5])
    return {
        "difference": round(float(differences[0]), 3),
        "low": round(float(low), 3),
        "high": round(float(high), 3),
        "refused": is_refused,
    }


def _means(kappas: npt.NDArray[np.float64]) -> dict[str, float]:
    before, after = kappas.mean(axis=1)
    return {"before": round(float(before), 3), "after": round(float(after), 3)}
