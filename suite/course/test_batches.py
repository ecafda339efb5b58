"""A plain `DataLoader` over MNIST: the same batches as the textbook's, by one gather each."""

import pickle
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
import torchvision
from torch.utils.data import ConcatDataset, DataLoader, StackDataset, Subset, random_split
from torchvision import transforms

import utils
from course.data import mnist


@pytest.fixture(scope="module")
def testset():
    return utils.get_dataset("MNIST", train=False)


@pytest.fixture(scope="module")
def textbook(testset):
    """The same images as torchvision gives them: decoded, scaled and normalised one by one."""

    class Textbook(torchvision.datasets.MNIST):
        raw_folder = testset.raw_folder

    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    return Textbook(testset.root, train=False, transform=transform)


def batches_of(dataset, **options):
    """All batches on the CPU, in an order that the seed fixes."""
    generator = torch.Generator().manual_seed(0)
    loader = DataLoader(dataset, batch_size=64, shuffle=True, generator=generator, **options)
    return [(images.cpu(), labels.cpu()) for images, labels in loader]


def assert_same(batches, expected):
    assert len(batches) == len(expected)
    for (images, labels), (expected_images, expected_labels) in zip(batches, expected, strict=True):
        assert images.dtype == torch.float32 and labels.dtype == torch.int64
        # To the bit on the CPU, where the normalisation is done.
        assert torch.equal(images, expected_images) and torch.equal(labels, expected_labels)


def stack_by_hand(samples):
    """A collate function as a learner may write it."""
    return torch.stack([image for image, _ in samples]), torch.tensor([label for _, label in samples])


FIRST = range(300)  # four batches of 64, and one of 44


@pytest.fixture(scope="module")
def expected(textbook):
    return batches_of(Subset(textbook, FIRST))


def test_batches_equal_the_textbooks(testset, expected):
    assert_same(batches_of(Subset(testset, FIRST)), expected)


def test_batches_equal_the_textbooks_with_worker_processes(testset, expected):
    assert_same(batches_of(Subset(testset, FIRST), num_workers=2), expected)


def test_batches_equal_the_textbooks_with_a_collate_function_of_ones_own(testset, expected):
    assert_same(batches_of(Subset(testset, FIRST), collate_fn=stack_by_hand), expected)


def test_batches_equal_the_textbooks_from_a_data_set_that_asks_for_single_samples(testset, expected):
    halves = ConcatDataset([Subset(testset, FIRST[:100]), Subset(testset, FIRST[100:])])
    assert_same(batches_of(halves), expected)


def test_batches_equal_the_textbooks_after_random_split(testset, textbook):
    def split(dataset):
        return random_split(Subset(dataset, FIRST), [0.7, 0.3], torch.Generator().manual_seed(1))

    for part, expected_part in zip(split(testset), split(textbook), strict=True):
        assert_same(batches_of(part), batches_of(expected_part))


def test_batches_with_pinned_memory(testset, expected):
    # Without an accelerator PyTorch warns and pins nothing; with one, nothing on it can be pinned.
    with nullcontext() if torch.accelerator.is_available() else pytest.warns(UserWarning, match="pin_memory"):
        assert_same(batches_of(Subset(testset, FIRST), pin_memory=True), expected)


def test_samples_fit_a_data_set_that_counts_them(testset):
    (image, label), number = StackDataset(testset, range(len(testset))).__getitems__([5, 7])[1]
    assert torch.equal(image, testset[7].image) and label == testset[7].label and number == 7


def test_an_epoch_meets_each_image_once(testset):
    loader = DataLoader(testset, batch_size=512, shuffle=True)
    images, labels = (torch.cat(parts) for parts in zip(*loader, strict=True))
    assert len(loader) == 20 and len(images) == len(testset)
    assert torch.equal(labels.bincount().cpu(), testset.targets.bincount())
    # The order differs, and so do the sums in the last digits: compare images by their own sum.
    ours, theirs = images.double().sum((1, 2, 3)), testset.images.double().sum((1, 2, 3))
    assert torch.allclose(ours.sort().values, theirs.sort().values)
    assert not torch.equal(ours, theirs)


def test_a_batch_is_one_gather(testset, monkeypatch):
    gathered = []  # how many images each call asked for
    batch = mnist.MNIST.batch

    def counted(self, indices):
        gathered.append(len(indices))
        return batch(self, indices)

    monkeypatch.setattr(mnist.MNIST, "batch", counted)
    for _images, _labels in DataLoader(testset, batch_size=512):
        pass
    # PyTorch looks at the first sample of each batch to find its collate function: one image, no more.
    assert sorted(gathered) == [1] * 20 + [10_000 % 512] + [512] * 19


def test_a_worker_process_reads_the_bytes_on_the_cpu_only(testset, monkeypatch):
    expected = [part.cpu() for part in testset.batch([3, 1, 2])]
    travelled = pickle.loads(pickle.dumps(testset))
    monkeypatch.setattr(mnist, "get_worker_info", lambda: SimpleNamespace(id=0))
    images, labels = travelled.batch([3, 1, 2])
    assert torch.equal(images, expected[0]) and torch.equal(labels, expected[1])
    assert torch.equal(travelled[3].image, expected[0][0])
    assert "images" not in vars(travelled) and "labels" not in vars(travelled)


def test_batches_are_gathered_on_the_device_and_never_pinned_there(testset):
    elsewhere = pickle.loads(pickle.dumps(testset))
    elsewhere.device = torch.device("meta")  # stands in for a GPU: the right device and shapes, no numbers
    batch = elsewhere.batch([3, 1, 2])
    assert batch.images.device.type == batch.labels.device.type == "meta"
    assert batch.images.shape == (3, 1, 28, 28) and batch.labels.shape == (3,)
    assert batch.pin_memory() is batch
    assert elsewhere[3].label == testset[3].label


def test_indices_may_count_from_the_end(testset):
    images, labels = testset.batch([-1, 0])
    assert torch.equal(images[0], testset[len(testset) - 1].image) and labels[0] == testset.targets[-1]


def test_edits_of_a_sample_or_a_batch_do_not_reach_the_data_set(testset):
    before = testset[0].image
    testset[0].image.zero_()
    testset.batch([0, 1]).images.zero_()
    next(iter(DataLoader(testset, batch_size=2)))[0].zero_()
    assert torch.equal(testset[0].image, before) and before.abs().sum() > 0


def test_a_plain_for_loop_over_the_data_set_ends(testset):
    assert sum(1 for _ in Subset(testset, range(5))) == 5
    for index in (len(testset), -len(testset) - 1):
        with pytest.raises(IndexError):
            testset[index]


def test_a_slice_of_samples_is_samples(testset):
    part = testset.__getitems__([3, 1, 4])[1:]
    assert [label for _, label in part] == testset.targets[[1, 4]].tolist()
    assert torch.equal(part[-1].image, testset[4].image)
