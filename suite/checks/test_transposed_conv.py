"""The transposed convolutions of the bonus lesson: what they refuse, and what they show."""

import re

import pytest
import torch
from torch.nn import functional as F

from course.figures.lessons.sliding import sliding_over_zeros, spread_and_border
from course.figures.palette import alternative_text
from course.given.convolution_input import pair
from solutions.transposed_conv import (
    ConvTranspose2d,
    conv_transpose1d,
    conv_transpose1d_minimal,
    conv_transpose2d,
    fractional_stride_1d,
    fractional_stride_2d,
)

X, WEIGHTS = torch.ones(2, 3, 5), torch.ones(3, 4, 2)
IMAGES, KERNELS = torch.ones(2, 3, 5, 6), torch.ones(3, 4, 2, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: conv_transpose1d_minimal(X[0], WEIGHTS), "x has shape (batch, channels, width)"),
        (lambda: conv_transpose1d_minimal(X, WEIGHTS[0]), "weights have shape (in, out, kernel)"),
        (lambda: conv_transpose1d_minimal(X, WEIGHTS.transpose(0, 1)), "x has 3 channels, but the weights take 4"),
        (lambda: fractional_stride_1d(X, 0), "stride along the width is a whole number from 1 on; got 0"),
        (lambda: fractional_stride_1d(X, 1.5), "got 1.5"),
        (lambda: fractional_stride_1d(IMAGES, 2), "x has shape (batch, channels, width)"),
        (lambda: fractional_stride_2d(IMAGES, 2, -1), "stride along the width is a whole number from 1 on; got -1"),
        (lambda: conv_transpose1d(X, WEIGHTS, padding=-1), "padding is a whole number from 0 on; got -1"),
        (lambda: conv_transpose1d(X, WEIGHTS, 1, 3), "padding of 3 cuts off all 6 numbers of the output"),
        (lambda: conv_transpose2d(IMAGES, KERNELS, (1, 2, 3)), "got (1, 2, 3)"),
        (lambda: conv_transpose2d(IMAGES, KERNELS, 1, (0, -2)), "got (0, -2)"),
        (lambda: conv_transpose2d(X, KERNELS), "(batch, channels, height, width)"),
        (lambda: conv_transpose2d(IMAGES, WEIGHTS), "(in, out, kernel height, kernel width)"),
        (lambda: ConvTranspose2d(3, 4, 2.5), "a whole number from 1 on, or two of them"),
        (lambda: ConvTranspose2d(3, 4, 0), "from 1 on"),
        (lambda: ConvTranspose2d(3, 4, 2, stride=(1, 0)), "from 1 on"),
        (lambda: ConvTranspose2d(3, 4, 2, padding=-1), "from 0 on"),
        (lambda: ConvTranspose2d(3, 4, 2)(IMAGES[:, :2]), "x has 2 channels, but the weights take 3"),
    ],
)
def test_bad_input_is_refused_in_plain_words(call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()


def test_a_pair_is_made_of_one_number_and_two_are_left_alone():
    assert pair(3) == (3, 3) and pair((1, 2)) == pair([1, 2]) == (1, 2)


def test_the_layer_starts_as_torchs_does():
    torch.manual_seed(0)
    ours = ConvTranspose2d(5, 7, (3, 2), stride=2, padding=1)
    torch.manual_seed(0)
    torchs = torch.nn.ConvTranspose2d(5, 7, (3, 2), stride=2, padding=1, bias=False)
    assert torch.equal(ours.weight, torchs.weight)
    assert repr(ours) == "ConvTranspose2d(5, 7, kernel_size=(3, 2), stride=(2, 2), padding=(1, 1))"


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (3, 1), (2, 2)])
def test_the_figure_steps_through_the_right_numbers(stride, padding):
    x, kernel = (2, -1, 3), (1, 10, 100)
    figure = sliding_over_zeros(x, kernel, stride, padding)
    tensors = (torch.tensor(each, dtype=torch.float).view(1, 1, -1) for each in (x, kernel))
    expected = F.conv_transpose1d(*tensors, stride=stride, padding=padding).flatten().int().tolist()
    shown = [text for text in figure.frames[-1].data[0].text[-1] if text]
    assert shown == [str(value).replace("-", "−") for value in expected]
    assert len(figure.frames) == len(expected) == len(figure.layout.sliders[0].steps)
    assert len(figure.frames[0].data[0].z[0]) == len(spread_and_border(x, kernel, stride, padding))
    assert len(alternative_text(figure)) > 80 and len(figure.to_json()) < 100_000
