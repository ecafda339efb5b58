"""The latent explorer: any right model's weights are read, what cannot be shown is refused, and the page holds it all."""

import json
import re

import pytest
import torch
from torch import nn

import utils
from checks.core.compare import same
from course.explorer import page, reading
from course.explorer.layers import Layer, pack, pack_numbers, run, unpack, unpack_numbers
from course.explorer.reading import CannotShow, read_model
from solutions.autoencoder import Autoencoder, AutoencoderArgs, AutoencoderTrainer
from solutions.faces import FaceAutoencoder
from solutions.hierarchical_vae import HierarchicalVAE
from solutions.vae import VAE
from suite.checks.test_corpus import each
from suite.corpus import Right, all_answers
from tools import explore
from tools.explorer_weights import accuracy, error

RIGHT = [each for each in all_answers() if isinstance(each, Right) and each.exercise in ("autoencoder", "vae")]


def built(answer: Right, latent: int, hidden: int) -> nn.Module:
    """The answer's model, its lazy layers settled, with weights as large as after a training."""
    torch.manual_seed(0)
    model = answer.load()(latent_dim_size=latent, hidden_dim_size=hidden)
    with torch.no_grad():
        model(torch.zeros(2, 1, 28, 28))
        for weight in model.parameters():
            weight += 0.05 * torch.randn_like(weight)
    return model


# Reading


@pytest.mark.parametrize("answer", each(RIGHT))
def test_every_right_answer_can_be_read(answer, capsys):
    """However its layers are called and ordered; five latents and two."""
    x = torch.randn(7, 1, 28, 28)
    for latent, hidden in ((5, 128), (2, 100)):
        model = built(answer, latent, hidden)
        read = read_model(model)
        z = torch.randn(7, latent)
        with torch.no_grad():
            code = model.encoder(x)
            code = torch.cat(list(code), dim=1) if isinstance(code, tuple | list) or code.ndim == 3 else code
            assert same(run(read.encoder, x), code)
            assert same(run(read.decoder, z), model.decoder(z))
        assert (read.kind, read.latent) == ("VAE" if answer.exercise == "vae" else "autoencoder", latent)


def test_reading_leaves_the_model_as_it_was():
    model = VAE(3, 20).eval()
    model.decoder[0].weight.requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.inference_mode():
        read_model(model)
    assert not model.training and not model.decoder[0].weight.requires_grad
    assert model.encoder[0].weight.requires_grad and model.encoder[0].weight.grad is None
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


class WithTanh(Autoencoder):
    """Made of the right layers, and does something else with them."""

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__(latent_dim_size, hidden_dim_size)
        self.decoder.append(nn.Tanh())


class WithoutHidden(Autoencoder):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__(latent_dim_size, hidden_dim_size)
        del self.hidden_dim_size


def diverged() -> nn.Module:
    model = Autoencoder(5, 20)
    nn.init.constant_(model.encoder[0].weight, float("nan"))
    return model


REFUSED = {
    "the class": (lambda: VAE, "the class VAE itself. Hand over a trained model"),
    "a trainer": (lambda: AutoencoderTrainer(AutoencoderArgs()), "a trainer. Hand over .* `trainer.model`"),
    "nothing": (lambda: None, "this is a NoneType"),
    "a layer": (lambda: nn.Linear(5, 5), "this is a Linear"),
    "one latent": (lambda: VAE(1, 20), "one latent: train one with two or more"),
    "faces": (lambda: FaceAutoencoder(5, 20), r"images of shape \(1, 28, 28\)"),
    "a hierarchy": (lambda: HierarchicalVAE(5, 3, 20), "has an encoder and a decoder"),
    "another network": (
        lambda: WithTanh(5, 20),
        "decoder is not made of the exercise's layers, or does something else",
    ),
    "no hidden size": (lambda: WithoutHidden(5, 20), "has no `hidden_dim_size`"),
    "nan": (diverged, "not finite"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_is_refused_in_a_sentence(name, tmp_path, monkeypatch):
    monkeypatch.setattr("course.explorer.RESULTS", tmp_path / "results")
    make, words = REFUSED[name]
    with pytest.raises(CannotShow, match=words):
        utils.explore(make())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [0, 3])
def test_one_model_or_two(count):
    with pytest.raises(CannotShow, match="one model or two"):
        utils.explore(*[Autoencoder(2, 10)] * count)


@pytest.mark.slow
def test_explore_writes_a_page_and_says_where(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("course.explorer.RESULTS", tmp_path / "results")
    autoencoder, vae = page.shipped_model("autoencoder"), page.shipped_model("vae_0.1")
    monkeypatch.setattr(reading, "read_model", lambda model: model)
    utils.explore(autoencoder, vae)
    assert (
        capsys.readouterr().out
        == "results/explorer_autoencoder_vae.html: a file of its own, which opens in any browser.\n"
    )
    data = data_of((tmp_path / "results" / "explorer_autoencoder_vae.html").read_text())
    assert [panel["name"] for panel in data["panels"]] == ["Autoencoder", "VAE"]
    utils.explore(vae, vae)
    data = data_of((tmp_path / "results" / "explorer_vae_vae.html").read_text())
    assert [panel["name"] for panel in data["panels"]] == ["VAE 1", "VAE 2"]


def test_an_untrained_model_is_shown_with_a_remark(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("course.explorer.RESULTS", tmp_path / "results")
    utils.explore(VAE(2, 10))
    assert re.match(
        r"This VAE rebuilds digits with an error of \d\.\d\d, .* is it trained\?\n", capsys.readouterr().out
    )
    assert (tmp_path / "results" / "explorer_vae.html").exists()


# Packing


def test_packed_numbers_are_the_nearest_of_their_row():
    values = torch.randn(6, 3, 4, 4) * torch.logspace(-3, 3, 6)[:, None, None, None]
    values[2] = 0
    for bits in (7, 16):
        packed = json.loads(json.dumps(pack_numbers(values, bits)))
        largest = values.flatten(1).abs().amax(1)[:, None, None, None]
        off = (unpack_numbers(packed) - values).abs()
        assert (off <= 0.501 * largest / (2 ** (bits - 1) - 1)).all()
        again = pack_numbers(unpack_numbers(packed), bits)
        assert torch.equal(unpack_numbers(again), unpack_numbers(packed))  # what was packed once stays as it is


def test_packed_layers_keep_what_they_do():
    layers = [
        Layer("convolution", torch.randn(4, 1, 3, 3), torch.randn(4), stride=1, padding=1),
        Layer("relu"),
        Layer("max pool", stride=2),
        Layer("linear", torch.randn(12, 4 * 14 * 14), torch.randn(12)),
        Layer("reshape", shape=(3, 2, 2)),
        Layer("transposed convolution", torch.randn(3, 2, 4, 4), torch.randn(2), stride=2, padding=1),
    ]
    x = torch.randn(5, 1, 28, 28)
    assert (run(unpack(json.loads(json.dumps(pack(layers, 16)))), x) - run(layers, x)).abs().max() < 0.05


# What is shipped


@pytest.mark.slow
@pytest.mark.parametrize("name", ["autoencoder", *(f"vae_{beta}" for beta in page.BETAS)])
def test_a_shipped_model_says_how_it_was_made_and_how_good_it_is(name):
    made = json.loads(page.shipped(name))["made"]
    assert made["seed"] == 0 and made["epochs"] == 10 and made["torch"] and made["python"]
    assert name == "autoencoder" or str(made["beta_kl"]) == name.removeprefix("vae_")
    model = page.shipped_model(name)
    assert error(model) == pytest.approx(made["test MSE in 7 bits"], abs=1e-3)
    assert made["test MSE in 7 bits"] == pytest.approx(made["test MSE as trained"], abs=2e-3)
    assert (model.kind, model.latent) == ("autoencoder" if name == "autoencoder" else "VAE", 5)


@pytest.mark.slow
def test_the_shipped_judge_reads_the_test_digits():
    made = json.loads(page.shipped("judge"))["made"]
    assert (
        accuracy(page.judge()) == pytest.approx(made["test accuracy in 7 bits"], abs=1e-3)
        and accuracy(page.judge()) > 0.99
    )


@pytest.fixture(scope="module")
def course_page() -> str:
    return page.course_page()


@pytest.mark.slow
def test_make_explore_writes_the_page_and_opens_it_where_there_is_a_display(tmp_path, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(explore, "ROOT", tmp_path)
    monkeypatch.setattr(explore, "PAGE", tmp_path / "results" / "explorer.html")
    monkeypatch.setattr(explore.webbrowser, "open", opened.append)
    monkeypatch.setattr(explore.sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for display, expected in (("", []), (":0", [(tmp_path / "results" / "explorer.html").as_uri()])):
        monkeypatch.setenv("DISPLAY", display)
        explore.main()
        assert opened == expected
    assert "results/explorer.html: one file of 2." in capsys.readouterr().out


def data_of(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


@pytest.mark.slow
def test_the_page_is_one_small_file_without_a_network(course_page):
    assert len(course_page.encode()) < 3_000_000
    assert "{{" not in course_page.replace("${{", "")
    own = re.sub(r'<script type="application/json".*?</script>', "", course_page, flags=re.DOTALL)
    assert not re.search(r"https?:|@import|\bfetch\(|localStorage|\burl\(", own)
    assert re.search(r"default-src 'none'; img-src data:; script-src 'sha256-\S+'; style-src 'sha256-\S+'", own)


@pytest.mark.slow
def test_the_page_holds_what_the_models_make_of_the_digits(course_page):
    data = data_of(course_page)
    autoencoder, vae = data["panels"]
    assert [choice["label"] for choice in vae["choices"]] == ["0", "0.01", "0.1", "0.5", "1"]
    assert vae["choices"][vae["start"]]["label"] == "0.1"
    labels = [int(label) for label in data["digits"]["labels"]]
    assert len(labels) == 1000 and [labels[index] for index in data["digits"]["holdout"]] == list(range(10))

    by_beta = {choice["label"]: choice for choice in vae["choices"]}
    assert autoencoder["choices"][0]["read"] < 0.1 < 0.5 < by_beta["0.1"]["read"]  # what the guide says
    assert by_beta["0"]["read"] < 0.2 and by_beta["1"]["read"] < 0.02 and by_beta["1"]["kl"] < 0.01
    codes = unpack_numbers(autoencoder["choices"][0]["codes"]).T
    expected, _ = page.shipped_model("autoencoder").encode(page.normalise(page.testset().data[:1000]))
    assert (codes - expected).abs().max() < 1e-3
    directions = torch.tensor(autoencoder["choices"][0]["directions"])
    assert torch.allclose(directions @ directions.T, torch.eye(2), atol=1e-5)
