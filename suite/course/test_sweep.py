"""A sweep trains what is missing and nothing else, whatever interrupted it; its figures say what it found."""

import inspect
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from course.data.datasets import substitute
from course.data.files import DataError
from course.figures.lessons.sweep import Row, decoded_grids, latent_histograms, sweep_figure, sweep_table
from course.figures.palette import alternative_text
from course.given import sweep, sweep_measures
from course.given.classifier import DigitClassifier, judge
from course.given.sweep import Run, sweep_beta
from course.given.sweep_measures import Measured, measure_vae
from solutions.vae import VAE, VAEArgs, VAETrainer

ARGS = VAEArgs(latent_dim_size=2, hidden_dim_size=5, batch_size=8, epochs=1, use_wandb=False)
BETAS = (0, 0.1, 1)


class Digits(Dataset):
    """Twenty images of noise, with all that the loader, the trainer and the judge ask of a data set."""

    def __init__(self, n: int = 20) -> None:
        self.images = torch.randn(n, 1, 28, 28, generator=torch.Generator().manual_seed(1))

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.images[index], 0


@pytest.fixture(autouse=True)
def digits():
    with substitute(Digits()) as nothing:
        yield nothing


class Recorder:
    """Measures next to nothing, and counts: each call is a beta that was trained."""

    __module__ = __name__

    def __init__(self, interrupt_at: int = 0) -> None:
        self.calls, self.interrupt_at = 0, interrupt_at

    def __call__(self, model: nn.Module) -> Measured:
        self.calls += 1
        if self.calls == self.interrupt_at:
            raise KeyboardInterrupt
        first = next(model.parameters()).sum().item()
        return Measured(first, 0.0, 0.0, 0.0, 1.0)


def weights(run: Run) -> Tensor:
    return torch.cat([each.detach().flatten() for each in run.model.parameters()])


def same(left: list[Run], right: list[Run]) -> bool:
    return all(
        a.beta_kl == b.beta_kl and a.measured == b.measured and torch.equal(weights(a), weights(b))
        for a, b in zip(left, right, strict=True)
    )


def test_what_is_finished_is_read_and_not_trained_again(tmp_path, capsys):
    first, second = Recorder(), Recorder()
    runs = sweep_beta(VAETrainer, ARGS, BETAS[:2], measure=first, folder=tmp_path)
    more = sweep_beta(VAETrainer, ARGS, BETAS, measure=second, folder=tmp_path)
    assert (first.calls, second.calls) == (2, 1)
    assert "2 of 3 betas are read from an earlier run." in capsys.readouterr().out
    assert [run.beta_kl for run in more] == list(BETAS)
    assert same(runs, more[:2])
    assert not same(more[:1], [replace(more[1], beta_kl=0, measured=more[0].measured)]), "beta changed nothing"


def test_a_run_is_what_the_trainers_own_steps_give(tmp_path):
    (run,) = sweep_beta(VAETrainer, ARGS, [0.3], seed=5, measure=Recorder(), folder=tmp_path)
    torch.manual_seed(5)
    trainer = VAETrainer(replace(ARGS, beta_kl=0.3))
    for img, _label in trainer.trainloader:
        trainer.training_step(img)
    expected = trainer.model.parameters()
    assert all(torch.equal(a, b) for a, b in zip(expected, run.model.parameters(), strict=True))
    assert not run.model.training


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_beta_that_was_interrupted_is_trained_anew_and_alone(error, tmp_path, monkeypatch):
    step, beta_steps = VAETrainer.training_step, []

    def interrupted(self: VAETrainer, img: Tensor) -> Tensor:
        beta_steps.append(self.args.beta_kl)
        if beta_steps.count(0.1) == 2:
            raise error("stop")
        return step(self, img)

    monkeypatch.setattr(VAETrainer, "training_step", interrupted)
    with pytest.raises(error):
        sweep_beta(VAETrainer, ARGS, BETAS, measure=Recorder(), folder=tmp_path / "resumed")
    beta_steps.clear()
    monkeypatch.setattr(
        VAETrainer, "training_step", lambda self, img: beta_steps.append(self.args.beta_kl) or step(self, img)
    )
    resumed = sweep_beta(VAETrainer, ARGS, BETAS, measure=Recorder(), folder=tmp_path / "resumed")
    assert beta_steps == [0.1] * 3 + [1] * 3
    assert same(resumed, sweep_beta(VAETrainer, ARGS, BETAS, measure=Recorder(), folder=tmp_path / "at once"))


def test_an_interruption_between_training_and_writing_costs_that_beta_alone(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        sweep_beta(VAETrainer, ARGS, BETAS, measure=Recorder(interrupt_at=2), folder=tmp_path)
    rest = Recorder()
    assert len(sweep_beta(VAETrainer, ARGS, BETAS, measure=rest, folder=tmp_path)) == 3
    assert rest.calls == 2


def test_a_trial_whose_process_died_is_run_again(tmp_path):
    name = sweep.study_name(VAETrainer, ARGS, 0, Recorder())
    with sweep.book(tmp_path, name) as study:
        begun = sweep.kept(study, 0.1, tmp_path)
        begun.__enter__()  # and what would end it never runs
        assert [trial.state.name for trial in study.trials] == ["RUNNING"]
    recorder = Recorder()
    sweep_beta(VAETrainer, ARGS, [0.1], measure=recorder, folder=tmp_path)
    assert recorder.calls == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"args": replace(ARGS, epochs=2)},
        {"args": replace(ARGS, lr=1e-2)},
        {"args": replace(ARGS, hidden_dim_size=6)},
        {"seed": 1},
    ],
    ids=["epochs", "lr", "size", "seed"],
)
def test_other_settings_are_another_sweep(changed, tmp_path):
    usual = {"args": ARGS, "seed": 0}
    before = sweep_beta(VAETrainer, **usual, betas=[0.1], measure=Recorder(), folder=tmp_path)
    other, again = Recorder(), Recorder()
    between = sweep_beta(VAETrainer, **(usual | changed), betas=[0.1], measure=other, folder=tmp_path)
    after = sweep_beta(VAETrainer, **usual, betas=[0.1], measure=again, folder=tmp_path)
    assert (other.calls, again.calls) == (1, 0)
    assert same(before, after)
    assert between[0].measured != before[0].measured


def test_pictures_and_wandb_change_no_result(tmp_path):
    sweep_beta(VAETrainer, ARGS, [0.1], measure=Recorder(), folder=tmp_path)
    again = Recorder()
    args = replace(ARGS, use_wandb=True, wandb_name="a name", log_every_n_steps=1, beta_kl=7)
    sweep_beta(VAETrainer, args, [0.1], measure=again, folder=tmp_path)
    assert again.calls == 0


def test_other_code_is_another_sweep(tmp_path, monkeypatch):
    sweep_beta(VAETrainer, ARGS, [0.1], measure=Recorder(), folder=tmp_path)
    real, again = inspect.getsource, Recorder()
    monkeypatch.setattr(inspect, "getsource", lambda module: real(module) + "# corrected")
    sweep_beta(VAETrainer, ARGS, [0.1], measure=again, folder=tmp_path)
    assert again.calls == 1


def test_code_in_no_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "notebook", ModuleType("notebook"))
    of_a_notebook = type("MyTrainer", (VAETrainer,), {"__module__": "notebook"})
    with pytest.raises(ValueError, match="MyTrainer and its model must lie in a file"):
        sweep_beta(of_a_notebook, ARGS, [0.1], measure=Recorder(), folder=tmp_path)


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-9])])
def test_weights_that_are_lost_or_damaged_are_trained_again(harm, tmp_path):
    runs = sweep_beta(VAETrainer, ARGS, BETAS, measure=Recorder(), folder=tmp_path)
    (path,) = tmp_path.rglob("beta_kl 0.1.pt")
    harm(path)
    again = Recorder()
    assert same(runs, sweep_beta(VAETrainer, ARGS, BETAS, measure=again, folder=tmp_path))
    assert again.calls == 1


def test_a_sweep_leaves_the_random_state_and_the_screen_alone(tmp_path, capsys):
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    sweep_beta(VAETrainer, ARGS, BETAS, measure=Recorder(), folder=tmp_path)
    sweep_beta(VAETrainer, ARGS, BETAS, measure=Recorder(), folder=tmp_path)
    assert torch.equal(before, torch.random.get_rng_state())
    shown = capsys.readouterr()
    assert shown.out == "3 of 3 betas are read from an earlier run.\n"
    assert "beta_kl 1, 3 of 3: 100%" in shown.err and "Trial" not in shown.err and "study" not in shown.err


@pytest.mark.parametrize("beta", [-0.1, float("nan"), float("inf"), True, "0.1", None])
def test_a_beta_that_is_none_is_refused(beta, tmp_path):
    with pytest.raises(ValueError, match="number from 0 on"):
        sweep_beta(VAETrainer, ARGS, [0.1, beta], measure=Recorder(), folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_beta_is_refused_and_a_beta_twice_is_one(tmp_path):
    with pytest.raises(ValueError, match="at least one beta"):
        sweep_beta(VAETrainer, ARGS, [], measure=Recorder(), folder=tmp_path)
    assert len(sweep_beta(VAETrainer, ARGS, [1, 1.0], measure=Recorder(), folder=tmp_path)) == 1


def test_a_damaged_book_says_what_to_do(tmp_path):
    (tmp_path / "studies.sqlite3").write_bytes(b"no data base at all" * 100)
    with pytest.raises(DataError, match="damaged, delete it"):
        sweep_beta(VAETrainer, ARGS, [0.1], measure=Recorder(), folder=tmp_path)
    (tmp_path / "a file").touch()
    with pytest.raises(DataError, match="may write there"):
        sweep_beta(VAETrainer, ARGS, [0.1], measure=Recorder(), folder=tmp_path / "a file")


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / "100 % odd?#name"
    sweep_beta(VAETrainer, ARGS, [0.1], measure=Recorder(), folder=folder)
    assert (folder / "studies.sqlite3").is_file()


def test_the_measures_are_those_of_the_loss_and_the_judge(monkeypatch):
    monkeypatch.setattr(sweep_measures, "SAMPLES", 30)
    torch.manual_seed(0)
    model, classifier, images = VAE(2, 5), DigitClassifier().eval(), Digits().images
    with torch.no_grad():
        mu, logsigma = model.encoder(images)
        error = (model.decoder(mu) - images).square().mean().item()
        cloud = torch.distributions.Normal(mu, logsigma.exp())
        kl = torch.distributions.kl_divergence(cloud, torch.distributions.Normal(0.0, 1.0)).mean().item()
        before = torch.random.get_rng_state()
        measured = measure_vae(model, classifier)
        assert torch.equal(before, torch.random.get_rng_state())
        torch.manual_seed(0)
        drawn = judge(model.decoder(torch.randn(30, 2)), classifier)
    assert (measured.reconstruction, measured.kl) == pytest.approx((error, kl), rel=1e-5)
    assert measured.frechet_distance == pytest.approx(drawn.frechet_distance, rel=1e-4)
    assert measured.confident_share == drawn.confident_share


def rows() -> list[Row]:
    spreads = torch.tensor([0.5, 1.0, 2.0])
    return [Row(beta, 78.4 * beta, 0.3 + beta, 1 - beta, 3, spreads, 0.5, 20.0) for beta in (0, 0.1, 1)]


def test_the_table_has_a_line_for_each_beta():
    head, *lines = sweep_table(rows()).splitlines()
    assert lines[1].split() == ["0.1", "7.84", "0.400", "0.900", "3", "0.50", "…", "2.00", "50.0%", "20.0"]
    assert len(lines) == 3 and len(head) <= 100


def test_the_figures_are_small_and_say_what_they_show():
    torch.manual_seed(0)
    codes = {beta: (torch.randn(500, 3) * (1 + beta), torch.zeros(500, 3)) for beta in (0, 0.1, 1)}
    models = {beta: VAE(5, 100) for beta in codes}
    figures = [
        sweep_figure(rows()),
        latent_histograms(codes),
        decoded_grids(models, dict.fromkeys(models, (1, 3)), n_points=5),
    ]
    for figure in figures:
        assert len(figure.to_json()) < 300_000 and figure.layout.meta["size"]["width"] <= 840
        assert len(alternative_text(figure)) > 50 and figure.layout.title.text
        for axis in [*figure.select_xaxes(), *figure.select_yaxes()]:
            named = axis.title.text or axis.visible is False
            assert named or figure is figures[1], "an axis without a title"  # one title for a line of histograms


def test_a_histogram_is_a_density_and_shows_samples_above_means():
    mu = torch.zeros(4000, 1)
    figure = latent_histograms({1: (mu, torch.zeros(4000, 1))})
    samples, _, means, _ = figure.data
    width = samples.x[1] - samples.x[0]
    assert sum(samples.y) * width == pytest.approx(1, abs=0.02)
    assert max(samples.y) == pytest.approx(0.4, abs=0.1), "drawn with a seed of the figure's own"
    assert max(means.y) * width == pytest.approx(1, abs=0.01)
    assert (samples.yaxis, means.yaxis) == ("y", "y2")
