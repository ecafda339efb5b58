"""The live view: it shows what happened, in one output, and changes nothing."""

import copy
import json
import pickle
import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import nbclient
import nbformat
import pytest
import torch
from jupyter_client.manager import start_new_kernel
from torch.nn import functional as F
from torch.utils.data import Subset
from torch.utils.flop_counter import FlopCounterMode

import utils
from course.data.datasets import substitute
from course.figures import live
from course.figures.live import MOST_POINTS, TERMS_EVERY, live_figure, thinned
from course.given.level_training import train_levels
from course.learner.interruption import Interrupted
from solutions.autoencoder import AutoencoderArgs, AutoencoderTrainer
from solutions.hierarchical_vae import HierarchicalVAE, hierarchical_loss
from solutions.regularised import SparseArgs, SparseTrainer
from solutions.vae import VAEArgs, VAETrainer

SMALL = {"batch_size": 64, "epochs": 2, "log_every_n_steps": 4, "use_wandb": False}  # 16 steps on 512 images


@contextmanager
def few_images():
    with substitute(Subset(utils.get_dataset("MNIST", train=False), range(512))):
        yield


def trainer(kind: str, **args):
    torch.manual_seed(0)
    with few_images():
        if kind == "vae":
            return VAETrainer(VAEArgs(**{**SMALL, **args}))
        return AutoencoderTrainer(AutoencoderArgs(**{**SMALL, **args}))


def test_the_curve_is_what_training_step_returned():
    watched = trainer("autoencoder")
    kept = []
    watched_step = watched.training_step

    def keep(img):
        kept.append(watched_step(img))
        return kept[-1]

    watched.training_step = keep
    watched.train()
    history = watched.live_view.history
    assert history.total.steps == list(range(16))
    assert history.total.values == pytest.approx([loss.item() for loss in kept])
    assert not history.kl.steps and not history.reconstruction.steps


def test_the_terms_of_a_vae_add_up_to_its_loss():
    watched = trainer("vae", beta_kl=0.3)
    watched.train()
    history = watched.live_view.history
    assert history.kl.steps == history.reconstruction.steps == list(range(0, 16, TERMS_EVERY))
    for step, reconstruction, kl in zip(
        history.kl.steps, history.reconstruction.values, history.kl.values, strict=True
    ):
        assert reconstruction + 0.3 * kl == pytest.approx(history.total.values[step], rel=1e-5)
        assert kl >= 0


def test_it_sees_a_learner_whose_step_returns_a_plain_number_or_nothing():
    class Number(AutoencoderTrainer):
        def training_step(self, img):
            return F.mse_loss(self.model(img), img).item()

    class Nothing(AutoencoderTrainer):
        def training_step(self, img):
            super().training_step(img)

    with few_images():
        number, nothing = Number(AutoencoderArgs(**SMALL)), Nothing(AutoencoderArgs(**SMALL))
    img = utils.HOLDOUT_DATA.to(number.device)
    assert number.training_step(img) == pytest.approx(number.live_view.history.total.values[0])
    assert nothing.training_step(img) is None and not nothing.live_view.history.total.steps


def test_training_goes_the_same_way_unwatched():
    watched, unwatched = trainer("vae"), trainer("vae")
    del unwatched.training_step  # what is left is the class's own
    for subject in (watched, unwatched):
        torch.manual_seed(1)
        subject.train()
    assert watched.live_view.history.total.steps and not unwatched.live_view.history.total.steps
    for one, other in zip(watched.model.parameters(), unwatched.model.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("kind", ["autoencoder", "vae"])
def test_how_often_one_looks_changes_nothing(kind):
    often, never = trainer(kind, log_every_n_steps=1).train(), trainer(kind, log_every_n_steps=1000).train()
    for one, other in zip(often.parameters(), never.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_model_keeps_no_trace_of_it():
    watched = trainer("vae")
    model = watched.train()
    assert not model._forward_hooks
    assert pickle.loads(pickle.dumps(model)).latent_dim_size == copy.deepcopy(model).latent_dim_size == 5


def test_the_holdout_digits_can_be_trained_on_after_log_samples_asked_for_them_first():
    from course.data.mnist import holdout_data

    holdout_data.cache_clear()
    watched = trainer("autoencoder")
    watched.train()
    assert not utils.HOLDOUT_DATA.is_inference()


def test_a_step_that_fails_leaves_no_hook_behind():
    watched = trainer("vae")
    with pytest.raises(RuntimeError):
        watched.training_step(torch.zeros(1, 3, 28, 28, device=watched.device))
    assert not watched.model._forward_hooks


def test_a_second_run_begins_a_new_history():
    watched = trainer("autoencoder")
    watched.train()
    watched.train()
    assert watched.live_view.history.total.steps == list(range(16))


@pytest.fixture
def shown(monkeypatch) -> list:
    """The figures that a notebook would show, in order."""
    figures: list = []
    monkeypatch.setattr(live, "in_notebook", lambda: True)
    monkeypatch.setattr(live.LiveView, "_show", lambda self, figure: figures.append(figure))
    return figures


def titles(figures) -> list[str]:
    return [figure.layout.title.text for figure in figures]


@pytest.mark.parametrize("kind", ["autoencoder", "vae"])
def test_there_is_something_to_see_from_the_first_step_on(kind, shown):
    trainer(kind, log_every_n_steps=6).train()
    assert titles(shown) == [f"Step {step}" for step in (1, 2, 4, 6, 12)]
    first, *_, last = shown
    assert first.data[0].y and first.layout.yaxis3.ticktext == ("original", "from step 6")
    assert last.layout.yaxis3.ticktext == ("original", "reconstruction")


def test_who_asks_for_no_samples_sees_none(shown):
    watched = trainer("autoencoder", log_every_n_steps=17)
    watched.train()
    watched.training_step(utils.HOLDOUT_DATA.to(watched.device))  # as a sweep does, without `train`
    assert not shown


def test_a_glance_at_the_losses_changes_nothing(shown):
    watched = trainer("vae", log_every_n_steps=16)
    seen = watched.train()
    unseen = trainer("vae", log_every_n_steps=1000).train()
    assert titles(shown) == [f"Step {step}" for step in (1, 2, 4, 8, 16, 16)][: len(shown)] and len(shown) > 4
    for one, other in zip(seen.parameters(), unseen.parameters(), strict=True):
        assert torch.equal(one, other)


def stopping(trainer_class, at: int):
    """The class, with a `training_step` that is interrupted in the call after the `at`-th."""

    class Stopping(trainer_class):
        def training_step(self, img):
            if self.step == at:
                raise KeyboardInterrupt
            return super().training_step(img)

    return Stopping


@pytest.mark.parametrize(
    ("trainer_class", "args_class"),
    [(AutoencoderTrainer, AutoencoderArgs), (VAETrainer, VAEArgs), (SparseTrainer, SparseArgs)],
)
def test_an_interruption_is_told_in_one_sentence_and_leaves_the_model(trainer_class, args_class):
    with few_images():
        watched = stopping(trainer_class, at=3)(args_class(**SMALL))
    before = [parameter.clone() for parameter in watched.model.parameters()]
    with pytest.raises(KeyboardInterrupt) as caught:
        watched.train()
    sentence = "Training stopped after step 3. `trainer.model` holds the model as it is now."
    assert caught.type is Interrupted and caught.value._render_traceback_() == [sentence]
    assert any((one != other).any() for one, other in zip(before, watched.model.parameters(), strict=True))


def test_an_interruption_ends_the_wandb_run(monkeypatch):
    finished = []
    stand_in = SimpleNamespace(
        init=lambda **_: None, watch=lambda *_: None, log=lambda *_, **__: None, run="a run",
        finish=lambda: finished.append(True),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "wandb", stand_in)
    with few_images():
        watched = stopping(AutoencoderTrainer, at=2)(AutoencoderArgs(**{**SMALL, "use_wandb": True}))
    with pytest.raises(Interrupted, match="step 2"):
        watched.train()
    assert finished == [True]


def test_the_training_of_two_levels_is_stopped_in_one_sentence_too():
    def loss(*_):
        if len(steps) == 2:
            raise KeyboardInterrupt
        steps.append(True)
        return hierarchical_loss(*_[:2], 0.1)

    steps: list[bool] = []
    with few_images(), pytest.raises(Interrupted, match=r"stopped after step 2\. The model that you passed"):
        train_levels(HierarchicalVAE(10, 5, 20), loss, epochs=9)


def test_outside_a_notebook_each_redraw_is_one_line(capsys):
    trainer("vae").train()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("   ")[0] for line in lines] == ["step 4", "step 8", "step 12", "step 16"]
    assert all(word in lines[0] for word in ("total 0.", "reconstruction 0.", "kl "))


def test_the_figure_has_both_terms_for_a_vae_and_one_curve_otherwise():
    for kind, names in (("autoencoder", ["loss"]), ("vae", ["total", "reconstruction", "KL"])):
        watched = trainer(kind)
        watched.train()
        figure = live_figure(watched.live_view.history, 16, utils.HOLDOUT_DATA, utils.HOLDOUT_DATA)
        assert [trace.name for trace in figure.data if trace.type == "scatter"] == names
        assert figure.layout.yaxis3.ticktext == ("original", "reconstruction")
        assert figure.layout.title.text == "Step 16"
        assert len(figure.to_json()) < 40_000


def test_long_runs_are_drawn_as_means_and_a_loss_that_is_no_number_as_a_gap():
    watched = trainer("autoencoder")
    total = watched.live_view.history.total
    for step in range(4000):
        total.add(step, float(step) if step else float("nan"))
    steps, values = thinned(total)
    assert len(steps) == len(values) == MOST_POINTS
    assert values[1:] == pytest.approx(steps[1:], rel=1e-3)
    figure = live_figure(watched.live_view.history, 4000, utils.HOLDOUT_DATA, utils.HOLDOUT_DATA)
    assert json.loads(figure.to_json())["data"][0]["y"][0] is None


def operations(function: Callable[[], object]) -> int:
    """Multiplications and additions of the layers, which no busy machine changes."""
    with FlopCounterMode(display=False) as counter:
        function()
    return counter.get_total_flops()


def test_it_costs_under_two_percent_of_training():
    """A redraw against the 250 steps between two; and to watch a step adds nothing but the terms' few sums."""
    watched, unwatched = trainer("vae", batch_size=512), trainer("vae", batch_size=512)
    del unwatched.training_step  # what is left is the class's own
    img = utils.HOLDOUT_DATA.repeat(52, 1, 1, 1)[:512].to(watched.device)
    step = operations(lambda: unwatched.training_step(img))
    assert operations(lambda: watched.training_step(img)) == step > 0
    watched.step = 250
    assert 0 < operations(watched.log_samples) < 0.02 * 250 * step


CELLS = (
    """
    import torch
    from torch.utils.data import Subset
    import utils
    from course.data.datasets import substitute
    from solutions.vae import VAEArgs, VAETrainer
    torch.set_num_threads(1)
    with substitute(Subset(utils.get_dataset("MNIST", train=False), range(512))):
        trainer = VAETrainer(VAEArgs(batch_size=64, epochs=2, log_every_n_steps=4, use_wandb=False))
    """,
    "model = trainer.train()",
    "trainer.log_samples()\ntrainer.log_samples()",
    "utils.display_data(utils.HOLDOUT_DATA, nrows=2, title='Ten digits')",
)
PLOTLY, WIDGET = "application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module", params=["plotly_mimetype", "plotly_mimetype+notebook"])
def executed(request):
    """The outputs of each cell in a real kernel, with each of plotly's renderers that the course uses."""
    patch = pytest.MonkeyPatch()
    patch.setenv("PLOTLY_RENDERER", request.param)
    notebook = nbformat.v4.new_notebook()
    indented = [cell.replace("\n    ", "\n").strip() for cell in CELLS]
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in indented]
    where = {"metadata": {"path": str(Path(utils.__file__).parent)}}
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where).execute()
    patch.undo()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.slow
def test_a_training_cell_holds_one_figure_in_its_last_state(executed):
    figures = [output for output in executed[1] if PLOTLY in output.get("data", {})]
    assert len(figures) == 1
    data = figures[0]["data"]
    assert data[PLOTLY]["layout"]["title"]["text"] == "Step 16"
    assert data["text/plain"].startswith("Training, step 16")
    assert len(json.dumps(data)) < 100_000
    assert not [output for output in executed[1] if output.output_type == "stream" and output.name == "stdout"]


@pytest.mark.slow
def test_a_training_cell_holds_one_progress_bar(executed):
    bars = [output for output in executed[1] if WIDGET in output.get("data", {})]
    assert len(bars) == 1 and "0/16" in bars[0]["data"]["text/plain"]


@pytest.mark.slow
def test_another_cell_gets_a_figure_of_its_own_and_only_one(executed):
    assert sum(PLOTLY in output.get("data", {}) for output in executed[2]) == 1


@pytest.mark.slow
def test_a_display_call_shows_exactly_one_picture(executed):
    (output,) = executed[3]
    assert output["data"][PLOTLY]["layout"]["title"]["text"] == "Ten digits"
    assert output["data"]["text/plain"] == "Ten digits: 10 images in 2 rows."


LONG = CELLS[0].replace("epochs=2", "epochs=10_000")


def test_kernel_interrupt_leaves_one_line_and_the_model():
    """A real kernel, and the signal that the button sends."""
    manager, client = start_new_kernel(cwd=str(Path(utils.__file__).parent))
    try:
        run = partial(client.execute_interactive, timeout=600)
        assert run(dedent(LONG))["content"]["status"] == "ok"
        drawn = []

        def interrupt_once_drawn(message):
            kind, content = message["header"]["msg_type"], message["content"]
            if kind in ("display_data", "update_display_data") and PLOTLY in content["data"]:
                drawn.append(content)
                if len(drawn) == 3:
                    manager.interrupt_kernel()
            if kind == "error":
                errors.append(content)

        errors: list[dict] = []
        reply = run("model = trainer.train()", output_hook=interrupt_once_drawn)
        assert reply["content"]["status"] == "error"
        (line,) = errors[0]["traceback"]
        assert line.startswith("Training stopped after step ") and "`trainer.model` holds" in line
        answer = run("", user_expressions={"told": "(trainer.step, len(trainer.live_view.history.total.steps))"})
        step = int(line.split("step ")[1].split(".")[0])
        told = eval(answer["content"]["user_expressions"]["told"]["data"]["text/plain"])
        assert told[0] == step and told[1] in (step, step + 1)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
