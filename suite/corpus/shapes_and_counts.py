"""The usual checker, for comparison: output shapes and the number of parameters, beside the reference's.

For a trainer: the loss is a scalar and `train` returns a model. It is written to do this well, not to lose.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from checks.core.isolation import isolated
from checks.core.time_limit import TookTooLong, time_limit
from course.data.datasets import substitute
from solutions.autoencoder import AutoencoderArgs
from solutions.vae import VAEArgs
from suite.corpus import Answer

LATENT_DIM_SIZE, HIDDEN_DIM_SIZE = 5, 128
SECONDS = 3.0


def accepts(answer: Answer) -> bool | None:
    """Whether the answer passes; None for an exercise that this kind of checker is not made for."""
    checker = CHECKERS.get(answer.exercise)
    if checker is None:
        return None
    try:
        quiet = contextlib.redirect_stderr(io.StringIO())
        with isolated(0), quiet, contextlib.redirect_stdout(io.StringIO()), time_limit(SECONDS):
            return checker(answer)
    except (Exception, TookTooLong):
        return False


def same_shapes_and_count(answer: Answer) -> bool:
    return outline(answer.load()) == reference_outline(answer.exercise)


@cache
def reference_outline(exercise: str) -> list[Any]:
    return outline(Answer(exercise, "shapes and counts of the reference").load())


def outline(model_class: Callable[..., Any]) -> list[Any]:
    """The shapes of all that a model computes for eight images, and the number of its parameters."""
    model = model_class(LATENT_DIM_SIZE, HIDDEN_DIM_SIZE)
    x = torch.randn(8, 1, 28, 28)
    outputs = [model(x), model.encoder(x), model.decoder(torch.randn(8, LATENT_DIM_SIZE))]
    if hasattr(model, "sample_latent_vector"):
        outputs.append(model.sample_latent_vector(x))
    return [*map(shapes, outputs), sum(each.numel() for each in model.parameters())]


def shapes(output: Tensor | tuple[Tensor, ...]) -> Any:
    if isinstance(output, Tensor):
        return tuple(output.shape)
    return [tuple(each.shape) for each in output]


def runs_and_returns(args_class: type) -> Callable[[Answer], bool]:
    """Makes the trainer, takes a step, trains for an epoch."""

    def check(answer: Answer) -> bool:
        trainer_class = answer.load()
        images = TensorDataset(torch.randn(20, 1, 28, 28), torch.zeros(20, dtype=torch.long))
        args = args_class(batch_size=8, epochs=1, use_wandb=False)
        with substitute(images):
            trainer = trainer_class(args)
            loss = trainer.training_step(torch.randn(8, 1, 28, 28))
            return loss.dim() == 0 and isinstance(trainer.train(), nn.Module)

    return check


CHECKERS: dict[str, Callable[[Answer], bool]] = {
    "autoencoder": same_shapes_and_count,
    "vae": same_shapes_and_count,
    "autoencoder_trainer": runs_and_returns(AutoencoderArgs),
    "vae_trainer": runs_and_returns(VAEArgs),
}
