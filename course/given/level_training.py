"""The training loop of bonus lesson 8: lesson 2's, with a loss that may change from epoch to epoch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

from course.data.batches import Sample
from course.data.datasets import get_dataset
from course.given.hierarchy import HierarchicalLoss, HierarchicalOutput
from course.learner.interruption import interruption_told
from course.settings.device import get_device

Loss = Callable[[HierarchicalOutput, Tensor, float], HierarchicalLoss]
EVERY = 10  # steps between two rows


def train_levels(model: nn.Module, loss: Loss, epochs: int, name: str = "") -> list[tuple[float, float, float]]:
    """Trains a HierarchicalVAE on MNIST with Adam, as the course's trainers do, and moves it to `get_device()`.

    `loss(out, x, epoch)` gets what the model made of the images x, and the time in epochs (0.0 at the beginning).
    Returns rows (epoch, kl1, kl2), one every ten steps, averaged over them; kl1 and kl2 in nats per image.
    """
    device = get_device()
    loader: DataLoader[Sample] = DataLoader(get_dataset("MNIST"), batch_size=512, shuffle=True)
    model.to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.999), fused=True)
    seen: list[Tensor] = []  # (kl1, kl2) of each step
    stopped = "Training stopped after step {}. The model that you passed holds what it has learned so far."
    progress_bar = tqdm(total=epochs * len(loader), desc=name)
    with interruption_told(lambda: stopped.format(len(seen))):
        for epoch in range(epochs):
            for x, _label in loader:
                x = x.to(device)
                parts = loss(model(x), x, len(seen) / len(loader))
                parts.total.backward()
                optimizer.step()
                optimizer.zero_grad()
                seen.append(torch.stack((parts.kl1, parts.kl2)).detach())
                progress_bar.set_postfix(epoch=epoch + 1, refresh=False)
                progress_bar.update()
    whole = len(seen) // EVERY * EVERY
    rows = torch.stack(seen)[:whole].unflatten(0, (-1, EVERY)).mean(1).tolist()
    return [(EVERY * (i + 0.5) / len(loader), kl1, kl2) for i, (kl1, kl2) in enumerate(rows)]
