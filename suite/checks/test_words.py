"""What a failure calls things: nothing of the harness's own names, and what was handed over by its right name."""

from functools import partial
from types import ModuleType

import pytest
import torch

import tests
from checks.core.result import CheckFailure, Result
from checks.core.run import run_check
from checks.core.runner import LocalRunner
from solutions import autoencoder, beta_vae, regularised, vae
from suite.corpus import Wrong
from suite.corpus.trainer_parts import INIT, LOSS, WATCH
from suite.corpus.verdicts import verdict
from suite.corpus.words import of_the_harness

trainer = partial(Wrong, "autoencoder_trainer")


def step_by(text: str) -> tuple[str, str]:
    return LOSS, f"{text}\n        {LOSS}"


CURIOUS = [
    trainer("asks the data set", None, step_by("self.trainset.no_such")),
    trainer("asks the model", None, step_by("self.model.no_such")),
    trainer("asks for the model's first layer", None, step_by("self.model.encoder[0]")),
    trainer("asks for a layer's weight", None, step_by("self.model.decoder.no_such")),
    trainer("adds the model to its loss", None, step_by("img + self.model")),
    trainer("adds the data set to its loss", None, step_by("img + self.trainset")),
    trainer("returns the model's half", None, ("return loss", "return self.model.encoder")),
    trainer("asks W&B's run", None, (INIT, f"run = {INIT}\n            run.no_such")),
    trainer("W&B watches the run", None, (INIT, f"run = {INIT}"), (WATCH, "wandb.watch(run)")),
    trainer("adds to W&B's run", None, (INIT, f"run = {INIT}\n            run + 1")),
    trainer("writes W&B's run in an error", None, (INIT, f"run = {INIT}\n            raise ValueError(str(run))")),
    trainer("writes the model in an error", None, step_by("raise ValueError(str([type(self.model)]))")),
    Wrong("latent_pca", "asks the data set", None, ("loader = ", "dataset.no_such\n    loader = ")),
    Wrong("latent_pca", "asks the model", None, ("loader = ", "model.no_such\n    loader = ")),
    Wrong("latent_pca", "asks for the model's first layer", None, ("loader = ", "model.encoder[0]\n    loader = ")),
    Wrong(
        "hierarchical_vae",
        "adds to a network",
        None,
        ("q1 = ", "self.encoder1 + 1\n        q1 = "),
        part="HierarchicalVAE",
    ),
    Wrong(
        "regularised_autoencoders",
        "asks the encoder",
        None,
        "def contractive_penalty(encoder, x):\n    return encoder[0]\n",
        part="contractive_penalty",
    ),
]


@pytest.mark.parametrize("answer", CURIOUS, ids=lambda answer: answer.id)
def test_what_stands_in_a_things_place_has_its_name(answer: Wrong) -> None:
    result = verdict(answer, seed=0)
    assert result.outcome == "failed"
    assert not of_the_harness(result), result.message


def test_names_of_ours_are_found():
    for said in ("'TinySet' object", "raised MadeAnew: no", "Other(kind='int')", "<checks.core.run.CheckRun object>"):
        assert of_the_harness(Result("vae", "failed", message=said)), said
    assert not of_the_harness(
        Result("vae", "failed", message="VAETrainer(args).train() raised ValueError: Half of it.")
    )


Model, Trainer = autoencoder.Autoencoder, autoencoder.AutoencoderTrainer
WHOLE = "this check takes the whole file: `from exercises import beta_vae`, then `tests.test_beta_vae(beta_vae)`"
HANDED = [
    ("vae", 3, "not-a-class", "this is an int where the class `VAE` should be."),
    ("vae", None, "not-a-class", "this is None where"),
    ("vae", "VAE", "not-a-class", "this is a str where"),
    ("vae", vae.VAE(3, 8), "instance-instead-of-class", "hand over `VAE`, without brackets behind it."),
    ("vae", torch.nn, "missing-answer", "looking for `VAE`: __init__.py has no `VAE`"),
    ("vae", ModuleType("mine"), "missing-answer", "looking for `VAE`: the module has no `VAE`"),
    ("vae", Model, "another-exercise", "this is `Autoencoder`; this check is for `VAE`. `Autoencoder` has one of its own: "
     "`tests.test_autoencoder(Autoencoder)`."),
    ("autoencoder", vae.VAE, "another-exercise", "`tests.test_vae(VAE)`"),
    ("autoencoder", Trainer, "another-exercise", "`tests.test_autoencoder_trainer(AutoencoderTrainer)`"),
    ("vae_trainer", Trainer, "another-exercise", "this check is for `VAETrainer`"),
    ("DenoisingTrainer", Trainer, "another-exercise", "this check is for `DenoisingTrainer`"),
    ("DenoisingTrainer", regularised.contractive_penalty, "another-exercise", "`tests.test_contractive_penalty("),
    ("DenoisingTrainer", torch.relu, "not-a-class", "this is the function `relu` where the class `DenoisingTrainer`"),
    ("active_units", torch.nn.Linear, "not-a-function", "this is the class `Linear` where the function `active_units`"),
    ("active_units", beta_vae.kl_per_latent, "another-exercise", "this is `kl_per_latent`"),
    ("beta_vae", beta_vae.kl_per_latent, "not-the-module", WHOLE),
    ("beta_vae", 3, "not-the-module", "such as `tests.test_kl_per_latent(kl_per_latent)`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "answer", "cause", "words"), HANDED, ids=[f"{each[0]}, {each[2]}" for each in HANDED]
)
def test_what_was_handed_over_is_called_what_it_is(check, answer, cause, words):
    result, _ = run_check(getattr(tests, f"test_{check}"), answer, seed=0)
    assert (result.outcome, result.cause) == ("failed", cause)
    assert words in result.message and not of_the_harness(result)


def test_the_reference_is_called_that_in_a_notebook(capsys):
    tests.test_autoencoder(Model)
    assert "Note: this is the reference, out of solutions/." in " ".join(capsys.readouterr().out.split())
    assert not run_check(tests.test_autoencoder, LocalRunner(Model))[0].notes
    with pytest.raises(CheckFailure):
        tests.test_vae(Model)
