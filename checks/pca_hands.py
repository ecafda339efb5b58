"""What the hands do for the principal components: call the learner's function on a model of ours. Decides nothing."""

from __future__ import annotations

import importlib
import inspect

import torch

from checks.evidence import Returned, plain
from checks.hands import Hands, follow, unlimited
from checks.pca_stage import LatentStage, StageSet, stage_model
from course.device import force_device


def find_components(hands: Hands, kind: str, seed: int, noise_seed: int) -> Returned:
    """What the function gives for this stage, and which of the model's weights it still hangs on."""
    stage = LatentStage(kind, seed)
    model, dataset = stage_model(stage), StageSet(stage)
    torch.manual_seed(noise_seed)
    with force_device(torch.device("cpu")):
        value = hands.target(model, dataset)
    return Returned(plain(value), follow(model, value, [])[0])


@unlimited
def import_tools(hands: Hands) -> Returned:
    """Imports scikit-learn where the function names it: seconds that its own time limit should not pay."""
    names = getattr(getattr(inspect.unwrap(hands.target), "__code__", None), "co_names", ())
    if any(name.startswith("sklearn") for name in names):
        importlib.import_module("sklearn.decomposition")
    return Returned(None)
