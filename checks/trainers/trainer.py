"""What a trainer exercise asks for, and the trainer under test: the evidence of what it did, taken once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from torch import Tensor

from checks.core.mistakes import Mistake
from checks.core.result import CheckFailure, NotAttempted
from checks.core.run import CheckRun
from checks.trainers.evidence import Call, Steps, Training
from checks.trainers.exceptions import TRAINER_ERRORS
from checks.trainers.losses import RIGHT_LOSS, Loss, Outputs
from checks.trainers.operations import run_training, take_steps
from checks.trainers.optimiser import RIGHT_STEP, StepRecipe
from checks.trainers.rig import TrainerRig
from checks.trainers.sampling import BY_THE_MODEL, Sampling

BATCHES = [[0, 1, 2, 3, 4], [5, 6, 7], [8], [9, 10, 11, 12]]
"""The images of the steps that are looked at: batches of several sizes, one of them of a single image."""

ROUNDING = 1e-5
"""How far apart, relative to their size, two float32 ways of computing one loss may lie."""

Logged = Callable[[Outputs, float], Tensor]
"""A number that W&B gets at each step, a scalar of what went into the loss and of the weight of its second term."""


@dataclass(frozen=True)
class LossLog:
    """What W&B gets at each step, each number under the name of its field."""

    loss: Logged = RIGHT_LOSS


@dataclass(frozen=True)
class TrainerSpec:
    """What one trainer exercise asks for.

    `name` and `model` are the names of the trainer's class and of its model's. `loss` and `log` (a dataclass as
    `LossLog` is) are right; their mistakes are what is known to go wrong in them, and `usual` those that public code puts
    together. `log_alternatives` are, by name, other
    numbers that pass, each as (note, number). `changes_images` says that the encoder gets other images than those handed
    to training_step, which a probe of the exercise's own looks at.
    """

    name: str
    model: str
    loss_mistakes: Sequence[Mistake]
    loss: Loss = RIGHT_LOSS
    usual: Sequence[Mistake] = ()
    log: Any = LossLog()
    log_mistakes: Sequence[Mistake] = ()
    log_alternatives: Mapping[str, Sequence[tuple[str, Logged]]] = field(default_factory=dict)
    rig: TrainerRig = field(default_factory=TrainerRig)
    changes_images: bool = False


@dataclass
class TrainerUnderTest:
    """The trainer class under test and the evidence of what it did on the rig."""

    run: CheckRun
    spec: TrainerSpec
    others: dict[TrainerRig, Steps | None] = field(default_factory=dict, init=False)

    @cached_property
    def rig(self) -> TrainerRig:
        return replace(self.spec.rig, seed=self.run.seed)

    @cached_property
    def other_rig(self) -> TrainerRig:
        """Another seed, size and weight. Here a VAE's mu and sigma are large, so that even a KL with a tiny weight counts,
        and its log sigma is positive, so that a logarithm of it is a number."""
        rig = replace(self.rig, seed=self.rig.seed + 1000, latent_dim_size=4, hidden_dim_size=11, weight=1.7)
        return replace(rig, code_spread=12.0, logsigma_mean=2.6) if rig.is_vae else rig

    @cached_property
    def steps(self) -> Steps:
        """The evidence of a few training steps."""
        shape = (len(BATCHES[0]), 1, 28, 28)
        tried = f"{self.run.target.name}(args), and training_step(img) on images of shape {shape} and others,"
        return self.run.observe(take_steps, tried, TRAINER_ERRORS, rig=asdict(self.rig), batches=BATCHES)

    def steps_on(self, rig: TrainerRig) -> Steps | None:
        """The same steps of another rig, for a cause to be believed; None where they raise something."""
        if rig not in self.others:
            try:
                self.others[rig] = self.run.observe(take_steps, "", rig=asdict(rig), batches=BATCHES)
            except (CheckFailure, NotAttempted):
                self.others[rig] = None
        return self.others[rig]

    @cached_property
    def training(self) -> Training:
        """The evidence of one run of `train`, without W&B."""
        return self.trained(self.rig, "")

    @cached_property
    def training_with_wandb(self) -> Training:
        return self.trained(replace(self.rig, use_wandb=True), " with use_wandb=True")

    @cached_property
    def even_rig(self) -> TrainerRig:
        return evened(self.rig)

    @cached_property
    def even_training(self) -> Training:
        """Another run, in which train hears of losses that rise, and copies on a device are marked."""
        rig = self.even_rig
        how = f" with batches of {rig.batch_size} and {rig.epochs} epochs"
        return self.trained(rig, how, [1 + 0.1 * step for step in range(rig.steps)], marks=True)

    def trained(
        self, rig: TrainerRig, how: str, losses: Sequence[float] | None = None, marks: bool = False
    ) -> Training:
        tried = f"{self.run.target.name}(args).train(){how}"
        return self.run.observe(run_training, tried, TRAINER_ERRORS, rig=asdict(rig), losses=losses, marks=marks)

    @cached_property
    def sampling(self) -> Sampling:
        """How the decoder's latents come about; `returns_loss` puts another equally good way here where it finds one."""
        return BY_THE_MODEL

    @cached_property
    def recipe(self) -> StepRecipe:
        """What a training step does; `updates_weights` allows for a gradient that is scaled."""
        return RIGHT_STEP

    def fail(self, method: str, text: str, cause: str | None, likely: str | None = None, **parts: Any) -> None:
        """One failure, with the place of the method that it is about."""
        self.run.fail(text, cause=cause, **parts, likely_cause=likely, where=self.run.where(method, "__init__"))


def evened(rig: TrainerRig) -> TrainerRig:
    """The rig with sizes that divide each other: no smaller batch at the end of an epoch, and samples at the last step."""
    return replace(rig, batch_size=7, epochs=6)


def batches_of(training: Training) -> list[list[int]]:
    """The images of each training step; where train never calls `training_step`, those of each pass."""
    if training.calls:
        return [images_of(call) for call in training.calls]
    return training.outside.passes


def images_of(call: Call) -> list[int]:
    """The images that went through the model in one step; those that went twice count once."""
    return list(dict.fromkeys(row for rows in call.passes for row in rows))
