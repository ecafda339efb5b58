"""What is looked at in a trainer's dealings with W&B: nothing when it is off, everything when it is on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from checks.core.evidence import Training, Wandb
from checks.core.run import probe
from checks.trainers.loop import LoopProbes
from checks.trainers.losses import RIGHT, Outputs
from checks.trainers.optimiser import StepRecord, replay
from checks.trainers.trainer import nearly, value_of


@dataclass(frozen=True)
class WrongNumber:
    """A number that is easily logged under `name` in place of the right one."""

    name: str
    text: str
    value: Callable[[Outputs], Tensor]


WRONG_NUMBERS = [
    WrongNumber("std", "that is the mean of log sigma: take exp first.", lambda out: out["logsigma"].mean()),
    WrongNumber("std", "that is exp of the mean: take exp first, then the mean.", lambda out: out["logsigma"].mean().exp()),
    WrongNumber("std", "that is the mean of sigma²: log sigma's exp is sigma.", lambda out: (2 * out["logsigma"]).exp().mean()),
    WrongNumber("std", "that is exp(logsigma / 2), which is for a log variance.", lambda out: (out["logsigma"] / 2).exp().mean()),
    WrongNumber("std", "that is how far the means are spread; sigma is meant.", lambda out: out["mu"].std()),
    WrongNumber("std", "that is how far log sigma is spread; the mean of sigma is meant.", lambda out: out["logsigma"].std()),
    WrongNumber("std", "that is how far sigma is spread; its mean is meant.", lambda out: out["logsigma"].exp().std()),
    WrongNumber("mean", "that is the mean of log sigma.", lambda out: out["logsigma"].mean()),
    WrongNumber("mean", "that is the mean of sigma.", lambda out: out["logsigma"].exp().mean()),
    WrongNumber("mean", "that is the mean of |mu|.", lambda out: out["mu"].abs().mean()),
    WrongNumber("mean", "that is the sum of mu; take its mean.", lambda out: out["mu"].sum()),
    WrongNumber("mean", "that is the mean of the reconstruction; mu is meant.", lambda out: out["reconstruction"].mean()),
    WrongNumber("kl_div_loss", "that is the sum; take the mean.", lambda out: RIGHT.divergence(out["mu"], out["logsigma"]).sum()),
    WrongNumber("kl_div_loss", "that is the reconstruction term.", RIGHT.reconstruction),
    WrongNumber("reconstruction_loss", "that is the KL term.", RIGHT.kl_of),
    WrongNumber("total_loss", "that is the reconstruction term alone.", RIGHT.reconstruction),
    WrongNumber("total_loss", "that is the KL term alone.", RIGHT.kl_of),
    WrongNumber("total_loss", "that is the sum without beta_kl.", lambda out: RIGHT.reconstruction(out) + RIGHT.kl_of(out)),
]  # fmt: skip


class WandbProbes(LoopProbes):
    """Probes of what W&B is told."""

    @probe
    def leaves_wandb_alone(self) -> None:
        """With use_wandb=False no W&B function is called, in training_step and in train."""
        in_steps, in_training = self.steps.wandb.calls, self.training().wandb.calls
        if in_steps or in_training:
            called = ", ".join(f"wandb.{name}" for name in dict.fromkeys([*in_steps, *in_training]))
            self.fail(
                "training_step" if in_steps else "train",
                f"W&B is called although `use_wandb` is False: {called}.",
                "wandb-although-off",
                "`if self.args.use_wandb:` is missing in front of it.",
            )

    @probe
    def tells_wandb(self) -> None:
        """With use_wandb=True: init with the project, watch, each step's numbers, finish, in this order."""
        training = self.training(use_wandb=True)
        told = training.wandb
        self.runs_from_init_to_finish(told)
        batches = self.batches(training)
        wanted = set(self.spec.logged)
        rows = [row for row in told.rows if wanted & row.keys()]
        if len(rows) != len(batches):
            self.fail("training_step", *self.rows_missing(told, len(rows), len(batches)))
        for record, row in zip(
            replay(self.rig, batches, self.spec.right, self.recipe, self.sampling), rows, strict=True
        ):
            self.logs_numbers(record, row)
        self.loops_as_without(training)
        if told.name != "stage":
            self.run.note(
                "`args.wandb_name` is not handed to `wandb.init`, so the run gets a name of W&B's own."
            )

    def loops_as_without(self, training: Training) -> None:
        """Fails where W&B changes more than what is logged."""
        without = self.training()
        for what in ("final_counter", "samples", "returned"):
            seen, expected = getattr(training, what), getattr(without, what)
            if seen != expected:
                name = {"final_counter": "`self.step` at the end", "samples": "log_samples() at steps"}.get(
                    what, "returned"
                )
                self.fail(
                    "train",
                    "with use_wandb=True, train does something else than without.",
                    "wandb-changes-loop",
                    "a line of the loop stands under `if self.args.use_wandb:`: look at the indentation.",
                    came_out=f"{name}: {seen}",
                    expected=f"{name}: {expected}",
                )

    def runs_from_init_to_finish(self, told: Wandb) -> None:
        calls = told.calls
        for name in ("init", "watch", "finish"):
            if name not in calls:
                self.fail(
                    "train",
                    f"with use_wandb=True, train is to call `wandb.{name}`.",
                    f"wandb-no-{name}",
                    NEEDS[name],
                )
        if "log" in calls and calls.index("watch") > calls.index("log"):
            self.fail(
                "train",
                "`wandb.watch` comes when training has begun: what it should follow is over.",
                "wandb-watch-late",
                NEEDS["watch"],
            )
        early = [name for name in calls[: calls.index("init")] if name in ("log", "watch", "finish")]
        late = [name for name in calls[calls.index("finish") + 1 :] if name in ("log", "watch")]
        if early or late:
            self.fail(
                "train",
                f"`wandb.{(early or late)[0]}` is called {'before `wandb.init`' if early else 'after `wandb.finish`'}, "
                "when there is no run that it could belong to.",
                "wandb-before-init" if early else "wandb-after-finish",
                "the order is init, watch, a log for each step, finish: each but log once.",
            )
        if calls.count("init") > 1:
            self.fail(
                "train",
                f"`wandb.init` is called {calls.count('init')} times in one run of train.",
                "wandb-init-repeated",
                "call it once, before the loop over epochs.",
            )
        if told.project != "checks":
            self.fail(
                "train",
                f"`wandb.init` got project={told.project!r}, with args.wandb_project = 'checks'.",
                "wandb-project",
                "`wandb.init(project=self.args.wandb_project, …)`.",
            )
        if told.watched != "model":
            self.fail(
                "train",
                f"`wandb.watch` got {told.watched}; it watches a model.",
                "wandb-watches-other",
                "`wandb.watch(self.model)`.",
            )

    def rows_missing(self, told: Wandb, seen: int, expected: int) -> tuple[str, str, str]:
        """Text, cause and likely cause where W&B's table has not one row for each step."""
        names = ", ".join(f"`{name}`" for name in self.spec.logged)
        text = f"with use_wandb=True, {expected} steps are to log {names}; W&B has {seen} such rows."
        if told.dropped:
            return (
                text,
                "wandb-step-back",
                (
                    "`step=` went back to a smaller number, and W&B ignores that: give it `self.step`, which only grows."
                ),
            )
        if told.logs >= expected and seen:
            return (
                text,
                "wandb-step-repeats",
                (
                    "several steps were logged under one `step=`, and W&B keeps the last: give it `self.step`, which grows each time."
                    if seen < expected
                    else "the numbers of one step are to go into one `wandb.log({…}, step=self.step)`."
                ),
            )
        if seen:
            return text, "wandb-not-each-step", "log in training_step, under no condition but `use_wandb`."
        if told.rows:
            keys = ", ".join(f"`{key}`" for key in told.rows[0])
            return (
                text,
                "wandb-wrong-key",
                f"you logged {keys}: other names, or `training_step` logs something else.",
            )
        return text, "wandb-not-logged", "`wandb.log({…}, step=self.step)` is missing in training_step."

    def logs_numbers(self, record: StepRecord, row: dict[str, Any]) -> None:
        """Fails unless a row holds the numbers of its step. The KL may be logged with or without its weight."""
        beta = self.rig.beta_kl
        for name, function in self.spec.logged.items():
            expected = value_of(function, record.outputs, beta)
            allowed = [expected, beta * expected] if name == "kl_div_loss" else [expected]
            seen = row.get(name)
            if isinstance(seen, int | float) and any(nearly(seen, each, 1e-2) for each in allowed):
                continue
            if name not in row:
                keys = ", ".join(f"`{key}`" for key in row)
                self.fail(
                    "training_step",
                    f"`{name}` is not logged to W&B.",
                    "wandb-wrong-key",
                    f"you logged {keys}.",
                )
            if isinstance(seen, Tensor):
                came_out, text = f"a tensor of shape {tuple(seen.shape)}", "log one number: its mean."
            else:
                came_out, text = f"{seen:.5f}" if isinstance(seen, int | float) else repr(seen), None
            if isinstance(seen, int | float):
                text = next(
                    (
                        wrong.text
                        for wrong in WRONG_NUMBERS
                        if wrong.name == name and nearly(seen, float(wrong.value(record.outputs)), 1e-4)
                    ),
                    None,
                )
            self.fail(
                "training_step",
                f"what is logged to W&B as `{name}` is another number.",
                "wandb-wrong-number",
                text,
                numbers={"seen": came_out, "expected": expected},
                came_out=came_out,
                expected=f"{expected:.5f}",
            )


NEEDS = {
    "init": "before the loops: `wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=…)`.",
    "watch": "behind `wandb.init`: `wandb.watch(self.model)` follows its gradients.",
    "finish": "behind the loops: `wandb.finish()` closes the run; without it the next one runs into this one.",
}
