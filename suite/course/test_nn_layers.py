"""The course's layers give PyTorch's own numbers, whatever the layout of their input, in every way of deriving."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from course.given import layers

LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "as it comes": lambda x: x,
    "channels last": lambda x: x.to(memory_format=torch.channels_last),
    "a slice of something larger": lambda x: nn.functional.pad(x, (2, 1, 1, 2, 1, 0))[:, 1:, 1:-2, 2:-1],
    "transposed": lambda x: x.transpose(2, 3).contiguous().transpose(2, 3),
}
SIZES = [  # in channels, out channels, kernel, stride, padding
    (1, 16, 4, 2, 1), (16, 1, 4, 2, 1), (2, 3, 4, 2, 1), (16, 3, 4, 2, 0), (3, 1, 3, 1, 1), (1, 1, 3, 2, 1),
    (4, 2, 6, 3, 2), (4, 2, 4, 4, 0), (5, 7, 4, 2, 2), (9, 12, 4, 2, 1), (2, 1, 2, 2, 1),
]  # fmt: skip


def values_and_gradients(layer: nn.Module, x: Tensor) -> list[Tensor]:
    """Output, gradients and second derivatives of a curved function of the output."""
    x = x.detach().requires_grad_()
    y = layer(x)
    wanted = [x, *layer.parameters()]
    first = torch.autograd.grad((y**3).sum(), wanted, create_graph=True)
    second = torch.autograd.grad(sum((gradient**2).sum() for gradient in first), wanted)
    return [y, *first, *second]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ["Conv2d", "ConvTranspose2d"])
def test_convolutions_give_pytorchs_numbers(
    name: str, size: tuple[int, ...], layout: Callable[[Tensor], Tensor]
) -> None:
    torch.manual_seed(0)
    ours = getattr(layers, name)(*size).double()
    torchs = getattr(nn, name)(*size, bias=False).double()
    torchs.load_state_dict(ours.state_dict())
    x = layout(torch.randn(3, size[0], 9, 7, dtype=torch.float64))
    for got, expected in zip(values_and_gradients(ours, x), values_and_gradients(torchs, x), strict=True):
        torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("name", ["Conv2d", "ConvTranspose2d"])
def test_single_precision_differs_by_rounding_only(name: str) -> None:
    torch.manual_seed(0)
    ours = getattr(layers, name)(16, 1, 4, stride=2, padding=1)
    torchs = getattr(nn, name)(16, 1, 4, stride=2, padding=1, bias=False)
    torchs.load_state_dict(ours.state_dict())
    x = torch.randn(64, 16, 14, 14)
    torch.testing.assert_close(ours(x), torchs(x), rtol=1e-5, atol=1e-5)


def test_an_image_without_a_batch_works_as_in_pytorch() -> None:
    for ours in (layers.Conv2d(2, 3, 4, 2, 1), layers.ConvTranspose2d(2, 3, 4, 2, 1)):
        x = torch.randn(2, 8, 8)
        torch.testing.assert_close(ours(x), ours(x[None])[0])


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_relu_gives_pytorchs_numbers(layout: Callable[[Tensor], Tensor]) -> None:
    x = layout(torch.randn(3, 4, 5, 6, dtype=torch.float64))
    for got, expected in zip(values_and_gradients(layers.ReLU(), x), values_and_gradients(nn.ReLU(), x), strict=True):
        torch.testing.assert_close(got, expected)


def test_the_gradient_behind_a_relu_lies_in_memory_as_its_output() -> None:
    """Otherwise PyTorch's own backward of ReLU falls into a path that is 30 times as slow."""
    seen = []
    x = torch.randn(2, 4, 5, 6).to(memory_format=torch.channels_last).requires_grad_()
    y = layers.ReLU()(x)
    y.register_hook(seen.append)
    (y.contiguous() * torch.randn(2, 4, 5, 6)).sum().backward()
    assert seen[0].is_contiguous(memory_format=torch.channels_last)


def test_the_layers_work_inside_torch_func() -> None:
    """A contractive penalty is often written with these."""
    network = nn.Sequential(layers.Conv2d(1, 4, 4, 2, 1), layers.ReLU(), layers.ConvTranspose2d(4, 1, 4, 2, 1))
    x = torch.randn(3, 1, 8, 8)
    one_by_one = torch.stack([torch.autograd.functional.jacobian(network, image[None]) for image in x])
    at_once = torch.func.vmap(torch.func.jacrev(lambda image: network(image[None])))(x)
    torch.testing.assert_close(at_once, one_by_one.squeeze(5))
