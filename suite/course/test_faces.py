"""The drawn faces, their split, their factors, and the trainers on them and on photographs of CelebA's form."""

import functools
import pickle
import re
from functools import partial

import pytest
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, Subset

import utils
from course.data import celeba, faces
from course.data import datasets as data
from course.data.face_drawing import CHUNK, FACTOR_NAMES, FACTORS, draw_faces, random_factors
from course.figures.latents import mean_latent
from course.figures.lessons.factors import factors_figure
from course.given import face_split
from course.given.face_factors import probe_scores, squared_correlations
from course.given.face_split import mean_face_error, split_faces
from solutions.faces import FaceArgs, FaceAutoencoder, FaceAutoencoderTrainer, FaceVAE, FaceVAETrainer
from suite.course.test_celeba import N_FACES, face
from suite.measured import below

MIDDLE = torch.tensor([[(each.lowest + each.highest) / 2 * (not each.whole) for each in FACTORS]])

# --- drawing ---------------------------------------------------------------------------------------------------


def test_the_same_factors_give_the_same_bytes_in_any_company():
    factors = random_factors(CHUNK + 7, seed=0)
    together = draw_faces(factors)
    assert together.shape == (CHUNK + 7, 3, 64, 64) and together.dtype == torch.uint8
    assert torch.equal(together, draw_faces(factors))
    alone = torch.cat([draw_faces(factors[i : i + 1]) for i in (0, 5, CHUNK, CHUNK + 6)])
    # Another number of faces at once may be worked on in other steps, with another rounding.
    assert (alone.int() - together[[0, 5, CHUNK, CHUNK + 6]].int()).abs().max() <= 1


def test_one_thread_draws_what_two_do():
    factors, threads = random_factors(20, seed=0), torch.get_num_threads()
    drawn = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            drawn.append(draw_faces(factors))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*drawn)


def test_factors_follow_from_the_seed_and_fill_their_ranges():
    factors = random_factors(4000, seed=3)
    assert torch.equal(factors, random_factors(4000, seed=3))
    assert not torch.equal(factors, random_factors(4000, seed=4))
    for column, factor in zip(factors.T, FACTORS, strict=True):
        span = factor.highest - factor.lowest
        assert factor.lowest <= column.min() <= factor.lowest + 0.01 * span
        assert factor.highest - 0.01 * span <= column.max() <= factor.highest
        assert abs(column.mean() - (factor.lowest + factor.highest) / 2) < 0.05 * span
        assert (len(column.unique()) == 2) == factor.whole
    assert (torch.corrcoef(factors.T) - torch.eye(len(FACTORS))).abs().max() < 0.08


@pytest.mark.parametrize("column", range(len(FACTORS)), ids=FACTOR_NAMES)
def test_each_factor_changes_the_picture(column):
    ends = MIDDLE.repeat(2, 1)
    ends[:, column] = torch.tensor([FACTORS[column].lowest, FACTORS[column].highest])
    first, last = draw_faces(ends).int()
    changed = (first - last).abs().amax(0) > 40
    assert changed.sum() >= 10, "pixels that change by more than 40 of 255"


def test_parts_stay_where_they_belong():
    """A longer mouth, other eyes or other glasses leave the rest as it is; a shift leaves the background."""
    base = draw_faces(MIDDLE)[0].int()

    def changed(name, value):
        other = MIDDLE.clone()
        other[0, FACTOR_NAMES.index(name)] = value
        return ((draw_faces(other)[0].int() - base).abs().amax(0) > 2).nonzero()

    assert changed("mouth", 1)[:, 0].min() >= 40
    for name in ("eye size", "eye colour", "glasses"):
        rows = changed(name, 1)[:, 0]
        assert rows.min() >= 22 and rows.max() < 46
    assert changed("background", 1)[:, 0].min() == 0
    assert changed("shift", 6)[:, 0].min() > 5


def test_edges_are_smooth():
    """Between hair and background stand colours that are neither."""
    picture = draw_faces(MIDDLE)[0]
    row = picture[:, 20, :32].T.tolist()
    assert len({tuple(pixel) for pixel in row}) > 2


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        (torch.zeros(3, 9), r"shape \(n, 10\)"),
        (torch.zeros(10), r"shape \(n, 10\)"),
        ([[0.0] * 10], "got list"),
        (MIDDLE + 2, "'background' goes from 0 to 1; got 2.5"),
        (MIDDLE * float("nan"), "'background' goes from 0 to 1; got nan"),
        (MIDDLE.index_fill(1, torch.tensor([7]), 0.5), "'glasses' goes from 0 or 1; got 0.5"),
    ],
)
def test_bad_factors_are_refused(factors, message):
    with pytest.raises(ValueError, match=message):
        draw_faces(factors)


# --- the data set ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def testset():
    return utils.get_dataset("FACES", train=False)


@pytest.fixture(scope="module")
def trainset():
    return utils.get_dataset("FACES")


def test_faces_come_as_the_photographs_do(testset):
    image, label = testset[0]
    assert image.shape == (3, 64, 64) and image.dtype == torch.float32 and label == 0
    images, labels = next(iter(DataLoader(testset, batch_size=100)))
    assert images.shape == (100, 3, 64, 64) and -1 <= images.min() < -0.8 and 0.8 < images.max() <= 1
    assert labels.dtype == torch.int64 and not labels.any()


def test_pictures_are_held_as_bytes_with_their_factors(trainset, testset):
    assert len(trainset) >= 20_000 and len(testset) == 2_000
    assert trainset.data.dtype == torch.uint8 and trainset.factor_names == FACTOR_NAMES
    assert torch.equal(draw_faces(trainset.factors[:CHUNK]), trainset.data[:CHUNK].cpu())


def test_no_test_face_is_a_training_face(trainset, testset):
    rows = [{bytes(face) for face in each.data.flatten(1).cpu().numpy()} for each in (trainset, testset)]
    assert len(rows[0]) == len(trainset) and len(rows[1]) == len(testset), "some faces are alike"
    assert not rows[0] & rows[1]


def test_a_batch_is_the_single_faces(testset):
    images = testset.batch([3, -1]).images
    assert torch.equal(images[0], testset[3].image) and torch.equal(images[1], testset[len(testset) - 1].image)
    loader = DataLoader(Subset(testset, range(40)), batch_size=16, num_workers=2)
    assert torch.equal(torch.cat([images for images, _ in loader]), testset.batch(range(40)).images.cpu())
    for index in (len(testset), -len(testset) - 1):
        with pytest.raises(IndexError):
            testset[index]


def test_a_copy_in_another_process_is_the_same(testset):
    small = pickle.loads(pickle.dumps(testset))
    assert torch.equal(small[7].image, testset[7].image.cpu())


# --- the split -------------------------------------------------------------------------------------------------


@pytest.fixture
def photographs(tmp_path, monkeypatch):
    """`get_dataset("CELEB")` on the suite's small data set of CelebA's schema: 12 pictures, already fetched."""
    folder = tmp_path / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    for index in range(N_FACES):
        face(index).save(folder / "img_align_celeba" / f"{index:06d}.jpg")
    (folder / "manifest.json").write_text(re.sub("'", '"', str(celeba.describe(folder))))
    monkeypatch.setattr(celeba.load_faces, "__defaults__", (folder,))
    monkeypatch.setattr(data, "_load", functools.cache(data._load.__wrapped__))


def test_drawn_faces_are_said_to_be_drawn(testset):
    split = split_faces("FACES", 100)
    assert split.kind == "drawn faces" and split.test is testset and len(split.train) == 100
    assert split.line == (
        "Training on 100 of 20,000 drawn faces, made by the course: no photographs. Testing on 2,000 others."
    )
    assert torch.equal(split.holdout, testset.batch(range(10)).images)
    assert split.test_factors.shape == (2_000, 10)


def test_photographs_are_said_to_be_photographs(photographs):
    split = split_faces("CELEB", 6)
    assert split.kind == "photographs of CelebA"
    assert split.line == "Training on 6 of 6 photographs of CelebA. Testing on 6 others."
    assert split.test_factors is None and split.holdout.shape == (6, 3, 64, 64)
    everything = utils.get_dataset("CELEB")
    assert [torch.equal(split.test[i][0], everything[6 + i][0]) for i in range(6)] == [True] * 6


def test_of_many_photographs_two_thousand_are_held_out(monkeypatch):
    monkeypatch.setattr(face_split, "get_dataset", lambda name: range(5_000))
    split = split_faces("CELEB", 3_000)
    assert split.available == 3_000 and split.test[0] == 3_000 and len(split.test) == 2_000


@pytest.mark.parametrize("n_images", [0, -1, 20_001, 1.5, True])
def test_a_number_of_faces_that_cannot_be_is_refused(n_images):
    with pytest.raises(ValueError, match=r"from 1 to 20,000, the drawn faces"):
        split_faces("FACES", n_images)


def test_digits_are_no_faces():
    with pytest.raises(ValueError, match=r'"FACES" \(drawn\) or "CELEB"'):
        split_faces("MNIST", 10)


def test_the_error_of_the_mean_face():
    split = split_faces("FACES", 700)
    train, test = (faces.normalise(each) for each in (split.train.dataset.data[:700], split.test.data))
    expected = ((test - train.mean(0)) ** 2).mean()
    assert mean_face_error(split) == pytest.approx(float(expected), rel=1e-4)


# --- training --------------------------------------------------------------------------------------------------

TRAINERS = [(FaceAutoencoderTrainer, FaceAutoencoder), (FaceVAETrainer, FaceVAE)]


def error_left(trainer_class: type, seed: int) -> float:
    """Of test faces, after 120 steps, as a share of the untrained model's; the mean face alone would leave 0.9 of it."""
    torch.manual_seed(seed)
    args = FaceArgs(n_images=128, batch_size=16, epochs=15, lr=2e-3, use_wandb=False, log_every_n_steps=10**9)
    trainer = trainer_class(args)
    images = trainer.faces.test_images(100).to(trainer.device)

    @torch.inference_mode()
    def error() -> float:
        return float(F.mse_loss(trainer.model.decoder(mean_latent(trainer.model, images)), images))

    before = error()
    trainer.train()
    return error() / before


ERRORS_LEFT = [
    below(0.7, f"share of the error that {trainer.__name__} leaves")(partial(error_left, trainer))
    for trainer, _model in TRAINERS
]


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS_LEFT, ids=["autoencoder", "vae"])
def test_training_on_drawn_faces_lowers_the_error(error, capsys):
    error.check()


@pytest.mark.parametrize(("trainer_class", "model_class"), TRAINERS, ids=["autoencoder", "vae"])
def test_training_on_drawn_faces_shows_faces(trainer_class, model_class, capsys, monkeypatch):
    trainer = trainer_class(FaceArgs(n_images=32, batch_size=16, epochs=2, use_wandb=False, log_every_n_steps=3))
    shown = []
    monkeypatch.setattr(trainer.live_view, "update", lambda *images: shown.append(images))
    assert isinstance(trainer.train(), model_class) and trainer.step == 4
    ((originals, reconstructions),) = shown
    assert torch.equal(originals, trainer.faces.holdout) and reconstructions.shape == (10, 3, 64, 64)


@pytest.mark.parametrize(("trainer_class", "model_class"), TRAINERS, ids=["autoencoder", "vae"])
def test_training_on_photographs(trainer_class, model_class, photographs, capsys):
    args = FaceArgs(dataset="CELEB", n_images=6, batch_size=4, epochs=2, use_wandb=False, log_every_n_steps=3)
    trainer = trainer_class(args)
    assert isinstance(trainer.train(), model_class) and trainer.step == 4
    assert "step 3" in capsys.readouterr().out  # log_samples has seen the held-out photographs


def test_the_digits_trainers_still_show_digits():
    from solutions.autoencoder import AutoencoderTrainer

    assert AutoencoderTrainer.holdout.fget(None) is utils.HOLDOUT_DATA


# --- latents and factors ---------------------------------------------------------------------------------------


def test_a_latent_that_is_a_factor_has_r_squared_one():
    factors = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    latents = torch.stack((-2 * factors[:, 1] + 5, torch.ones(400)), dim=1)
    table = squared_correlations(latents, factors)
    assert table.shape == (2, 3)
    assert table[0, 1] == pytest.approx(1) and table[0, [0, 2]].max() < 0.05 and not table[1].any()


def test_a_probe_sees_what_no_single_latent_does():
    factors = torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    mixed = factors[:, :2] @ torch.tensor([[1.0, 1.0], [1.0, -1.0]])
    assert squared_correlations(mixed, factors)[:, :2].max() < 0.7
    scores = probe_scores(mixed, factors)
    assert scores[:2].min() > 0.999 and scores[2] < 0.05


def test_a_probe_is_judged_on_faces_that_it_was_not_fitted_to():
    noise = torch.randn(40, 15, generator=torch.Generator().manual_seed(0))
    assert probe_scores(noise, torch.randn(40, 1, generator=torch.Generator().manual_seed(1))) < 0


def test_latents_and_factors_of_different_faces_are_refused():
    with pytest.raises(ValueError, match=r"one row a face.*got \(5, 2\) and \(6, 3\)"):
        squared_correlations(torch.zeros(5, 2), torch.zeros(6, 3))


def test_the_figure_has_one_heat_map_a_model_and_names_its_axes():
    tables = {"autoencoder": torch.rand(4, 10), "VAE": torch.rand(4, 10)}
    figure = factors_figure(tables, FACTOR_NAMES, "Which latent follows which factor")
    assert len(figure.data) == 2 and [each.text for each in figure.layout.annotations] == list(tables)
    assert figure.layout.xaxis.title.text == "factor" and figure.layout.yaxis.title.text == "latent"
    assert "background" in figure.layout.meta["alt"]
    assert len(figure.to_json()) < 30_000
