"""Puts the rig's model in the place of the one that a learner's trainer made, wherever that is referred to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from checks.core.evidence import plain
from checks.trainers.evidence import Made, Optimiser
from checks.trainers.rig import RigModel


def swap_model(trainer: Any, rig_model: RigModel) -> tuple[nn.Module, Made]:
    """The trainer's model, turned into the rig's, and what the trainer had made.

    The object stays and is turned into another model, so that every reference to it holds; the optimisers get the
    rig's weights in place of the learner's. Raises AttributeError when the trainer has no model.
    """
    model = trainer.model
    halves = halves_of(model)
    optimisers = list(optimisers_of(trainer))
    made = Made(
        model=type(model).__name__,
        sizes={name: plain(getattr(model, name, None)) for name in ("latent_dim_size", "hidden_dim_size")},
        samples=hasattr(model, "sample_latent_vector"),
        types=sorted(
            {str(value.dtype).removeprefix("torch.") for value in model.parameters() if value.is_floating_point()}
        ),
        optimisers=[described(each, halves) for each in optimisers],
        optimised=set().union(*halves.values()) <= set().union(*map(held_by, optimisers)),
    )
    new = {half: list(getattr(rig_model, half).parameters()) for half in halves}
    for optimiser in optimisers:
        hand_over(optimiser, halves, new)
    for half in halves:
        if isinstance(getattr(model, half, None), nn.Module):
            turn_into(getattr(model, half), getattr(rig_model, half))
    if turn_into(model, rig_model):
        return model, made
    trainer.model = rig_model
    return rig_model, made


def halves_of(model: nn.Module) -> dict[str, set[int]]:
    """The identities of each half's weights; what is not the decoder's is the encoder's.

    A model without one of the halves (a wrong one, which is not for us to judge) has all its weights in both.
    """
    every, decoder = set(), set()
    for name, value in model.named_parameters():
        every.add(id(value))
        if name.startswith("decoder."):
            decoder.add(id(value))
    return {"encoder": every - decoder or every, "decoder": decoder or every}


def turn_into(old: nn.Module, new: nn.Module) -> bool:
    """Makes the old object the same as the new one; False where Python cannot (an odd class, slots)."""
    try:
        old.__class__ = type(new)
    except TypeError:
        return False
    old.__dict__ = new.__dict__
    return True


def optimisers_of(trainer: Any) -> Iterator[torch.optim.Optimizer]:
    """The optimisers among the trainer's attributes, in lists and dicts too, each once."""
    seen = set()
    for value in vars(trainer).values():
        several = [*value.values()] if isinstance(value, dict) else value
        for each in several if isinstance(several, list | tuple) else [several]:
            if isinstance(each, torch.optim.Optimizer) and id(each) not in seen:
                seen.add(id(each))
                yield each


def held_by(optimiser: torch.optim.Optimizer) -> set[int]:
    return {id(weight) for group in optimiser.param_groups for weight in group["params"]}


def described(optimiser: torch.optim.Optimizer, halves: dict[str, set[int]]) -> Optimiser:
    held = held_by(optimiser)
    touched = [half for half in halves.values() if half & held]
    options = optimiser.param_groups[-1]
    return Optimiser(
        type(optimiser).__name__,
        covers=bool(held) and held == set().union(*touched),
        options={name: simple(options[name]) for name in ("lr", "betas", "weight_decay") if name in options},
    )


def simple(option: Any) -> Any:
    """An optimiser's option as a number or a tuple of numbers, also where it is kept as a tensor or a list."""
    if isinstance(option, torch.Tensor) and option.numel() == 1:
        return option.item()
    return tuple(map(simple, option)) if isinstance(option, list | tuple) else plain(option)


def hand_over(
    optimiser: torch.optim.Optimizer, halves: dict[str, set[int]], new: dict[str, list[nn.Parameter]]
) -> None:
    """Gives the first group that holds any weight of a half the whole of that half of the new model."""
    open_halves = dict(halves)
    for group in optimiser.param_groups:
        held = {id(weight) for weight in group["params"]}
        taken = [half for half, weights in open_halves.items() if weights & held]
        group["params"] = [weight for half in taken for weight in new[half]]
        for half in taken:
            del open_halves[half]
    optimiser.state.clear()
