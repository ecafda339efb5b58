"""What is looked at in a trainer's dealings with W&B: nothing when it is off, everything when it is on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from torch import Tensor

from checks.core.compare import same
from checks.core.mistakes import Mistake, Symptom, diagnose, first_shown, texts_of
from checks.core.run import probe
from checks.trainers.evidence import Training, Wandb
from checks.trainers.losses import Outputs, value_of
from checks.trainers.optimiser import StepRecord, replay
from checks.trainers.trainer import Logged, TrainerUnderTest, batches_of


@probe
def leaves_wandb_alone(trainer: TrainerUnderTest) -> None:
    """With use_wandb=False no W&B function is called, in training_step and in train."""
    in_steps, in_training = trainer.steps.wandb.calls, trainer.training.wandb.calls
    if in_steps or in_training:
        called = ", ".join(f"wandb.{name}" for name in dict.fromkeys([*in_steps, *in_training]))
        trainer.fail(
            "training_step" if in_steps else "train",
            f"W&B is called although `use_wandb` is False: {called}.",
            "wandb-although-off",
            "`if self.args.use_wandb:` is missing in front of it.",
        )


@probe
def tells_wandb(trainer: TrainerUnderTest) -> None:
    """With use_wandb=True: what is written for W&B works. What is missing is a note: leaving W&B off is no mistake."""
    training = trainer.training_with_wandb
    told = training.wandb
    if not {"init", "log", "watch", "finish"} & {*told.calls}:
        loops_as_without(trainer, training)
        trainer.run.note(NOTHING_WRITTEN.format(names=quoted(numbers_of(trainer.spec.log))))
        return
    runs_from_init_to_finish(trainer, told)
    logs_each_step(trainer, training)
    loops_as_without(trainer, training)
    if told.name != trainer.rig.wandb_name:
        trainer.run.note("`args.wandb_name` is not handed to `wandb.init`, so the run gets a name of W&B's own.")


NOTHING_WRITTEN = (
    "nothing is written for W&B yet. That is fine with use_wandb=False. With use_wandb=True the training would stop at the first "
    "call of the given `log_samples`, which logs pictures and needs a run. When you want it: `wandb.init(project=self.args.wandb_project, "
    "name=self.args.wandb_name)` and `wandb.watch(self.model)` before the loops, `wandb.finish()` behind them, and "
    "`wandb.log({{…}}, step=self.step)` of {names} in training_step, all under `if self.args.use_wandb:`."
)


def logs_each_step(trainer: TrainerUnderTest, training: Training) -> None:
    """Fails where W&B has other numbers than those of each step, or loses some; notes names that are not the lesson's."""
    told, batches = training.wandb, batches_of(training)
    names = numbers_of(trainer.spec.log).keys()
    rows = [row for row in told.rows if names & row.keys()]
    if not rows and not told.dropped:
        logged = dict.fromkeys(name for row in told.rows for name in row)
        seen = f"W&B gets {quoted(logged)}" if logged else "nothing is logged to W&B"
        trainer.run.note(f"{seen}; the lesson asks for {quoted(names)} at each step.")
        return
    if len(rows) != len(batches):
        rows_are_missing(trainer, told, len(rows), len(batches))
    if missing := [name for name in names if not all(name in row for row in rows)]:
        trainer.run.note(f"W&B does not get {quoted(missing)} (it gets {quoted(rows[0])}); the lesson asks for them.")
    records = replay(trainer.rig, batches, trainer.spec.loss, trainer.recipe, trainer.sampling)
    for record, row in zip(records, rows, strict=True):
        logs_numbers(trainer, record, row)


def loops_as_without(trainer: TrainerUnderTest, training: Training) -> None:
    """Fails where W&B changes more than what is logged."""
    without = trainer.training
    looked_at = {"final_counter": "`self.step` at the end", "samples": "log_samples() at steps", "returned": "returned"}
    for what, name in looked_at.items():
        seen, expected = getattr(training, what), getattr(without, what)
        if seen != expected:
            trainer.fail(
                "train",
                "with use_wandb=True, train does something else than without.",
                "wandb-changes-loop",
                "a line of the loop stands under `if self.args.use_wandb:`: look at the indentation.",
                came_out=f"{name}: {seen}",
                expected=f"{name}: {expected}",
            )


def runs_from_init_to_finish(trainer: TrainerUnderTest, told: Wandb) -> None:
    """Fails unless W&B was told of one run, of the right project and with its model, and of its end."""
    calls = told.calls
    for name in ("init", "finish"):
        if name not in calls:
            trainer.fail(
                "train", f"with use_wandb=True, train is to call `wandb.{name}`.", f"wandb-no-{name}", NEEDS[name]
            )
    if "watch" not in calls:
        trainer.run.note(f"`wandb.watch` is not called. It belongs {NEEDS['watch']}")
    elif "log" in calls and calls.index("watch") > calls.index("log"):
        trainer.fail(
            "train",
            "`wandb.watch` comes when training has begun: what it should follow is over.",
            "wandb-watch-late",
            NEEDS["watch"],
        )
    early = [name for name in calls[: calls.index("init")] if name in ("log", "watch", "finish")]
    late = [name for name in calls[calls.index("finish") + 1 :] if name in ("log", "watch")]
    if early or late:
        trainer.fail(
            "train",
            f"`wandb.{(early or late)[0]}` is called {'before `wandb.init`' if early else 'after `wandb.finish`'}, "
            "when there is no run that it could belong to.",
            "wandb-before-init" if early else "wandb-after-finish",
            "the order is init, watch, a log for each step, finish: each but log once.",
        )
    if calls.count("init") > 1:
        trainer.fail(
            "train",
            f"`wandb.init` is called {calls.count('init')} times in one run of train.",
            "wandb-init-repeated",
            "call it once, before the loop over epochs.",
        )
    if told.project != trainer.rig.wandb_project:
        trainer.fail(
            "train",
            f"`wandb.init` got project={told.project!r}, with args.wandb_project = {trainer.rig.wandb_project!r}.",
            "wandb-project",
            "`wandb.init(project=self.args.wandb_project, …)`.",
        )
    if told.mode in MODES_TO_LEAVE:
        trainer.fail(
            "train",
            f"`wandb.init` got mode={told.mode!r}: {MODES_TO_LEAVE[told.mode]}.",
            "wandb-mode",
            "leave `mode` out: the given `__init__` finds out whether the run can be online.",
        )
    if "watch" in calls and told.watched != "model":
        trainer.fail(
            "train",
            f"`wandb.watch` got {told.watched}; it watches a model.",
            "wandb-watches-other",
            "`wandb.watch(self.model)`.",
        )


ASKS = "without a network, or an account, it asks for one or stops the training"
MODES_TO_LEAVE = {"online": ASKS, "run": ASKS, "shared": ASKS, "disabled": "then nothing of what is logged is kept"}
"""What is wrong with a mode that W&B takes, but that the trainer should not ask for."""

NEEDS = {
    "init": "before the loops: `wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=…)`.",
    "watch": "behind `wandb.init`: `wandb.watch(self.model)` follows its gradients.",
    "finish": "behind the loops: `wandb.finish()` closes the run; without it the next one runs into this one.",
}


def rows_are_missing(trainer: TrainerUnderTest, told: Wandb, seen: int, expected: int) -> None:
    """Fails, since W&B's table has not one row for each step."""
    names = quoted(numbers_of(trainer.spec.log))
    trainer.fail(
        "training_step",
        f"with use_wandb=True, {expected} steps are to log {names}; W&B has {seen} such rows.",
        *first_shown(ROWS_MISSING, told, seen, expected),
        came_out=f"rows of {quoted(told.rows[0])}" if told.rows and not seen else None,
    )


ROWS_MISSING = [
    Symptom(
        "wandb-step-back",
        "`step=` went back to a smaller number, and W&B ignores that: give it `self.step`, which only grows.",
        lambda told, seen, expected: told.dropped > 0,
    ),
    Symptom(
        "wandb-step-repeats",
        "several steps were logged under one `step=`, and W&B keeps the last: give it `self.step`, which grows each time.",
        lambda told, seen, expected: 0 < seen < expected <= told.logs,
    ),
    Symptom(
        "wandb-step-repeats",
        "the numbers of one step are to go into one `wandb.log({…}, step=self.step)`.",
        lambda told, seen, expected: seen > 0 and expected <= told.logs,
    ),
    Symptom(
        "wandb-not-each-step",
        "log in training_step, under no condition but `use_wandb`.",
        lambda told, seen, expected: seen > 0,
    ),
]
"""By what W&B was told, and how many rows with any of the right names it has and should have; the first that fits."""


def numbers_of(log: Any) -> dict[str, Logged]:
    return {each.name: getattr(log, each.name) for each in fields(log)}


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def logs_numbers(trainer: TrainerUnderTest, record: StepRecord, row: dict[str, Any]) -> None:
    """Fails unless a row holds the numbers of its step, or equally good ones."""
    out, weight = record.outputs, trainer.rig.weight
    for name, number in numbers_of(trainer.spec.log).items():
        expected = value_of(number, out, weight)
        seen = row.get(name)
        if name not in row:
            continue
        if isinstance(seen, int | float):
            if same(float(seen), expected, 1e-2):
                continue
            others = trainer.spec.log_alternatives.get(name, ())
            notes = [note for note, each in others if same(float(seen), value_of(each, out, weight), 1e-2)]
            if notes:
                trainer.run.note(notes[0])
                continue
        if isinstance(seen, int | float):
            came_out, text = f"{seen:.5f}", texts_of(explain_number(trainer, name, float(seen), out))
        elif isinstance(seen, Tensor):
            came_out, text = f"a tensor of shape {tuple(seen.shape)}", "log one number: its mean."
        else:
            came_out, text = repr(seen), None
        trainer.fail(
            "training_step",
            f"what is logged to W&B as `{name}` is another number.",
            "wandb-wrong-number",
            text,
            numbers={"seen": came_out, "expected": expected},
            came_out=came_out,
            expected=f"{expected:.5f}",
        )


def explain_number(trainer: TrainerUnderTest, name: str, seen: float, out: Outputs) -> tuple[Mistake, ...]:
    """The mistake with which this number comes out under this name."""
    known = [mistake for mistake in trainer.spec.log_mistakes if mistake.step == name]

    def agrees(log: Any) -> bool:
        return same(seen, value_of(getattr(log, name), out, trainer.rig.weight))

    return diagnose(trainer.spec.log, known, agrees, most=1)
