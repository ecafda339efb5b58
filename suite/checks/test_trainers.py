"""The checks of `AutoencoderTrainer` and `VAETrainer` beyond the corpora: remarks, stubs, models, and the tables of mistakes."""

import random
import re
import shutil
import sys
from itertools import islice

import pytest
import torch
from torch import Tensor, nn

import tests
from checks.core.compare import same
from checks.core.mistakes import mutant
from checks.core.run import run_check
from checks.core.runner import LocalRunner
from checks.core.sandbox import Sandbox
from checks.trainers.loop import LOOP_MISTAKES, RIGHT_LOOP
from checks.trainers.losses import KL_MISTAKES, RECONSTRUCTION_MISTAKES, RIGHT_LOSS, kl, value_of
from checks.trainers.optimiser import (
    RIGHT_STEP,
    SAME_MOVES,
    STEP_MISTAKES,
    OptimiserState,
    adam,
    moves_apart,
    outputs,
    replay,
)
from checks.trainers.rig import Listeners, RigModel, RigVAE, TrainerRig, flat_parameters
from checks.trainers.trainer import BATCHES, ROUNDING, evened
from course import ROOT
from solutions.autoencoder import Autoencoder, AutoencoderArgs, AutoencoderTrainer
from solutions.vae import VAE, VAEArgs, VAETrainer
from suite.corpus import Right, Wrong, answer_named
from suite.corpus.autoencoder import trainer_steps_wrong
from suite.corpus.random_losses import random_losses
from suite.corpus.verdicts import accepted, cached_verdict, named_rightly, verdict
from tools.stubs import make_stub

EXERCISES = ("autoencoder_trainer", "vae_trainer")
REFERENCES = [Right(exercise, "the reference") for exercise in EXERCISES]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("answer", REFERENCES, ids=lambda answer: answer.exercise)
def test_the_reference_passes_whatever_the_seed(answer, seed):
    assert verdict(answer, seed + 100).outcome == "passed"


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_reference_passes_in_a_process_of_its_own(exercise):
    trainer = {"autoencoder_trainer": AutoencoderTrainer, "vae_trainer": VAETrainer}[exercise]
    module = trainer.__module__.rpartition(".")[2]
    with Sandbox(ROOT / "solutions", module, trainer.__name__, seconds=60) as sandbox:
        result, _ = run_check(getattr(tests, f"test_{exercise}"), sandbox)
    assert (result.outcome, result.message) == ("passed", "")


# Remarks

REMARKS = {
    "autoencoder_trainer: squared errors summed": [
        "training_step returns another loss than the exercise asks for",
        "Tried: one step on 5 images, with a model whose weights are known",
        "Came out: ",
        "Expected: ",
        "Likely cause: the squared errors are summed; take their mean over batch and pixels.",
        "Where: autoencoder_trainer-squared-errors-summed.py, line",
        "Hints: the exercise autoencoder_trainer in notebooks/01_autoencoders.ipynb",
    ],
    "autoencoder_trainer: gradients never zeroed": [
        "the weights after a few training steps are not those of Adam on this loss",
        "4 steps with lr = 0.002 and betas = (0.6, 0.99)",
        "training_step does not zero its gradients",
    ],
    "autoencoder_trainer: zeroed between backward and step": [
        "the weights did not move at all",
        "between `backward()` and `step()`",
    ],
    "autoencoder_trainer: item before backward": [
        "raised AttributeError: 'float' object has no attribute 'backward'",
        "loss.backward()",
        "`.item()` cuts the loss off",
    ],
    "autoencoder_trainer: returns nothing": ["it returned None", "`return loss` is missing"],
    "autoencoder_trainer: learning rate fixed at an odd value": ["lr = 0.0003 (it should be 0.002)", "`args.lr`"],
    "autoencoder_trainer: counts images": [
        "after 15 optimiser steps, train leaves `self.step` at 42",
        "count 1 for each step",
    ],
    "autoencoder_trainer: log_samples before the count": [
        "with log_every_n_steps = 4 and 15 steps, log_samples() is to be called at steps 4, 8, 12",
        "Came out: calls at steps 0, 4, 8, 12",
        "increase first, then ask",
    ],
    "autoencoder_trainer: return inside the loop over epochs": [
        "in 3 epochs over 14 images, train is to show each image to the model 3 times",
        "Came out: 14 images in 5 batches",
        "`return` stands inside it",
    ],
    "autoencoder_trainer: the label goes to the model": ["these are the labels", "(img, label)"],
    "autoencoder_trainer: loops over the data set": ["loop over `self.trainloader`"],
    "autoencoder_trainer: W&B logs although off": [
        "W&B is called although `use_wandb` is False: wandb.log",
        "`if self.args.use_wandb:` is missing",
    ],
    "autoencoder_trainer: W&B: steps for step": [
        "raised TypeError: wandb.log() got an unexpected keyword argument 'steps'",
        "W&B itself refuses this call too",
        "The argument is called `step`",
    ],
    "autoencoder_trainer: W&B: the batch's index as the step": ["went back to a smaller number", "`self.step`"],
    "autoencoder_trainer: endless loop": ["was stopped. An endless loop?", "in train"],
    "vae_trainer: KL for a log variance": [
        "Expected: ",
        "(MSE + beta_kl · KL)",
        "this is the KL for a log variance. Here the encoder gives log sigma",
        "KL = (sigma² + mu² − 1)/2 − log sigma",
    ],
    "vae_trainer: both terms summed": ["the KL is summed over batch and latents", "And: the squared errors are summed"],
    "vae_trainer: the mean is decoded": ["the mean is decoded, not a sample"],
    "vae_trainer: the model is an autoencoder": [
        "the trainer's model is an Autoencoder; this trainer is for a VAE",
        "`model_class = VAE`",
    ],
    "vae_trainer: W&B: log sigma as std": [
        "what is logged to W&B as `std` is another number",
        "that is the mean of log sigma: take exp first",
    ],
    "autoencoder_trainer: W&B: always online": ["`wandb.init` got mode='online'", "leave `mode` out"],
}  # fmt: skip


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_says_what_was_tried_seen_and_expected(name):
    message = cached_verdict(answer_named(name)).message
    for part in REMARKS[name]:
        assert part in message, message
    assert "Hints: " in message
    assert "Traceback" not in message and "/checks/" not in message


def test_a_failure_has_its_numbers_as_data():
    result = cached_verdict(answer_named("autoencoder_trainer: counts images"))
    assert result.numbers == {"seen": 42, "expected": 15}
    result = cached_verdict(answer_named("autoencoder_trainer: squared errors summed"))
    assert result.numbers["seen"] == pytest.approx(5 * 784 * result.numbers["expected"], rel=1e-4)


# Causes that are made up


@pytest.mark.parametrize("exercise", ["autoencoder_trainer", "vae_trainer"])
def test_a_loss_that_no_table_has_gets_no_cause(exercise):
    for answer in islice(random_losses(exercise, seed=0), 12):
        result = verdict(answer, seed=0)
        assert result.outcome == "failed" and result.cause in (None, answer.cause), answer.changes


# Stubs


def stub_of(module: str) -> str:
    path = ROOT / "solutions" / f"{module}.py"
    return make_stub(path.read_text(encoding="utf-8"), path)


@pytest.fixture
def folder(tmp_path):
    """Stubs of both lessons, as a learner finds them."""
    for module in ("autoencoder", "vae"):
        (tmp_path / f"{module}.py").write_text(stub_of(module), encoding="utf-8")
    return tmp_path


def written(text: str, *names: str, module: str) -> str:
    """The stub's module with these methods (Class.method) taken from the reference."""
    reference = (ROOT / "solutions" / f"{module}.py").read_text(encoding="utf-8")
    for name in names:
        class_name, method = name.split(".")
        pattern = rf"(class {class_name}\b.*?)(    def {method}\(.*?)(?=\n    def |\n    @|\n\n\n|\Z)"
        right = re.search(pattern, reference, re.DOTALL)[2]
        text = re.sub(pattern, lambda found, right=right: found[1] + right, text, count=1, flags=re.DOTALL)
    return text


def outcome_in(folder, exercise: str) -> tuple[str, str]:
    from checks.core.submission import Submission

    trainer = {"autoencoder_trainer": "AutoencoderTrainer", "vae_trainer": "VAETrainer"}[exercise]
    module = "vae" if exercise == "vae_trainer" else "autoencoder"
    result = run_check(getattr(tests, f"test_{exercise}"), Submission(folder).runner(module, trainer))[0]
    return result.outcome, result.message


MODEL = ("Autoencoder.__init__", "Autoencoder.forward")


def test_a_trainer_half_written_is_not_attempted(folder):
    path = folder / "autoencoder.py"
    path.write_text(written(path.read_text(), *MODEL, module="autoencoder"))
    assert outcome_in(folder, "autoencoder_trainer") == (
        "not attempted",
        "autoencoder_trainer: write AutoencoderTrainer.training_step in exercises/autoencoder.py",
    )
    path.write_text(written(path.read_text(), "AutoencoderTrainer.training_step", module="autoencoder"))
    assert outcome_in(folder, "autoencoder_trainer") == (
        "not attempted",
        "autoencoder_trainer: write AutoencoderTrainer.train in exercises/autoencoder.py",
    )
    path.write_text(written(path.read_text(), "AutoencoderTrainer.train", module="autoencoder"))
    assert outcome_in(folder, "autoencoder_trainer")[0] == "passed"


def test_a_vae_trainer_without_the_inherited_train_says_which_is_missing(folder):
    path = folder / "vae.py"
    methods = ("VAE.__init__", "VAE.sample_latent_vector", "VAE.forward", "VAETrainer.training_step")
    path.write_text(written(path.read_text(), *methods, module="vae"))
    assert outcome_in(folder, "vae_trainer") == (
        "not attempted",
        "autoencoder_trainer: write AutoencoderTrainer.train in exercises/autoencoder.py",
    )
    shutil.copy(ROOT / "solutions" / "autoencoder.py", folder / "autoencoder.py")
    assert outcome_in(folder, "vae_trainer")[0] == "passed"


# The learner's model is another exercise


class WithoutRelu(Autoencoder):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__(latent_dim_size, hidden_dim_size)
        self.encoder[1] = self.decoder[3] = nn.Identity()


class Odd(nn.Module):
    """Wrong in every way that a check of the model would mind: one layer, no halves, no sizes kept."""

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.layer = nn.Linear(latent_dim_size, hidden_dim_size)

    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError("this should not be run")


class WrongSampling(VAE):
    def sample_latent_vector(self, x: Tensor):
        return super().sample_latent_vector(x)[0]


@pytest.mark.parametrize("model", [WithoutRelu, Odd])
def test_a_wrong_autoencoder_does_not_fail_its_trainer(model):
    class Mine(AutoencoderTrainer):
        model_class = model

    assert run_check(tests.test_autoencoder_trainer, Mine)[0].outcome == "passed"


class SamplesUnderAnotherName(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(1, 2), nn.Linear(2, 1)

    def sample_latent(self, x: Tensor) -> None: ...


SamplesUnderAnotherName.__name__ = "VAE"


@pytest.mark.parametrize("model", [WrongSampling, SamplesUnderAnotherName])
def test_a_wrong_vae_does_not_fail_its_trainer(model):
    class Mine(VAETrainer):
        model_class = model

    assert run_check(tests.test_vae_trainer, Mine)[0].outcome == "passed"


class Lazy(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.encoder = nn.LazyLinear(latent_dim_size)


def test_lazy_layers_are_explained():
    class Mine(AutoencoderTrainer):
        model_class = Lazy

    assert run_check(tests.test_autoencoder_trainer, Mine)[0].cause == "lazy-layers"


class Unbuildable(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(784, latent_dims)  # noqa: F821


def test_a_model_that_cannot_be_made_is_sent_to_its_own_check():
    class Mine(AutoencoderTrainer):
        model_class = Unbuildable

    result = run_check(tests.test_autoencoder_trainer, Mine)[0]
    assert (result.outcome, result.cause) == ("failed", "model-not-built")
    assert "Unbuildable cannot be made: NameError" in result.message
    assert "tests.test_autoencoder(Autoencoder)" in result.message


@pytest.mark.parametrize("handed", [Autoencoder, VAETrainer, AutoencoderTrainer.train, 3])
def test_what_is_no_such_trainer_is_refused(handed):
    result = run_check(tests.test_autoencoder_trainer, handed)[0]
    assert result.outcome == "failed"


# The rig touches nothing


@pytest.mark.parametrize("module", ["autoencoder", "vae"])
def test_a_trainer_on_the_rig_reads_no_files_and_shows_nothing(module, monkeypatch, capfd):
    def refuse(*_, **__):
        raise AssertionError("the real MNIST was asked for")

    monkeypatch.setattr("course.data.mnist.MNIST.__init__", refuse)
    monkeypatch.setattr("course.data.mnist.holdout_data", refuse)
    monkeypatch.setattr("plotly.graph_objects.Figure.show", refuse)
    exercise = f"{module}_trainer"
    assert verdict(Right(exercise, "the reference on the rig")).outcome == "passed"
    assert "wandb" not in sys.modules or sys.modules["wandb"].__file__
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_what_the_learner_has_in_utils_and_wandb_comes_back():
    import wandb

    import utils

    utils.HOLDOUT_DATA = mine = torch.zeros(1)
    before = {name: getattr(wandb, name) for name in ("init", "log", "watch", "finish", "config", "run")}
    try:
        assert verdict(REFERENCES[0]).outcome == "passed"
        assert utils.HOLDOUT_DATA is mine
    finally:
        del utils.HOLDOUT_DATA
    assert all(getattr(wandb, name) is value for name, value in before.items())


def test_names_taken_out_of_wandb_are_watched_too():
    import wandb  # noqa: F401 (so that there is something to take names from)

    for_and_against = ("from wandb import finish, init, log, watch\n\n\n", '''
class AutoencoderTrainer(__import__("solutions.autoencoder", fromlist=["_"]).AutoencoderTrainer):
    def training_step(self, img):
        loss = F.mse_loss(self.model(img), img)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        {condition}
            log({{"loss": loss.item()}}, step=self.step)
        return loss

    def train(self):
        self.step = 0
        if self.args.use_wandb:
            init(project=self.args.wandb_project, name=self.args.wandb_name)
            watch(self.model)
        for _ in range(self.args.epochs):
            for img, _ in self.trainloader:
                self.training_step(img.to(self.device))
                self.step += 1
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        if self.args.use_wandb:
            finish()
        return self.model
''')  # fmt: skip
    text = "".join(for_and_against)
    right = Right("autoencoder_trainer", "names out of wandb", text.format(condition="if self.args.use_wandb:"))
    assert accepted(right, verdict(right)), verdict(right).message
    off = Wrong("autoencoder_trainer", "log out of wandb", "wandb-although-off", text.format(condition="if True:"))
    assert named_rightly(off, verdict(off))


# The right numbers


@pytest.mark.parametrize(
    ("optimiser", "rule"),
    [
        (lambda w: torch.optim.Adam(w, lr=2e-3, betas=(0.6, 0.99)), {}),
        (lambda w: torch.optim.AdamW(w, lr=2e-3, betas=(0.6, 0.99), weight_decay=0.1), {"decay": 0.1}),
        (lambda w: torch.optim.Adam(w, lr=2e-3, betas=(0.6, 0.99), weight_decay=0.1), {"penalty": 0.1}),
        (torch.optim.Adam, {"lr": 1e-3, "betas": (0.9, 0.999)}),
    ],
)
def test_adam_by_hand_is_torchs(optimiser, rule):
    ours = torch.linspace(-1, 1, 7)
    theirs = nn.Parameter(ours.clone())
    theirs_optimiser, state = optimiser([theirs]), OptimiserState()
    for step in range(6):
        theirs.grad = torch.sin(theirs.detach() * 5 + step)
        ours = adam(ours, theirs.grad.clone(), state, TrainerRig(), **rule)
        theirs_optimiser.step()
        torch.testing.assert_close(ours, theirs.detach())


@pytest.mark.parametrize("kind", [RigModel, RigVAE])
def test_a_replay_is_what_torch_does(kind):
    rig = TrainerRig(is_vae=kind is RigVAE, seed=11)
    model = kind(rig, Listeners())
    optimiser = torch.optim.Adam(model.parameters(), lr=rig.lr, betas=rig.betas)
    for rows, record in zip(BATCHES, replay(rig, BATCHES, reference_loss), strict=True):
        x = rig.images[rows]
        given = model(x)
        out = (
            {"x": x, "reconstruction": given}
            if kind is RigModel
            else dict(zip(("reconstruction", "mu", "logsigma"), given, strict=True)) | {"x": x}
        )
        loss = reference_loss(out, rig.weight)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        assert float(record.loss) == pytest.approx(float(loss.detach()), rel=1e-5)
        moved, expected = flat_parameters(model) - rig.flat_weights, record.weights - rig.flat_weights
        assert float((moved - expected)[record.clear].norm()) < 1e-4 * float(expected.norm())


def reference_loss(out: dict[str, Tensor], weight: float) -> Tensor:
    mse = (out["reconstruction"] - out["x"]).square().mean()
    if "mu" not in out:
        return mse
    posterior = torch.distributions.Normal(out["mu"], out["logsigma"].exp())
    return mse + weight * torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).mean()


def test_the_kl_is_torchs():
    mu, logsigma = torch.randn(2, 50, 3)
    theirs = torch.distributions.kl_divergence(
        torch.distributions.Normal(mu, logsigma.exp()), torch.distributions.Normal(0.0, 1.0)
    )
    torch.testing.assert_close(kl(mu, logsigma), theirs)


# The tables of mistakes


@pytest.mark.parametrize("trace", ["images", "counter", "samples"])
def test_no_two_mistakes_of_a_loop_leave_the_same(trace: str):
    rigs = [TrainerRig(), evened(TrainerRig())][: 2 if trace == "samples" else 1]
    left: dict[str, str] = {repr([getattr(RIGHT_LOOP, trace)(rig) for rig in rigs]): "none"}
    for mistake in LOOP_MISTAKES:
        if mistake.step == trace:
            seen = repr([mistake.change(rig) for rig in rigs])
            assert left.setdefault(seen, mistake.cause) == mistake.cause, f"{seen}: which of the two is it?"
    assert len(left) > 10


def test_every_mistake_of_a_loss_changes_it():
    rig = TrainerRig(is_vae=True, seed=5)
    out = outputs(rig, rig.flat_weights, BATCHES[0])
    right = value_of(RIGHT_LOSS, out, rig.weight)
    for mistake in [*KL_MISTAKES, *RECONSTRUCTION_MISTAKES]:
        wrong = value_of(mutant(RIGHT_LOSS, [mistake]), out, rig.weight)
        if mistake.cause not in ("free-bits", "kl-clamped"):  # a bound that nothing here reaches changes nothing
            assert not same(wrong, right, ROUNDING), mistake.text


def test_every_mistake_of_a_step_leaves_other_weights():
    rig = TrainerRig(seed=5)
    *_, right = replay(rig, BATCHES * 3, RIGHT_LOSS)
    for mistake in STEP_MISTAKES:
        *_, last = replay(rig, BATCHES * 3, RIGHT_LOSS, mutant(RIGHT_STEP, [mistake]))
        if "weight decay of 1e-4" not in mistake.text and mistake.cause != "gradients-clipped":
            assert moves_apart(last.weights, right, rig.flat_weights) > SAME_MOVES, mistake.text


# Speed and order


def test_a_hurried_random_order_of_checks_changes_nothing():
    answers = random.Random(0).sample(trainer_steps_wrong.WRONG, 12)
    assert [verdict(each, seed=0).cause for each in answers] == [cached_verdict(each).cause for each in answers]


def test_args_of_the_learners_own_class_are_used():
    class Args(VAEArgs):
        warm_up: int = 0

    Args.__name__ = "VAEArgs"
    module = sys.modules[__name__]
    module.VAEArgs_ = VAEArgs

    class Mine(VAETrainer):
        def __init__(self, args: AutoencoderArgs) -> None:
            super().__init__(args)
            assert isinstance(args, Args)

    module.VAEArgs = Args
    try:
        assert run_check(tests.test_vae_trainer, Mine)[0].outcome == "passed"
    finally:
        module.VAEArgs = module.VAEArgs_
    assert LocalRunner(Mine).target is Mine
