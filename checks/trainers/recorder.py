"""Writes down what a trainer does while it trains the rig's model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.autograd.graph import register_multi_grad_hook
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from checks.core.evidence import plain
from checks.trainers.evidence import OPTIMISER_STEPS, Call, Event
from checks.trainers.rig import Listeners, NotAnImage, RigModel, TrainerRig


class Recorder:
    """What happens in each call of `training_step` (`calls`), and between them (`outside`); `now` is where we are."""

    def __init__(self, rig: TrainerRig) -> None:
        self.rig = rig
        self.calls: list[Call] = []
        self.outside = Call()
        self.now = self.outside

    @property
    def listeners(self) -> Listeners:
        return Listeners(self.note_pass, lambda z: self.now.latents.append(plain(z)))

    @property
    def steps_done(self) -> int:
        """The training steps whose weights the model has. One that is going on counts once it stepped the optimiser."""
        going_on = self.now is not self.outside and not OPTIMISER_STEPS & {*self.now.events}
        by_hand = not any(OPTIMISER_STEPS & {*call.events} for call in self.calls[:-1])
        return len(self.calls) - (going_on and not by_hand)

    def note_pass(self, rows: list[int], learning: bool, x: Tensor) -> None:
        if torch.is_autocast_enabled("cpu"):
            self.now.events.append(Event.AUTOCAST)
        if -1 not in rows:
            self.now.marked.append(self.rig.is_marked(x, rows))
        if learning:
            self.now.passes.append(rows)
            if -1 in rows:
                self.now.altered.append(plain(x))
        else:
            self.now.idle_passes += 1

    @contextlib.contextmanager
    def listening(self, model: RigModel) -> Iterator[None]:
        """Writes down each backward pass through the model's weights and each optimiser step in the block."""
        weights = list(model.parameters())

        def on_backward(_gradient: Tensor) -> None:
            self.now.events.append(Event.BACKWARD)

        def on_step(optimiser: torch.optim.Optimizer, *_: Any) -> None:
            held = {id(each) for group in optimiser.param_groups for each in group["params"]}
            gradients = [each.grad for each in weights if id(each) in held]
            real = any(each is not None and bool(each.any()) for each in gradients)
            self.now.events.append(Event.STEP if real else Event.EMPTY_STEP)
            self.now.rates.append(float(optimiser.param_groups[0]["lr"]))

        def on_stepped(*_: Any) -> None:
            if self.now.events[-1:] == [Event.STEP] and self.now.gradient is None and not self.calls[1:]:
                self.now.gradient = torch.cat(
                    [torch.zeros(each.numel()) if each.grad is None else each.grad.flatten() for each in weights]
                )  # as the step used them, whatever hooks there are

        backward = torch.autograd.backward

        def noted_backward(*arguments: Any, **named: Any) -> Any:
            self.now.events.append(Event.CALLED)
            return backward(*arguments, **named)

        hooks = (
            register_multi_grad_hook(weights, on_backward, mode="any"),
            register_optimizer_step_pre_hook(on_step),
            register_optimizer_step_post_hook(on_stepped),
        )
        try:
            with mock.patch.object(torch.autograd, "backward", noted_backward):
                yield
        finally:
            for hook in hooks:
                hook.remove()

    @contextlib.contextmanager
    def call(self, counter: Any, rig: TrainerRig, images: Any) -> Iterator[Call]:
        """The block is one call of `training_step` on these images (b, 1, 28, 28), for which torch's seed is set."""
        self.now = Call(plain(counter))
        self.calls.append(self.now)
        with contextlib.suppress(NotAnImage):
            rig.set_seed(rig.recognise(images))
        before = torch.initial_seed()
        try:
            yield self.now
            if torch.initial_seed() not in {before, *map(rig.seed_for, self.now.passes)}:
                self.now.events.append(Event.SEEDED)
        finally:
            self.now = self.outside
