"""What the hands do for the principal components: call the learner's function on a model of ours. Decides nothing."""

from __future__ import annotations

import importlib
import inspect

import torch

from checks.core.evidence import Returned, plain
from checks.core.runner import LocalRunner, follow, unlimited
from checks.exercises.latent_pca.rig import PcaRig, StageSet, rig_model
from course.settings.device import force_device


def find_components(runner: LocalRunner, kind: str, seed: int, noise_seed: int) -> Returned:
    """What the function gives for this stage, and which of the model's weights it still hangs on."""
    rig = PcaRig(kind, seed)
    model, dataset = rig_model(rig), StageSet(rig)
    torch.manual_seed(noise_seed)
    with force_device(torch.device("cpu")):
        value = runner.target(model, dataset)
    return Returned(plain(value), follow(model, value, [])[0])


@unlimited
def import_tools(runner: LocalRunner) -> Returned:
    """Imports scikit-learn where the function names it: seconds that its own time limit should not pay."""
    names = getattr(getattr(inspect.unwrap(runner.target), "__code__", None), "co_names", ())
    if any(name.startswith("sklearn") for name in names):
        importlib.import_module("sklearn.decomposition")
    return Returned(None)
