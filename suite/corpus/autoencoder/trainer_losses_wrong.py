"""Trainers whose loss compares something else, or in another way."""

from suite.corpus import Wrong
from suite.corpus.trainer_parts import loss_is


def compares(name: str, cause: str | None, formula: str) -> Wrong:
    """The loss of `out`, which is the model's reconstruction, and of img."""
    changed = loss_is("out = self.model(img)", f"loss = {formula}")
    return Wrong("autoencoder_trainer", name, cause, changed, part="AutoencoderTrainer")


WRONG = (
    compares("the mean image", "compared-with-the-mean-image", "F.mse_loss(out, img.mean(0, keepdim=True).expand_as(img))"),
    compares("a transposed image", "target-turned", "F.mse_loss(out, img.transpose(-1, -2))"),
    compares("a mirrored image", "target-turned", "F.mse_loss(out, img.flip(-1))"),
    compares("an image upside down", "target-turned", "F.mse_loss(out, torch.flip(img, [2]))"),
    compares("a shifted image", "target-turned", "F.mse_loss(out, torch.roll(img, 1, dims=-1))"),
    compares("a cropped image", "cropped", "F.mse_loss(out[:, :, 2:-2, 2:-2], img[:, :, 2:-2, 2:-2])"),
    compares("the last image", "first-image-only", "F.mse_loss(out[-1], img[-1])"),
    compares("an image from minus one to one", "target-changed", "F.mse_loss(out, img * 2 - 1)"),
    compares("an image from nought to one", "target-changed", "F.mse_loss(out, (img - img.amin()) / (img.amax() - img.amin()))"),
    compares("a black and white image", "target-changed", "F.mse_loss(out, (img > 0.5).to(img.dtype))"),
    compares("bytes", "target-changed", "F.mse_loss(out, img * 255.0)"),
    compares("both as bytes", "both-changed", "F.mse_loss(255 * out, 255 * img)"),
    compares("both denormalised", "both-changed", "F.mse_loss(out * 0.3081 + 0.1307, img * 0.3081 + 0.1307)"),
    compares("sigmoids of both", "both-changed", "F.mse_loss(out.sigmoid(), img.sigmoid())"),
    compares("a sigmoid with the pixels as they were", "both-changed", "F.mse_loss(out.sigmoid(), img * 0.3081 + 0.1307)"),
    compares("a denormalised output", "output-changed", "F.mse_loss(out * 0.3081 + 0.1307, img)"),
    compares("a ReLU of the output", "output-changed", "F.mse_loss(F.relu(out), img)"),
    compares("absolute errors, summed", "absolute-error", "torch.norm(out - img, p=1)"),
    compares("squares and sizes", "absolute-error+mse-added", "F.mse_loss(out, img) + F.l1_loss(out, img)"),
    compares("Huber's with half a delta", "smooth-l1", "F.huber_loss(out, img, delta=0.5)"),
    compares("smooth L1 with a small beta", "smooth-l1", "F.smooth_l1_loss(out, img, beta=0.1)"),
    compares("a root for each image", "root-of-mse", "((out - img) ** 2).mean(dim=(1, 2, 3)).sqrt().mean()"),
    compares("norms, summed", "norm", "(out - img).flatten(1).norm(dim=1).sum()"),
    compares("cubes", "another-power", "(out - img).abs().pow(3).mean()"),
    compares("fourth powers", "another-power", "((out - img) ** 4).mean()"),
    compares("the largest square", "largest-error", "((out - img) ** 2).max()"),
    compares("the variance", "variance-of-differences", "(out - img).var()"),
    compares("the mean over the batch first", "mean-before-square", "F.mse_loss(out.mean(0), img.mean(0))"),
    compares("decibels", "logarithm-of-mse", "10 * torch.log10(F.mse_loss(out, img))"),
    compares("rows, summed", "mse-summed-over-rows", "((out - img) ** 2).sum(dim=-1).mean()"),
    compares("a hundred times the loss", None, "100 * F.mse_loss(out, img)"),
    compares("the batch times the loss", "mse-summed-over-batch", "img.size(0) * F.mse_loss(out, img)"),
    compares("cross-entropy of logits, summed", "cross-entropy", "F.binary_cross_entropy_with_logits(out, img, reduction='sum')"),
    compares("softmax cross-entropy", "cross-entropy", "F.cross_entropy(out.flatten(1), img.flatten(1))"),
    compares("cross-entropy over one channel", "compared-with-itself", "F.cross_entropy(out, img)"),
    compares("F.kl_div of pixels", "divergence-of-pixels", "F.kl_div(out.log_softmax(-1), img.softmax(-1), reduction='batchmean')"),
    compares("minus a cosine", "cosine", "-F.cosine_similarity(out.flatten(1), img.flatten(1)).mean()"),
    compares("a cosine of rows", "cosine", "1 - F.cosine_similarity(out, img, dim=-1).mean()"),
    compares("errors weighted by brightness", None, "((1 + img.abs()) * (out - img) ** 2).mean()"),
    compares("bright pixels alone", None, "((out - img) ** 2)[img > 0].mean()"),
    compares("the median", None, "((out - img) ** 2).median()"),
    compares("an odd power", None, "(out - img).abs().pow(1.7).mean()"),
    compares("a penalty on the code", None, "F.mse_loss(out, img) + 1e-3 * self.model.encoder(img).abs().mean()"),
)  # fmt: skip
