"""The pictures of the lessons: what they show, which way up, how large they are, and what they refuse."""

import base64
import io
import itertools
import json
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from einops import rearrange
from PIL import Image
from torch import nn

import utils
from course.figures.images import data_figure, image_source, reconstructions_figure, to_images
from course.figures.latents import grid_axes, input_figure, output_figure
from course.figures.palette import DIGIT_SYMBOLS, DIGITS, GROUND, alternative_text
from suite.colour_vision import KINDS, difference, seen


def pixels(source: str) -> np.ndarray:
    """The bytes of a data URI's image."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))


def kilobytes(figure: go.Figure) -> float:
    return len(figure.to_json()) / 1000


class Painter(nn.Module):
    """A model whose decoder paints z[0] left of the middle and z[1] right of it, both as normalised greys."""

    latent_dim_size = 3

    def decoder(self, z: torch.Tensor) -> torch.Tensor:
        image = z.new_zeros(len(z), 1, 28, 28)
        image[..., :14] = rearrange(z[:, 0], "b -> b 1 1 1")
        image[..., 14:] = rearrange(z[:, 1], "b -> b 1 1 1")
        return image


def test_images_come_back_as_the_bytes_they_were():
    from course.data.mnist import MEAN, STD

    grey = torch.randint(0, 256, (5, 1, 28, 28))
    for image, whole in zip(to_images((grey / 255 - MEAN) / STD), grey, strict=True):
        assert image.shape == (28, 28) and image.dtype == np.uint8
        assert (image == whole[0].numpy()).all()
    colour = torch.randint(0, 256, (2, 3, 8, 10))
    for image, whole in zip(to_images((colour / 255 - 0.5) / 0.5), colour, strict=True):
        assert image.shape == (8, 10, 3)
        assert (image == rearrange(whole, "c h w -> h w c").numpy()).all()


def test_images_are_clipped_detached_and_never_undefined():
    wild = torch.tensor([-50.0, 50.0, float("nan"), float("inf")]).reshape(1, 1, 2, 2).requires_grad_()
    assert to_images(wild)[0].tolist() == [[0, 255], [0, 255]]


@pytest.mark.parametrize("x", [torch.zeros(28, 28), torch.zeros(2, 2, 28, 28), torch.zeros(1, 28, 28), [1]])
def test_images_of_another_shape_are_refused(x):
    with pytest.raises(ValueError, match="shape"):
        to_images(x)


def test_display_data_tiles_row_by_row_and_fills_up_with_white():
    x = torch.stack([torch.full((1, 4, 6), float(value)) for value in (-0.4, 0.5, 1.0, 1.5, 2.0)])
    figure = data_figure(x, nrows=2, title="five")
    picture = pixels(figure.data[0].source)
    assert picture.shape == (2 * 4 + 1, 3 * 6 + 2)
    expected = [int(image[0, 0]) for image in to_images(x)]
    assert [picture[1, 1], picture[1, 8], picture[1, 15], picture[6, 1], picture[6, 8]] == expected
    assert picture[6, 15] == 255 and (picture[:, 6] == 255).all() and (picture[4] == 255).all()
    assert figure.layout.title.text == "five" and "5 images in 2 rows" in alternative_text(figure)


def test_display_data_takes_batches_without_channels_and_in_colour():
    assert (
        data_figure(torch.zeros(4, 28, 28), 2).data[0].source
        == data_figure(torch.zeros(4, 1, 28, 28), 2).data[0].source
    )
    assert pixels(data_figure(torch.zeros(4, 3, 64, 64), 2).data[0].source).shape == (129, 129, 3)


def test_a_hundred_digits_stay_under_forty_kilobytes():
    digits = next(iter(torch.utils.data.DataLoader(utils.get_dataset("MNIST", train=False), batch_size=100)))[0]
    assert kilobytes(data_figure(digits, 10, "digits")) < 40


@pytest.mark.parametrize("nrows", [0, 5, -1, 2.0])
def test_display_data_refuses_rows_that_cannot_be(nrows):
    with pytest.raises(ValueError, match="nrows"):
        data_figure(torch.zeros(4, 1, 28, 28), nrows)


@pytest.mark.parametrize("x", [torch.zeros(0, 1, 28, 28), torch.zeros(28, 28), torch.zeros(4, 2, 28, 28), None])
def test_display_data_says_which_shape_it_wants(x):
    with pytest.raises(ValueError, match=r"\(b, 1, h, w\)"):
        data_figure(x, 1)


def test_reconstructions_stand_below_their_originals():
    originals, reconstructions = torch.zeros(3, 1, 4, 4), torch.ones(3, 1, 4, 4)
    figure = reconstructions_figure(originals, reconstructions, "step 1")
    picture = pixels(figure.data[0].source)
    assert picture[0, 0] == to_images(originals)[0][0, 0] and picture[5, 0] == to_images(reconstructions)[0][0, 0]
    assert figure.layout.yaxis.ticktext == ("original", "reconstruction")
    above, below = figure.layout.yaxis.tickvals
    assert 0 < above < 4 and 5 < below < 9
    with pytest.raises(ValueError, match="same shape"):
        reconstructions_figure(originals, reconstructions[:2])


def test_outside_a_notebook_one_line_says_what_would_be_shown(capsys, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda *_: pytest.fail("a browser was opened"))
    assert utils.display_data(torch.zeros(2, 1, 28, 28), 1, title="Two digits") is None
    assert utils.display_reconstructions(torch.zeros(2, 1, 28, 28), torch.zeros(2, 1, 28, 28)) is None
    first, second = capsys.readouterr().out.splitlines()
    assert "Two digits" in first and "originals above" in second


def test_a_grid_of_latents_varies_dims_1_faster_than_dims_0():
    grid = utils.create_grid_of_latents(SimpleNamespace(latent_dim_size=5, parameters=list), (-3, 3), 7, dims=(3, 1))
    assert grid.shape == (49, 5)
    square = rearrange(grid, "(i j) latent -> i j latent", i=7)
    steps = torch.linspace(-3, 3, 7)
    assert torch.equal(square[:, :, 3], steps[:, None].expand(7, 7))
    assert torch.equal(square[:, :, 1], steps.expand(7, 7))
    assert not grid[:, [0, 2, 4]].any()


@pytest.mark.parametrize("dims", [(0, 0), (0, 3), (-1, 1), (0, 1, 2), (0.0, 1)])
def test_a_grid_along_dims_that_are_none_is_refused(dims):
    with pytest.raises(ValueError, match="dims"):
        utils.create_grid_of_latents(Painter(), dims=dims)


@pytest.mark.parametrize("n_points", [1, 0, 2.5])
def test_a_grid_of_less_than_two_points_is_refused(n_points):
    with pytest.raises(ValueError, match="n_points"):
        utils.create_grid_of_latents(Painter(), n_points=n_points)


@pytest.mark.parametrize("limits", [(0, 1), (1, 0)])
@pytest.mark.parametrize("dims", [(0, 1), (1, 0)])
def test_each_decoded_image_stands_at_the_latents_that_made_it(dims, limits):
    """As in a scatter: dims[0] grows to the right and dims[1] upwards, whichever way the grid runs."""
    model = Painter()
    grid = utils.create_grid_of_latents(model, limits, 3, dims)
    figure = output_figure(model.decoder(grid), grid, "grid")
    picture = pixels(figure.data[0].source)
    up, right = figure.layout.yaxis, figure.layout.xaxis
    assert (right.title.text, up.title.text) == (f"latent {dims[0]}", f"latent {dims[1]}")
    assert right.ticktext == ("0", "0.5", "1") and right.range[0] < right.range[1]
    assert up.ticktext == ("1", "0.5", "0") and up.range[0] > up.range[1], "pixels are counted from the top"
    for row, column in itertools.product(range(3), repeat=2):
        image = picture[29 * row : 29 * row + 28, 29 * column : 29 * column + 28]
        z = {dims[0]: float(right.ticktext[column]), dims[1]: float(up.ticktext[row])}
        expected = to_images(model.decoder(torch.tensor([[z[0], z[1], 0]])))[0]
        assert (image == expected).all()
        assert 29 * row <= up.tickvals[row] <= 29 * row + 28
    assert f"to the right, latent {dims[0]} goes from 0 to 1" in alternative_text(figure)


def test_the_grid_and_the_scatter_can_be_laid_on_each_other():
    """The brightest image of the grid lies in the direction of the point that the same latent is in the scatter."""
    model = Painter()
    grid = utils.create_grid_of_latents(model, (-1, 1), 3)
    picture = pixels(output_figure(model.decoder(grid), grid).data[0].source)
    corner = torch.tensor([[1.0, -1.0, 0.0]])  # to the right, and below
    expected = to_images(model.decoder(corner))[0]
    scatter = input_figure(corner, torch.zeros(1), corner, utils.HOLDOUT_DATA[:1])
    assert (scatter.data[0].x, scatter.data[0].y) == ((1.0,), (-1.0,))
    assert (picture[-28:, -28:] == expected).all() and (picture[:28, -28:] != expected).any()


def test_a_grid_along_slanted_directions_is_measured_by_distance_or_by_what_the_caller_says():
    a = torch.linspace(-2, 2, 5)
    along, across = torch.tensor([0.6, 0.8, 0.0]), torch.tensor([-0.8, 0.6, 0.0])
    grid = 1 + a.repeat_interleave(5)[:, None] * along + 2 * a.repeat(5)[:, None] * across
    (first, second), n_points = grid_axes(grid)
    assert n_points == 5
    np.testing.assert_allclose(first[1], a, atol=1e-6)
    np.testing.assert_allclose(second[1], 2 * a, atol=1e-6)
    figure = output_figure(torch.zeros(25, 1, 8, 8), grid, "", ("first", "second"), (a, a))
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("first", "second")
    assert figure.layout.xaxis.ticktext == ("−2", "−1", "0", "1", "2") == figure.layout.yaxis.ticktext[::-1]


@pytest.mark.parametrize("rows", [8, 1, 0])
def test_a_grid_that_is_no_square_is_refused(rows):
    with pytest.raises(ValueError, match="n_points"):
        output_figure(torch.zeros(max(rows, 1), 1, 28, 28), torch.zeros(rows, 5))


def test_the_scatter_has_every_point_once_under_its_digit_and_the_holdout_at_their_places():
    points, labels = torch.randn(500, 5), torch.arange(500) % 10
    holdout, images = torch.randn(10, 5), torch.randn(10, 1, 28, 28)
    figure = input_figure(points, labels, holdout, images)
    assert [trace.name for trace in figure.data] == list("0123456789")
    for digit, trace in enumerate(figure.data):
        np.testing.assert_allclose(np.stack([trace.x, trace.y], 1), points[labels == digit, :2], atol=0.006)
        assert trace.marker.color == DIGITS[digit]
    places = [(image.x, image.y) for image in figure.layout.images]
    np.testing.assert_allclose(places, holdout[:, :2], atol=1e-6)
    assert [image.source for image in figure.layout.images] == [image_source(image) for image in to_images(images)]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("latent 0", "latent 1")


def test_five_thousand_points_stay_under_a_hundred_kilobytes():
    figure = input_figure(torch.randn(5000, 5), torch.arange(5000) % 10, torch.randn(10, 5), utils.HOLDOUT_DATA)
    assert kilobytes(figure) < 100


@pytest.mark.parametrize(
    ("points", "labels", "holdout", "words"),
    [((5, 1), 5, (10, 2), "at least two"), ((5, 2), 4, (10, 2), "One label"), ((5, 2), 5, (9, 2), "One holdout")],
)
def test_the_scatter_refuses_what_does_not_fit(points, labels, holdout, words):
    with pytest.raises(ValueError, match=words):
        input_figure(torch.zeros(points), torch.zeros(labels), torch.zeros(holdout), torch.zeros(10, 1, 28, 28))


LOOK_ALIKE = {(1, 7), (2, 7), (4, 9), (3, 5), (3, 8), (5, 8), (7, 9)}


def test_any_two_digits_can_be_told_apart_as_small_dots_by_everybody():
    """Of the light of a dot five pixels wide about a third is lost to the dark pixels around it."""
    for kind in KINDS:
        dots = [seen(colour, kind, around=GROUND, share=1 / 3) for colour in DIGITS]
        for one, other in itertools.combinations(range(10), 2):
            same_symbol = DIGIT_SYMBOLS[one] == DIGIT_SYMBOLS[other]
            least = 25 if same_symbol else 21 if (one, other) in LOOK_ALIKE else 15
            assert difference(dots[one], dots[other]) > least, (kind, one, other)
            assert not (same_symbol and (one, other) in LOOK_ALIKE)
        for dot in dots:
            assert difference(dot, seen(GROUND, kind)) > 15


def test_the_dots_and_their_legend_lie_on_the_dark_ground():
    figure = input_figure(torch.randn(20, 2), torch.arange(20) % 10, torch.randn(1, 2), torch.zeros(1, 1, 28, 28))
    assert figure.layout.plot_bgcolor == figure.layout.legend.bgcolor == GROUND
    assert [trace.marker.symbol for trace in figure.data] == list(DIGIT_SYMBOLS)


def test_the_colour_difference_is_the_published_one():
    # Three pairs of the table in Sharma, Wu and Dalal's paper.
    for one, other, expected in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ):
        assert difference(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


def test_figures_are_plain_json_that_older_viewers_read():
    figure = input_figure(torch.randn(20, 2), torch.zeros(20), torch.randn(1, 2), torch.zeros(1, 1, 28, 28))
    assert "bdata" not in json.dumps(figure.to_plotly_json()["data"], default=str)
