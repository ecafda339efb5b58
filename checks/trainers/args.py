"""The args that a trainer is built with: the learner's own class where there is one, with the stage's values."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from checks.trainers.rig import TrainerRig


def trainer_args(trainer_class: type, rig: TrainerRig) -> Any:
    """An object with all that the stage says, beside whatever else the learner's args class has.

    The class is the `AutoencoderArgs` (`VAEArgs`, …) that the trainer's own file knows, else the reference's.
    """
    from solutions.autoencoder import AutoencoderArgs
    from solutions.regularised import DenoisingArgs, SparseArgs
    from solutions.vae import VAEArgs

    of_kind = {"vae": VAEArgs, "denoising": DenoisingArgs, "sparse": SparseArgs}
    reference = of_kind.get(rig.kind, AutoencoderArgs)
    modules = (sys.modules.get(base.__module__) for base in trainer_class.__mro__)
    found = (getattr(module, reference.__name__, None) for module in modules if module)
    theirs = next((each for each in found if isinstance(each, type)), reference)
    values = {name: value for name, value in asdict(rig).items() if name not in ("kind", "seed")}
    values |= {
        "dataset": "MNIST",
        "wandb_project": "checks",
        "wandb_name": "stage",
        "sparsity_weight": rig.beta_kl,
    }
    return made(theirs, values) or made(reference, values)


def made(args_class: type, values: dict[str, Any]) -> Any:
    """The args with these values, those included that the class has no field for; None where it cannot be made."""
    known = (
        {each.name for each in fields(args_class) if each.init} if is_dataclass(args_class) else set(values)
    )
    try:
        args = args_class(**{name: value for name, value in values.items() if name in known})
    except TypeError:
        return None
    for name in values.keys() - known:
        object.__setattr__(args, name, values[name])
    return args
