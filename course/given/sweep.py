"""A sweep over beta: one VAE for each, kept on disk, so that an interruption costs one beta at most.

runs = sweep_beta(VAETrainer, VAEArgs(epochs=2), betas=(0, 0.1, 1))  # a second time: read, not trained

Optuna keeps the book, in a SQLite file: one study for each combination of settings, one trial for each beta. Its
own `GridSampler` and queue would pass over a trial that died half-way; here a beta counts as done when its trial is
complete and its weights are on disk, whole. All others are trained.
"""

import hashlib
import inspect
import io
import logging
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from tqdm.auto import tqdm

from course import ROOT
from course.data.datasets import get_dataset
from course.data.files import DataError, write_whole
from course.figures.latents import LatentModel
from course.given.sweep_measures import Measured, measurer
from course.learner.interruption import interruption_told
from course.settings.device import get_device
from course.settings.short_trainings import SWITCH, is_on

if TYPE_CHECKING:
    import optuna

FOLDER = ROOT / "results" / "sweeps"
NOT_OF_THE_RESULT = ("beta_kl", "use_wandb", "wandb_project", "wandb_name", "log_every_n_steps")
NOT_THE_LEARNERS = ("builtins", "torch", "einops")


@dataclass
class Run:
    """One beta: the trained model, ready to look at (in eval mode), and what was measured of it."""

    beta_kl: float
    model: LatentModel
    measured: Measured


@torch.random.fork_rng()  # the caller's random state stays as it is
def sweep_beta(
    trainer_class: type[Any],
    args: Any,
    betas: Sequence[float],
    seed: int = 0,
    measure: Callable[[Any], Measured] | None = None,
    folder: Path = FOLDER,
) -> list[Run]:
    """Trains a VAE for each beta, or reads it from `folder` where that was done before; in the order of `betas`.

    `trainer_class` and `args` are a VAE's trainer and its args, whose `beta_kl` each run replaces. Every run starts
    from `seed`, so a beta's model does not depend on the others. What was
    trained with other args, another seed or other code is another study, and is not touched. W&B is off.

    `measure` says what to write down of a model (default: `course.given.sweep_measures.measurer()`, which first sees
    to a trained classifier). Raises ValueError for a beta that is no number from 0 on, and DataError where the folder cannot be
    written or its file is damaged.
    """
    betas = checked(betas)
    args = replace(args, use_wandb=False)
    name = study_name(trainer_class, args, seed, measure or measurer)
    with book(folder, name) as study:
        weights = folder / hashlib.sha256(name.encode()).hexdigest()[:16]
        done = finished(study, weights)
        left = [beta_kl for beta_kl in betas if beta_kl not in done]
        if len(left) < len(betas):
            print(f"{len(betas) - len(left)} of {len(betas)} betas are read from an earlier run.")
        if left:
            written_down: Callable[[Any], Measured] = measure or measurer()
            steps = args.epochs * math.ceil(len(get_dataset(args.dataset)) / args.batch_size)
            told = "The sweep was stopped. The betas that were done are kept: run this again to go on."
            with tqdm(total=len(left) * steps, unit="step") as progress, interruption_told(lambda: told):
                for number, beta_kl in enumerate(left, 1):
                    progress.set_description(f"beta_kl {beta_kl:g}, {number} of {len(left)}")
                    with kept(study, beta_kl, weights) as keep:
                        model = train(trainer_class, replace(args, beta_kl=beta_kl), seed, progress)
                        keep(model, written_down(model))
            done = finished(study, weights)
    return [Run(beta_kl, load(trainer_class, args, done[beta_kl][1]), done[beta_kl][0]) for beta_kl in betas]


def checked(betas: Sequence[float]) -> list[float]:
    """The betas as floats, each once. Raises ValueError for none at all, and for one that is no number from 0 on."""
    for beta_kl in betas:
        if isinstance(beta_kl, bool) or not isinstance(beta_kl, int | float) or not 0 <= beta_kl < math.inf:
            raise ValueError(f"A beta is a number from 0 on; got {beta_kl!r}.")
    if not betas:
        raise ValueError("A sweep needs at least one beta.")
    return list(dict.fromkeys(map(float, betas)))


def study_name(trainer_class: type[Any], args: Any, seed: int, measure: Callable[..., Any]) -> str:
    """All that a result depends on but beta: the settings in words, and a fingerprint of the code.

    Raises ValueError where the code lies in no file, as that of a class written in a notebook does.
    """
    settings = {name: value for name, value in asdict(args).items() if name not in NOT_OF_THE_RESULT}
    model = trainer_class.model_class(args.latent_dim_size, args.hidden_dim_size)
    kinds = [
        *trainer_class.__mro__,
        *(kind for each in model.modules() for kind in type(each).__mro__),
        sweep_beta,
        measure,
    ]
    modules = sorted({kind.__module__ for kind in kinds if kind.__module__.split(".")[0] not in NOT_THE_LEARNERS})
    try:
        code = "\n".join(inspect.getsource(sys.modules[module]) for module in modules)
    except (OSError, TypeError) as error:
        raise ValueError(
            f"{trainer_class.__name__} and its model must lie in a file, such as exercises/vae.py: a sweep tells its "
            "results apart by the code that made them."
        ) from error
    words = [f"{name}={value}" for name, value in {**settings, "seed": seed}.items()]
    fingerprint = hashlib.sha256(code.encode()).hexdigest()[:8]
    cut_short = [SWITCH] if is_on() else []
    return ", ".join([trainer_class.__name__, *words, *cut_short, f"code {fingerprint}"])


@contextmanager
def book(folder: Path, name: str) -> "Iterator[optuna.Study]":
    """The study of this name, from folder/studies.sqlite3; both are made where they are missing.

    Raises DataError where the file or its folder cannot be used.
    """
    import optuna
    from sqlalchemy import URL
    from sqlalchemy.exc import DatabaseError

    path = folder / "studies.sqlite3"
    said = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.ERROR)  # an interruption is no news to who caused it
    try:
        folder.mkdir(parents=True, exist_ok=True)
        storage = optuna.storages.RDBStorage(URL.create("sqlite", database=str(path)).render_as_string())
        try:
            yield optuna.create_study(storage=storage, study_name=name, load_if_exists=True)
        finally:
            storage.remove_session()
            storage.engine.dispose()
    except (FileExistsError, PermissionError, DatabaseError) as error:
        raise DataError(
            f"{path} cannot be used ({type(error).__name__}): see that there is room and that you may write there. If "
            "it is damaged, delete it; the sweep then begins anew."
        ) from error
    finally:
        optuna.logging.set_verbosity(said)


def finished(study: "optuna.Study", weights: Path) -> dict[float, tuple[Measured, bytes]]:
    """beta_kl → what was measured, and the weights, of each trial that is complete and whose weights are whole."""
    import optuna

    found = {}
    for trial in study.get_trials(states=(optuna.trial.TrialState.COMPLETE,)):
        try:
            content = (weights / trial.user_attrs["file"]).read_bytes()
        except FileNotFoundError:
            continue
        if hashlib.sha256(content).hexdigest() == trial.user_attrs["sha256"]:
            found[trial.params["beta_kl"]] = Measured(**trial.user_attrs["measured"]), content
    return found


@contextmanager
def kept(study: "optuna.Study", beta_kl: float, weights: Path) -> Iterator[Callable[[nn.Module, Measured], None]]:
    """A trial for this beta. It is complete when the block has handed model and measures to what it gets; left by an
    exception it is a failed one, and where the process dies it stays open: neither counts as done."""
    import optuna

    # A range of one point: there is nothing for a sampler to choose.
    trial = study.ask({"beta_kl": optuna.distributions.FloatDistribution(beta_kl, beta_kl)})

    def keep(model: nn.Module, measured: Measured) -> None:
        buffer = io.BytesIO()
        torch.save({name: value.cpu() for name, value in model.state_dict().items()}, buffer)
        content = buffer.getvalue()
        write_whole(weights / f"beta_kl {beta_kl:g}.pt", content)
        trial.set_user_attr("file", f"beta_kl {beta_kl:g}.pt")
        trial.set_user_attr("sha256", hashlib.sha256(content).hexdigest())
        trial.set_user_attr("measured", asdict(measured))
        study.tell(trial, measured.frechet_distance)

    try:
        yield keep
    except BaseException:
        study.tell(trial, state=optuna.trial.TrialState.FAIL, skip_if_finished=True)
        raise


def train(trainer_class: type[Any], args: Any, seed: int, progress: tqdm) -> nn.Module:
    """The trainer's own steps on its own batches, with one progress bar for the whole sweep and no pictures."""
    torch.manual_seed(seed)
    trainer = trainer_class(args)
    trainer.step = 0
    for _epoch in range(args.epochs):
        for img, _label in trainer.trainloader:
            loss = trainer.training_step(img.to(get_device()))
            trainer.step += 1
            progress.update()
            if trainer.step % 10 == 0:
                progress.set_postfix(loss=f"{loss:.3f}")
    return trainer.model.eval()


def load(trainer_class: type[Any], args: Any, content: bytes) -> LatentModel:
    """The model with the weights that `kept` wrote, in eval mode on `get_device()`."""
    model = trainer_class.model_class(args.latent_dim_size, args.hidden_dim_size)
    model.load_state_dict(torch.load(io.BytesIO(content), weights_only=True))
    return model.to(get_device()).eval()
