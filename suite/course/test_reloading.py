"""A learner's loop, in a real kernel: edit an exercise, save, check, dozens of times in a row, and nothing ever lies."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from tools.generated import ROOT
from tools.notebooks import make_notebook
from tools.overlay import kernel_environment, make_overlay

pytestmark = pytest.mark.slow

SECONDS = 120  # for one cell on a busy machine
SOLUTIONS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "solutions").glob("*.py")}
HERE = "# here"  # stands in the line that a failure must name


class Learner:
    """Somebody at work: a project with stubs, and a notebook's kernel that goes on while the files change."""

    def __init__(self, project: Path, lesson: str) -> None:
        self.project = project
        self.lesson = lesson
        self.stubs = {path.stem: path.read_text() for path in (project / "exercises").glob("*.py")}
        self.open()

    def open(self) -> None:
        """Starts the kernel, and runs the lesson's setup cell and its imports."""
        self.manager, self.client = start_new_kernel(
            cwd=str(self.project / "notebooks"), env=dict(os.environ | kernel_environment(self.project))
        )
        notebook = make_notebook(ROOT / "lessons" / f"{self.lesson}.md")
        cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        imports = next(cell for cell in cells if "import tests" in cell)
        assert self.run(cells[0]) == ""
        assert self.run("\n".join(line for line in imports.splitlines() if "get_dataset" not in line)) == ""
        assert self.run("from exercises.autoencoder import Autoencoder, AutoencoderArgs, AutoencoderTrainer") == ""

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def restart(self) -> None:
        self.close()
        self.open()

    def save(self, module: str, text: str) -> None:
        (self.project / "exercises" / f"{module}.py").write_text(text, encoding="utf-8")

    def run(self, cell: str, interrupt_at: str = "") -> str:
        """What the cell shows, errors included. It is interrupted once it has shown `interrupt_at`."""
        shown: list[str] = []

        def hear(message: dict) -> None:
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    shown.append(content["text"])
                case "error":
                    shown.append("\n".join([content["ename"], *content["traceback"]]))
                case "execute_result":
                    shown.append(content["data"]["text/plain"])
            if interrupt_at and message["msg_type"] == "stream" and interrupt_at in content["text"]:
                self.manager.interrupt_kernel()

        self.client.execute_interactive(cell, output_hook=hear, timeout=SECONDS, allow_stdin=False)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", "".join(shown))
        return re.sub(r"\n +(?=\S)", " ", plain)  # however it was broken into lines

    def check(self, name: str, check: str) -> str:
        return self.run(f"tests.test_{check}({name})")


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory, request):
    """One kernel for all the tests of a lesson: it lives long, as a learner's does."""
    project = make_overlay(tmp_path_factory.mktemp("project"), "stubs")
    (project / "notebooks").mkdir()
    somebody = Learner(project, getattr(request, "param", "02_variational_autoencoders"))
    yield somebody
    somebody.close()


@pytest.fixture
def learner(long_lived):
    """Each test begins with nothing written."""
    for name, stub in long_lived.stubs.items():
        long_lived.save(name, stub)
    return long_lived


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


AUTOENCODER, VAE = SOLUTIONS["autoencoder"], SOLUTIONS["vae"]
ENCODE = "return self.decoder(self.encoder(x))"
DECODE = "x = self.decoder(z)"
SLOT = "\n\nclass Autoencoder("


def right(module: str, *pairs: tuple[str, str]) -> tuple[str, str]:
    return module, replaced(SOLUTIONS[module], *pairs)


PASSED, UNREADABLE = "passed", "cannot be read"
AUTOENCODER_CHECK, TRAINER_CHECK = (("Autoencoder", "autoencoder"), ("AutoencoderTrainer", "autoencoder_trainer"))
VAE_CHECK, VAE_TRAINER_CHECK = ("VAE", "vae"), ("VAETrainer", "vae_trainer")
WITH_HELPER = (SLOT, "\n\ndef rebuild(model, x):\n    return model.decoder(model.encoder(x))\n" + SLOT)
WITH_DECORATOR = (
    SLOT,
    "\n\ndef loud(method):\n    @functools.wraps(method)\n    def wrapper(self, x):\n        return 1.0 * method(self, x)"
    "\n\n    return wrapper\n" + SLOT,
)

# One after the other in one kernel: what is saved (file and text), which check is run, and what it must show.
EDITS = [
    ("the stub", None, AUTOENCODER_CHECK, "ot attempted"),
    ("right", right("autoencoder"), AUTOENCODER_CHECK, PASSED),
    (
        "super().__init__() is gone",
        right("autoencoder", ("        super().__init__()\n", ""), ("self.encoder = Sequential(", f"self.encoder = Sequential(  {HERE}")),
        AUTOENCODER_CHECK,
        "super",
    ),
    ("and is back", right("autoencoder"), AUTOENCODER_CHECK, PASSED),
    ("a bracket is open", right("autoencoder", (ENCODE, f"return self.decoder(self.encoder(x)  {HERE}")), AUTOENCODER_CHECK, UNREADABLE),
    ("which the other file imports", None, VAE_CHECK, UNREADABLE),
    ("half of the file is saved", ("autoencoder", AUTOENCODER[: AUTOENCODER.index(ENCODE) + 20]), AUTOENCODER_CHECK, UNREADABLE),
    ("mended", right("autoencoder"), AUTOENCODER_CHECK, PASSED),
    ("and so is the other", None, VAE_CHECK, "ot attempted"),
    ("renamed where it is not used", right("autoencoder", ("class AutoencoderTrainer", "class Trainer")), TRAINER_CHECK, "defines no `AutoencoderTrainer`"),
    ("renamed where it is used", right("autoencoder", ("class Autoencoder(", "class Encoder("), ("= Autoencoder\n", f"= Autoencoder  {HERE}\n")), AUTOENCODER_CHECK, "NameError"),
    ("renamed back", right("autoencoder"), AUTOENCODER_CHECK, PASSED),
    ("that one too", None, TRAINER_CHECK, PASSED),
    ("a name that nothing defines", right("autoencoder", (ENCODE, f"return self.decoder(encoder(x))  {HERE}")), AUTOENCODER_CHECK, "NameError"),
    ("an import that fails", right("autoencoder", ("import utils\n", f"import utilities  {HERE}\n")), AUTOENCODER_CHECK, "No module named 'utilities'"),
    ("in the trainer's check as well", None, TRAINER_CHECK, "No module named 'utilities'"),
    ("a right answer without unused imports", right("autoencoder"), AUTOENCODER_CHECK, PASSED),
    ("a helper", right("autoencoder", WITH_HELPER, (ENCODE, "return rebuild(self, x)")), AUTOENCODER_CHECK, PASSED),
    ("the helper is wrong", right("autoencoder", WITH_HELPER, ("model.decoder(model.encoder(x))", f"model.decode(x)  {HERE}"), (ENCODE, "return rebuild(self, x)")), AUTOENCODER_CHECK, "no attribute 'decode'"),
    ("the helper is right", right("autoencoder", WITH_HELPER, (ENCODE, "return rebuild(self, x)")), AUTOENCODER_CHECK, PASSED),
    ("a decorated method", right("autoencoder", ("import torch\n", "import functools\n\nimport torch\n"), WITH_DECORATOR, ("    def forward", "    @loud\n    def forward")), AUTOENCODER_CHECK, PASSED),
    ("whose decorator is wrong", right("autoencoder", ("import torch\n", "import functools\n\nimport torch\n"), WITH_DECORATOR, ("1.0 * method(self, x)", "2.0 * method(self, x)"), ("    def forward", "    @loud\n    def forward")), AUTOENCODER_CHECK, "rebuil|reconstruct|forward"),
    ("a decorator that breaks it", right("autoencoder", ("    def forward", "    @torch.no_grad()\n    def forward")), AUTOENCODER_CHECK, "grad"),
    ("undecorated", right("autoencoder"), AUTOENCODER_CHECK, PASSED),
    ("the VAE", right("vae"), VAE_CHECK, PASSED),
    ("its trainer", None, VAE_TRAINER_CHECK, PASSED),
    ("no exp", right("vae", ("logsigma.exp()", "logsigma")), VAE_CHECK, "exp is missing"),
    ("exp", right("vae"), VAE_CHECK, PASSED),
    ("the base class's loop, in the other file", right("autoencoder", ("loss = self.training_step(img.to(self.device))", f"loss = self.trainingstep(img)  {HERE}")), VAE_TRAINER_CHECK, "trainingstep"),
    ("the base class mended", right("autoencoder"), VAE_TRAINER_CHECK, PASSED),
    ("the args get a field", right("autoencoder", ("    batch_size: int", "    patience: int = 3\n    batch_size: int")), TRAINER_CHECK, PASSED),
    ("the program is ended at import", right("vae", ("\n\nclass VAE(", f"\n\nraise SystemExit  {HERE}\n\n\nclass VAE(")), VAE_CHECK, "SystemExit"),
    ("tabs among the spaces", right("vae", ("        super().__init__()\n", f"\tsuper().__init__()  {HERE}\n")), VAE_CHECK, "cannot be read"),
    ("null bytes", ("vae", "\0" * 10), VAE_CHECK, "null bytes"),
    ("nothing at all", ("vae", ""), VAE_CHECK, "defines no `VAE`"),
    ("everything", right("vae"), VAE_CHECK, PASSED),
]  # fmt: skip


def test_every_edit_in_one_kernel_is_taken_up_and_no_line_is_wrong(learner):
    for label, saved, (name, check), expected in EDITS:
        if saved:
            learner.save(*saved)
        shown = learner.check(name, check)
        assert re.search(expected, shown), f"{label}: {shown}"
        if expected != PASSED:
            assert PASSED not in shown, f"{label}: {shown}"
        if saved and HERE in saved[1]:
            line = saved[1][: saved[1].index(HERE)].count("\n") + 1
            assert f"exercises/{saved[0]}.py, line {line}," in shown, f"{label}: not line {line}: {shown}"
        if expected == UNREADABLE:
            assert len(shown.splitlines()) <= 2, f"{label}: {shown}"  # the exception's name, one sentence


def test_the_notebooks_other_names_follow_too(learner):
    learner.save("vae", VAE + "\nWIDTH = 100\n")
    assert (
        learner.run(
            "from exercises import autoencoder as module\nimport exercises.vae\nfrom exercises.vae import WIDTH, VAEArgs as Arguments\nwidth = WIDTH"
        )
        == ""
    )
    learner.save("vae", replaced(VAE, ("beta_kl: float = 0.1", "beta_kl: float = 0.7")) + "\nWIDTH = 200\n")
    assert learner.run("WIDTH, width, Arguments().beta_kl, exercises.vae.WIDTH") == "(200, 100, 0.7, 200)"
    learner.save("autoencoder", AUTOENCODER + "\nLATER = 1\n")
    assert learner.run("module.LATER") == "1"
    learner.run("WIDTH = 5")  # the notebook's own from now on
    learner.save("vae", VAE + "\nWIDTH = 300\n")
    assert learner.run("WIDTH") == "5"


def test_a_star_import_follows(learner):
    learner.save("autoencoder", AUTOENCODER)
    assert "No module named" in learner.run("from exercises.autoencodr import *")
    assert learner.run("%%capture\nfrom exercises.autoencoder import *") == ""
    learner.save("autoencoder", AUTOENCODER + "\n\ndef added():\n    return 3\n")
    assert learner.run("added()") == "3"
    assert PASSED in learner.check(*AUTOENCODER_CHECK)


def test_what_exists_keeps_its_class_and_an_older_class_is_not_checked(learner):
    learner.save("vae", VAE)
    learner.run("model = VAE(5, 100)\nversions = [VAE]\n\nclass Mine(VAE):\n    pass\n\ntests.test_vae(Mine)")
    learner.save("vae", replaced(VAE, ("logsigma.exp()", "logsigma")))
    assert learner.run("type(model) is VAE, type(model) is versions[0]") == "(False, True)"
    for name in ("versions[0]", "Mine"):
        shown = learner.check(name, "vae")
        assert "older than exercises/vae.py" in shown and PASSED not in shown, shown


def test_an_error_in_an_old_object_shows_the_lines_that_ran(learner):
    learner.save("autoencoder", replaced(AUTOENCODER, (ENCODE, "return self.decoder(encoder(x))")))
    learner.run("model = Autoencoder(5, 100)")
    learner.save("autoencoder", replaced(AUTOENCODER, (ENCODE, f"answer = self.encoder(x)\n        {ENCODE}")))
    shown = learner.run("model(torch.zeros(1, 1, 28, 28))")
    assert "NameError" in shown and "return self.decoder(encoder(x))" in shown, shown
    assert re.search(r"autoencoder\.py \(older version \d+\)", shown), shown
    assert learner.run("Autoencoder(5, 100)(torch.zeros(1, 1, 28, 28)).shape") == "torch.Size([1, 1, 28, 28])"


def test_two_saves_of_one_second_and_one_size(learner):
    wrong = replaced(AUTOENCODER, ("16, 4, stride=2", "16, 2, stride=4"))
    path = learner.project / "exercises" / "autoencoder.py"
    for text, expected in [(AUTOENCODER, True), (wrong, False), (AUTOENCODER, True)]:
        learner.save("autoencoder", text)
        os.utime(path, (1_000_000_000, 1_000_000_000))
        assert (PASSED in learner.check(*AUTOENCODER_CHECK)) == expected
    assert len(AUTOENCODER) == len(wrong)


def test_a_kernel_may_start_while_a_file_cannot_be_read(learner):
    learner.save("autoencoder", AUTOENCODER + "\n(")
    learner.restart()
    assert UNREADABLE in learner.check(*AUTOENCODER_CHECK)
    assert UNREADABLE in learner.run("AutoencoderTrainer(AutoencoderArgs())").splitlines()[-1]
    learner.save("autoencoder", AUTOENCODER)
    assert PASSED in learner.check(*AUTOENCODER_CHECK)


def test_a_file_may_go_and_come_back(learner):
    (learner.project / "exercises" / "vae.py").unlink()
    assert "exercises/vae.py is not there any more" in learner.check(*VAE_CHECK)
    learner.save("vae", VAE)
    assert PASSED in learner.check(*VAE_CHECK)


def test_an_import_without_end_can_be_interrupted_and_mended(learner):
    learner.save("vae", VAE + "\nprint('for ever')\nwhile True:\n    pass\n")
    assert "was interrupted" in learner.run("tests.test_vae(VAE)", interrupt_at="for ever")
    assert "was interrupted" in learner.check(*VAE_CHECK)  # without running it again
    learner.save("vae", VAE)
    assert PASSED in learner.check(*VAE_CHECK)


def test_the_setup_cell_may_run_again(learner):
    learner.save("autoencoder", AUTOENCODER)
    cells = make_notebook(ROOT / "lessons" / f"{learner.lesson}.md").cells
    assert learner.run(next(cell.source for cell in cells if cell.cell_type == "code")) == ""
    assert PASSED in learner.check(*AUTOENCODER_CHECK)


@pytest.mark.parametrize("long_lived", ["05_pca_of_the_latent_space"], indirect=True)
def test_a_lesson_read_in_its_natural_order(learner):
    assert "ot attempted" in learner.check("get_pca_components", "latent_pca")
    learner.save("latent_pca", SOLUTIONS["latent_pca"])
    assert PASSED in learner.check("get_pca_components", "latent_pca")


@pytest.mark.parametrize("long_lived", ["06_choosing_beta"], indirect=True)
def test_a_decorated_function_is_followed_to_what_it_wraps(learner):
    decorator = (
        "\n\ndef same(function):\n    return functools.wraps(function)(lambda *inputs: function(*inputs))\n\n\n@same\n"
    )
    right = "import functools\n" + replaced(
        SOLUTIONS["beta_vae"], ("\n\ndef kl_per_latent", f"{decorator}def kl_per_latent")
    )
    wrong = replaced(right, ("return kl.mean(0)", "return kl.sum(0)"))
    for text, passes in [(right, True), (wrong, False), (right, True)]:
        learner.save("beta_vae", text)
        assert (PASSED in learner.check("kl_per_latent", "kl_per_latent")) == passes


@pytest.mark.parametrize("long_lived", ["04_transposed_convolution"], indirect=True)
def test_a_whole_module_is_checked_as_it_is_now(learner):
    learner.run("from exercises import transposed_conv\nmodules = [transposed_conv]")
    assert "ot attempted" in learner.check("transposed_conv", "transposed_conv")
    learner.save("transposed_conv", SOLUTIONS["transposed_conv"])
    assert PASSED in learner.check("transposed_conv", "transposed_conv")
    assert "older than" in learner.check("modules[0]", "transposed_conv")
    learner.save("transposed_conv", SOLUTIONS["transposed_conv"] + ")")
    assert UNREADABLE in learner.check("transposed_conv", "transposed_conv")


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_watches_the_exercises(path):
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert "reloading.start()" in cells[0] and "autoreload" not in "".join(cells)
