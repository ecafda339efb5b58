"""The teaching figures: their numbers are right, they need no kernel, and they stay small."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

import utils
from course.figures import lessons as lesson_figures
from course.figures.lessons.convolutions import convolve, transpose
from course.figures.lessons.gradients import gradients, reparameterised, sampled, score_function
from course.figures.lessons.kl import kl_divergence
from course.figures.live import History
from course.figures.palette import alternative_text
from solutions.autoencoder import Autoencoder
from solutions.vae import VAE
from suite.measured import above, below

LIMIT = 300  # kB of JSON


@pytest.fixture(scope="module")
def models() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return Autoencoder(5, 128), VAE(5, 100)


@pytest.fixture(scope="module")
def figures(models):
    autoencoder, vae = models
    digits = utils.HOLDOUT_DATA
    history = History()
    for step in range(2000):
        history.total.add(step, 1 / (step + 1))
        history.reconstruction.add(step, 0.9 / (step + 1))
        history.kl.add(step, 1.0)
    many = torch.cat([digits] * 200)
    return {
        "chain_of_levels": lesson_figures.chain_of_levels(),
        "convolution_and_transpose": lesson_figures.convolution_and_transpose(),
        "gradient_estimates": lesson_figures.gradient_estimates(),
        "kl_landscape": lesson_figures.kl_landscape(),
        "latent_spaces": lesson_figures.latent_spaces(autoencoder, vae, many, torch.arange(2000) % 10, digits),
        "learning_curves": lesson_figures.learning_curves({"a": history, "b": history}),
        "level_costs": lesson_figures.level_costs(
            {name: [(step / 10, 20 - step / 5, 2.0) for step in range(50)] for name in "abcd"}
        ),
        "line_between": lesson_figures.line_between(autoencoder, vae, digits[3], digits[8]),
        "points_and_clouds": lesson_figures.points_and_clouds(),
    }


def test_every_figure_is_here(figures):
    assert sorted(figures) == sorted(lesson_figures.__all__)


@pytest.mark.parametrize("name", lesson_figures.__all__)
def test_a_figure_is_small_and_says_what_it_shows(figures, name):
    figure = figures[name]
    assert len(figure.to_json()) < LIMIT * 1000
    assert len(alternative_text(figure)) > 80
    assert figure.layout.title.text and figure.layout.width is None and figure.layout.autosize
    size = figure.layout.meta["size"]
    assert size["narrowest"] <= size["width"] <= 840 and size["height"] <= figure.layout.height
    for axis in [*figure.select_xaxes(), *figure.select_yaxes()]:
        assert axis.title.text or axis.ticktext or axis.visible is False, "an axis without a title or labels"


@pytest.mark.parametrize("name", ["convolution_and_transpose", "points_and_clouds"])
def test_a_slider_reaches_every_frame_and_begins_at_the_one_drawn(figures, name):
    figure = figures[name]
    (slider,) = figure.layout.sliders
    assert [step.args[0][0] for step in slider.steps] == [frame.name for frame in figure.frames]
    start = figure.frames[slider.active]
    drawn = figure.data if start.traces is None else [figure.data[index] for index in start.traces]
    assert [trace.to_plotly_json() for trace in drawn] == [trace.to_plotly_json() for trace in start.data]
    assert figure.layout.annotations[0].text == start.layout.annotations[0].text


@pytest.mark.parametrize(("kernel", "stride"), [((1, 2, -1), 1), ((-9, 8, -7), 1), ((1, -2, 1), 2)])
def test_what_stands_in_a_cell_fits_into_it(kernel, stride):
    """At the figure's narrowest, letters of 13 pixels, each 8 wide, in cells that share half of what is inside."""
    figure = lesson_figures.convolution_and_transpose((2, 0, 1, 3, 1, 2), kernel, stride)
    margin, narrowest = figure.layout.margin, figure.layout.meta["size"]["narrowest"]
    inside = narrowest - margin.l - margin.r
    for frame in figure.frames:
        for heatmap, axis in zip(frame.data, (figure.layout.xaxis, figure.layout.xaxis2), strict=True):
            cell = inside * (axis.domain[1] - axis.domain[0]) / len(heatmap.text[0]) - heatmap.xgap
            longest = max(len(text) for row in heatmap.text for text in row)
            assert 8 * longest <= cell


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_convolutions_are_those_of_torch(stride):
    x, kernel = torch.randint(-5, 6, (10,)), torch.randint(-5, 6, (4,))
    as_torch = {"weight": kernel.float()[None, None], "stride": stride}
    assert convolve(x.tolist(), kernel.tolist(), stride) == F.conv1d(x.float()[None, None], **as_torch)[0, 0].tolist()
    there = transpose(x.tolist(), kernel.tolist(), stride)
    assert there == F.conv_transpose1d(x.float()[None, None], **as_torch)[0, 0].tolist()


def test_the_last_position_shows_the_whole_result():
    x, kernel = (2, 0, 1, 3, 1, 2), (1, 2, -1)
    figure = lesson_figures.convolution_and_transpose(x, kernel)
    left, right = (np.array(heatmap.text) for heatmap in figure.frames[-1].data)
    number = lambda cell: int(cell.replace("−", "-"))
    result = [number(cell) for cell in left[2:, -1]]
    assert result == convolve(x, kernel) == [number(cell) for cell in right[:-2, 0]]
    assert [number(cell) for cell in right[-1, 2:]] == transpose(result, kernel)
    for row, total in zip(left[2:-1], result, strict=False):  # all rows but the one that shows its products
        assert sum(number(cell) for cell in row[:-2] if cell) == total
    assert [number(cell) for cell in left[0, :-2]] == list(x)
    with pytest.raises(ValueError, match="longer"):
        lesson_figures.convolution_and_transpose((1, 2), (1, 2, 3))


def test_the_kl_is_that_of_torch_and_least_at_the_standard_normal():
    normal = torch.distributions.Normal
    for mu, sigma in ((0.0, 1.0), (2.0, 0.3), (-1.0, 2.5)):
        expected = torch.distributions.kl_divergence(normal(mu, sigma), normal(0.0, 1.0))
        assert kl_divergence(np.array(mu), np.array(sigma)) == pytest.approx(float(expected), abs=1e-6)
    contour = lesson_figures.kl_landscape().data[0]
    row, column = np.unravel_index(np.argmin(contour.z), np.shape(contour.z))
    assert contour.x[column] == 0 and contour.y[row] == pytest.approx(1, abs=0.03)


MU, SIGMA = -0.5, 0.8


def gradient_draws(way, seed: int) -> torch.Tensor:
    """Of MU and of SIGMA: (2, 100,000)."""
    torch.manual_seed(seed)
    return gradients(way, MU, SIGMA, (1, 100_000))[:, 0]


@below(7)
def error_of_gradients_in_standard_errors(seed: int) -> float:
    exact, errors = torch.tensor([2 * (MU - 1), 2 * SIGMA]), []
    for way in (reparameterised, score_function):
        draws = gradient_draws(way, seed)
        errors.append((draws.mean(dim=1) - exact) / (draws.std(dim=1) / 100_000**0.5))
    return float(torch.stack(errors).abs().max())


@above(3)
def noise_of_the_score_function_over_that_of_the_reparameterised(seed: int) -> float:
    good, noisy = (gradient_draws(way, seed).std(dim=1) for way in (reparameterised, score_function))
    return float((noisy / good).min())


def test_the_gradients_are_zero_right_and_right_but_noisy():
    assert not gradient_draws(sampled, seed=0).any()
    error_of_gradients_in_standard_errors.check()
    noise_of_the_score_function_over_that_of_the_reparameterised.check()


def test_drawing_the_gradients_leaves_the_random_state_alone():
    before = torch.random.get_rng_state()
    with torch.inference_mode(False), torch.no_grad():
        lesson_figures.gradient_estimates(repeats=2)
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_line_begins_and_ends_with_the_two_digits(models):
    autoencoder, vae = models
    start, end = utils.HOLDOUT_DATA[3], utils.HOLDOUT_DATA[8:9]
    figure = lesson_figures.line_between(autoencoder, vae, start, end, n_points=5)
    assert figure.layout.yaxis.ticktext == ("pixels mixed", "autoencoder", "VAE")
    picture = pixels(figure.data[0].source)
    with torch.no_grad():
        mean = vae.encoder(end)[0]
        expected = {
            (0, 0): start, (0, 4): end[0], (1, 0): autoencoder(start[None])[0], (2, 4): vae.decoder(mean)[0]
        }  # fmt: skip
    for (row, column), image in expected.items():
        shown = picture[29 * row : 29 * row + 28, 29 * column : 29 * column + 28].astype(int)
        assert np.abs(shown - utils.to_images(image[None])[0]).max() <= 1
    with pytest.raises(ValueError, match="one image each"):
        lesson_figures.line_between(autoencoder, vae, utils.HOLDOUT_DATA, end)
    with pytest.raises(ValueError, match="two points"):
        lesson_figures.line_between(autoencoder, vae, start, end, n_points=1)


def test_the_grid_under_the_scatter_lies_as_the_scatter_does(models):
    """dims[0] to the right and dims[1] upwards: the picture's lower left is the low end of both."""
    autoencoder, vae = models
    digits = utils.HOLDOUT_DATA
    figure = lesson_figures.latent_spaces(autoencoder, vae, digits, torch.arange(10), digits, n_points=3, dims=(2, 4))
    pictures = [image for image in figure.layout.images if image.layer == "below"]
    for model, edge, image in zip(models, (3, 1), pictures, strict=True):
        picture = pixels(image.source)
        for (row, column), (right, up) in {(2, 0): (-1, -1), (0, 0): (-1, 1), (2, 2): (1, -1)}.items():
            z = torch.zeros(1, 5)
            z[0, 2], z[0, 4] = right * edge, up * edge
            with torch.no_grad():
                expected = utils.to_images(model.decoder(z))[0]
            shown = picture[29 * row : 29 * row + 28, 29 * column : 29 * column + 28].astype(int)
            assert np.abs(shown - expected).max() <= 1
        assert (image.x, image.y, image.sizex) == (-1.5 * edge, 1.5 * edge, 3 * edge)
    with pytest.raises(ValueError, match="One label"):
        lesson_figures.latent_spaces(autoencoder, vae, digits, torch.arange(9), digits)


def test_learning_curves_show_both_terms_for_a_vae_and_the_loss_for_an_autoencoder():
    autoencoder, vae = History(), History()
    for step in range(10):
        autoencoder.total.add(step, 1.0 - step / 20)
        vae.total.add(step, 2.0)
        vae.reconstruction.add(step, 0.5)
        vae.kl.add(step, 1.5)
    figure = lesson_figures.learning_curves({"plain": autoencoder, "vae": vae})
    shown = [(trace.name, trace.yaxis, trace.y[-1]) for trace in figure.data]
    assert shown == [("plain", "y", 0.55), ("vae", "y", 0.5), ("vae", "y2", 1.5)]
    logarithmic = lesson_figures.learning_curves({"vae": vae}, log_kl=True)
    assert logarithmic.layout.yaxis2.type == "log" and 10 ** logarithmic.layout.yaxis2.range[1] > 1.5
    with pytest.raises(ValueError, match="train first"):
        lesson_figures.learning_curves({"empty": History()})


def pixels(source: str) -> np.ndarray:
    """The bytes of a data URI's image."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
