"""Denoising, sparse and contractive autoencoders: what goes wrong, and the ways in which it goes right."""

from functools import partial

from suite.corpus import Right, Wrong
from suite.corpus.trainer_parts import lines

wrong, right = partial(Wrong, "regularised_autoencoders"), partial(Right, "regularised_autoencoders")
DENOISING, SPARSE, PENALTY = "DenoisingTrainer", "SparseTrainer", "contractive_penalty"

NOISY = "noisy = img + self.args.noise_std * torch.randn_like(img)"
NOISE = "torch.randn_like(img)"
LEARN = "return self.learn_from(F.mse_loss(self.model(noisy), img))"

CODE = "code = self.model.encoder(img)"
ABS = "penalty = code.abs().mean()"
REBUILT = "reconstruction_loss = F.mse_loss(self.model.decoder(code), img)"
SUM = "loss = reconstruction_loss + self.args.sparsity_weight * penalty"
SPARSE_LEARN = "return self.learn_from(loss, reconstruction_loss=reconstruction_loss, sparsity_penalty=penalty)"

VJP = "code, pull_back = torch.func.vjp(encoder, x)"
ROWS = "(rows,) = torch.func.vmap(pull_back)(directions)"
RESULT = "return rows.square().sum() / len(x)"
HEAD = "def contractive_penalty(encoder, x):\n    "


def denoising(name: str, cause: str | None, *changes) -> Wrong:
    return wrong(name, cause, *changes, part=DENOISING)


def sparse(name: str, cause: str | None, *changes) -> Wrong:
    return wrong(name, cause, *changes, part=SPARSE)


def penalty(name: str, cause: str | None, *changes) -> Wrong:
    return wrong(name, cause, *changes, part=PENALTY)


def body(*texts: str) -> str:
    """The function written anew."""
    return HEAD + lines(*texts, indent=4) + "\n"


LOOP = ("x = x.detach().requires_grad_()", "z = encoder(x)", "total = 0", "for k in range(z.shape[1]):")
GRADIENT = "(row,) = torch.autograd.grad(z[:, k].sum(), x, create_graph=True)"

WRONG = (
    # Denoising
    denoising("the target is noisy too", "noisy-target", (LEARN, LEARN.replace(", img)", ", noisy)"))),
    denoising("the image is changed in place", "noisy-target", (NOISY, f"img += self.args.noise_std * {NOISE}"), (LEARN, LEARN.replace("noisy", "img"))),
    denoising("the noise is the target", "noise-for-target", (LEARN, LEARN.replace(", img)", ", noisy - img)"))),
    denoising("the noisy image is made and forgotten", "no-noise", (LEARN, LEARN.replace("noisy", "img"))),
    denoising("clean image in and noisy one out", "noise-on-the-target", (LEARN, LEARN.replace("self.model(noisy), img", "self.model(img), noisy"))),
    denoising("noise on the reconstruction", "noise-on-the-reconstruction", (LEARN, f"return self.learn_from(F.mse_loss(self.model(img) + self.args.noise_std * {NOISE}, img))")),
    denoising("noise on the code", "noise-on-the-code", (LEARN, "code = self.model.encoder(img)\n        code = code + self.args.noise_std * torch.randn_like(code)\n        return self.learn_from(F.mse_loss(self.model.decoder(code), img))")),
    denoising("rand for randn", "uniform-noise", (NOISE, "torch.rand_like(img)")),
    denoising("centred rand", "uniform-noise", (NOISE, "(torch.rand_like(img) - 0.5)")),
    denoising("rand between minus one and one", "uniform-noise", (NOISE, "(2 * torch.rand_like(img) - 1)")),
    denoising("variance for standard deviation", "variance-for-std", ("self.args.noise_std *", "self.args.noise_std**2 *")),
    denoising("root of the standard deviation", "root-of-std", ("self.args.noise_std *", "self.args.noise_std**0.5 *")),
    denoising("noise of spread one", "std-ignored", ("self.args.noise_std * ", "")),
    denoising("noise of a fixed spread", "std-fixed", ("self.args.noise_std", "0.3")),
    denoising("uniform noise of a fixed spread", "uniform-noise+std-fixed", ("self.args.noise_std", "0.5"), (NOISE, "torch.rand_like(img)")),
    denoising("clamped to zero and one", "noisy-clamped", (NOISY, f"noisy = (img + self.args.noise_std * {NOISE}).clamp(0, 1)")),
    denoising("clamped to the range of the pixels", "noisy-clamped", (NOISY, f"noisy = (img + self.args.noise_std * {NOISE}).clamp(-0.42421, 2.82149)")),
    denoising("one noise for the batch", "noise-shared-across-batch", (NOISE, "torch.randn_like(img[0])")),
    denoising("one noise for the batch by its shape", "noise-shared-across-batch", (NOISE, "torch.randn(28, 28)")),
    denoising("one number an image", "one-number-per-image", (NOISE, "torch.randn(len(img), 1, 1, 1)")),
    denoising("one number in all", "one-noise-for-all", (NOISE, "torch.randn(1)")),
    denoising("drawn once in init", "noise-drawn-once", "class DenoisingTrainer(RegularisedTrainer):\n    def __init__(self, args):\n        super().__init__(args)\n        self.noise = args.noise_std * torch.randn(512, 1, 28, 28)\n\n    def training_step(self, img):\n        return self.learn_from(F.mse_loss(self.model(img + self.noise[: len(img)]), img))\n"),
    denoising("a generator seeded anew", "noise-drawn-once", (NOISE, "torch.randn(img.shape, generator=torch.Generator().manual_seed(0))")),
    denoising("seeded in each step", "noise-drawn-once", (NOISY, f"torch.manual_seed(0)\n        {NOISY}")),
    denoising("noise times image", "noise-multiplied", (NOISY, f"noisy = img * (1 + self.args.noise_std * {NOISE})")),
    denoising("divided by the spread", "std-divides", ("self.args.noise_std * torch.randn_like(img)", "torch.randn_like(img) / self.args.noise_std")),
    denoising("half the spread", "std-halved", ("self.args.noise_std *", "0.5 * self.args.noise_std *")),
    denoising("one noisy image for the batch", "batch-cut", (LEARN, "return self.learn_from(F.mse_loss(self.model(noisy[:1]), img[:1]))")),
    denoising("noise without the image", "image-missing", (NOISY, f"noisy = self.args.noise_std * {NOISE}")),
    denoising("absolute noise", "folded-noise", (NOISE, f"{NOISE}.abs()")),
    denoising("some pixels left out", "pixels-left-out", (NOISY, "noisy = F.dropout(img, self.args.noise_std)")),
    denoising("noise by half of the images", "noise-in-part", (NOISY, f"noisy = img + self.args.noise_std * {NOISE}\n        noisy[1::2] = img[1::2]")),
    # Noise of another kind
    denoising("noise centred in each image", "noise-standardised", (NOISE, f"((eps := {NOISE}) - eps.mean((1, 2, 3), keepdim=True))")),
    denoising("as in a diffusion", "image-scaled", (NOISY, f"s = self.args.noise_std\n        noisy = (1 - s**2) ** 0.5 * img + s * {NOISE}")),
    denoising("the average of image and noise", "image-scaled", (NOISY, f"noisy = torch.lerp(img, {NOISE}, self.args.noise_std)")),
    denoising("noise in units of the image's own spread", "spread-varies", (NOISE, f"img.std((1, 2, 3), keepdim=True) * {NOISE}")),
    denoising("noise that fades with the steps", "spread-varies", (NOISE, f"0.5 ** (self.step / 1000) * {NOISE}")),
    denoising("noise that grows over the first steps", "spread-varies", (NOISE, f"min(1.0, 0.5 + self.step / 2000) * {NOISE}")),
    denoising("clipped by a hook of the optimiser", "gradients-clipped", (LEARN, f"self.optimizer.register_step_pre_hook(lambda *_: nn.utils.clip_grad_norm_(self.model.parameters(), 0.1) and None)\n        {LEARN}")),
    denoising("a spread drawn for each image", "spread-varies", (NOISE, f"torch.rand(len(img), 1, 1, 1) * {NOISE}")),
    denoising("noise on the digit alone", "noise-in-part", (NOISE, f"(img > 0) * {NOISE}")),
    denoising("noise on one half of the pixels", "noise-in-part", (NOISE, f"(torch.rand_like(img) < 0.5) * {NOISE}")),
    denoising("no noise for an image alone", "noise-in-part", (NOISE, f"(len(img) > 1) * {NOISE}")),
    denoising("noise by the toss of a coin", "noise-in-part", (NOISE, f"(torch.rand(()) < 0.5) * {NOISE}")),
    denoising("noise kept for each shape", "noise-drawn-once", (NOISY, "self.kept = getattr(self, \"kept\", {})\n        if img.shape not in self.kept:\n            self.kept[img.shape] = torch.randn_like(img)\n        noisy = img + self.args.noise_std * self.kept[img.shape]")),
    denoising("seeded by the batch's size", "noise-drawn-once", (NOISE, "torch.randn(img.shape, generator=torch.Generator().manual_seed(len(img)))")),
    denoising("noises dealt from a stack", "noise-drawn-once", (NOISY, "if not hasattr(self, \"stack\"):\n            self.stack = torch.randn(50, 1, 28, 28)\n        noisy = img + self.args.noise_std * self.stack[torch.randperm(50)[: len(img)]]")),
    denoising("the second half negated", "noise-shared-across-batch", (NOISE, "torch.cat((half := torch.randn((len(img) + 1) // 2, 1, 28, 28), -half))[: len(img)]")),
    denoising("one noise for the batch, shifted", "noise-shared-across-batch", (NOISE, "torch.randn(1, 28, 28).roll(int(torch.randint(784, ())))")),
    denoising("noise from a few hundred numbers", "noise-repeated", (NOISE, "torch.randn(400)[torch.randint(400, img.shape)]")),
    denoising("the lower half like the upper", "noise-repeated", (NOISE, "torch.cat((half := torch.randn(len(img), 1, 14, 28), half), 2)")),
    denoising("one number a row", "neighbours-share-noise", (NOISE, "torch.randn(len(img), 1, 28, 1)")),
    denoising("smoothed noise", "neighbours-share-noise", (NOISE, f"3 * F.avg_pool2d({NOISE}, 3, 1, 1)")),
    denoising("salt and pepper", "salt-and-pepper", (NOISY, "u = torch.rand_like(img)\n        noisy = img.where(u > self.args.noise_std / 2, img.min()).where(u < 1 - self.args.noise_std / 2, img.max())")),
    denoising("pixels masked", "pixels-left-out", (NOISY, "noisy = img * (torch.rand_like(img) > self.args.noise_std)")),
    denoising("dropout on noisy pixels", "pixels-left-out", (NOISY, f"noisy = F.dropout(img + self.args.noise_std * {NOISE}, 0.3)")),
    denoising("uniform noise of spread one", "not-normal", (NOISE, "torch.empty_like(img).uniform_(-(3**0.5), 3**0.5)")),
    denoising("plus or minus one", "not-normal", (NOISE, f"{NOISE}.sign()")),
    denoising("Laplace's noise", "not-normal", (NOISE, "torch.distributions.Laplace(0.0, 0.5**0.5).sample(img.shape)")),
    denoising("noise cut off at three", "not-normal", (NOISE, f"{NOISE}.clamp(-3, 3)")),
    denoising("a lognormal factor", "noise-multiplied", (NOISY, f"noisy = img * (self.args.noise_std * {NOISE}).exp()")),
    denoising("noise with a mean", "noise-shifted", (NOISY, "noisy = img + torch.normal(self.args.noise_std, 1.0, img.shape)")),
    denoising("noise twice", "wrong-spread", (LEARN, f"noisy = noisy + self.args.noise_std * {NOISE}\n        {LEARN}")),
    denoising("noise in units of raw pixels", "wrong-spread", (NOISE, f"{NOISE} / 255")),
    denoising("noise centred", "noise-standardised", (NOISE, f"((eps := {NOISE}) - eps.mean())")),
    denoising("noise whitened over the batch", "not-finite", (NOISE, f"(((eps := {NOISE}) - eps.mean(0)) / eps.std(0))")),
    denoising("clamped to what the images reach", "noisy-clamped", (NOISY, f"{NOISY}.clamp(img.min() - img, img.max() - img)")),
    denoising("clamped to plus and minus three", "noisy-clamped", (LEARN, f"noisy = noisy.clamp(-3, 3)\n        {LEARN}")),
    denoising("brought to zero and one", "noisy-squashed", (LEARN, f"noisy = (noisy - noisy.min()) / (noisy.max() - noisy.min())\n        {LEARN}")),
    denoising("the noisy images standardised", "normalised-again", (LEARN, f"noisy = (noisy - noisy.mean()) / noisy.std()\n        {LEARN}")),
    denoising("noise on another image", "image-missing", (NOISY, NOISY.replace("img +", "img[torch.randperm(len(img))] +"))),
    denoising("noise only where nothing is learned", "no-noise", (NOISY, f"{NOISY} if not self.model.training else img")),
    denoising("squared errors summed when denoising", "mse-summed", (LEARN, 'return self.learn_from(F.mse_loss(self.model(noisy), img, reduction="sum"))')),
    denoising("absolute errors and a noisy target", "noisy-target+absolute-error", (LEARN, "return self.learn_from(F.l1_loss(self.model(noisy), noisy))")),
    denoising("the loss is returned and not learned from", "no-backward", (LEARN, "return F.mse_loss(self.model(noisy), img)")),
    denoising("backward without a step", "optimiser-never-steps", (LEARN, "loss = F.mse_loss(self.model(noisy), img)\n        loss.backward()\n        self.optimizer.zero_grad()\n        return loss")),
    denoising("gradients never zeroed when denoising", "gradients-not-zeroed", (LEARN, "loss = F.mse_loss(self.model(noisy), img)\n        loss.backward()\n        self.optimizer.step()\n        return loss")),
    denoising("nothing returned when denoising", "returns-none", ("return self.learn_from", "self.learn_from")),
    denoising("a pair returned when denoising", "returns-other", (LEARN, "loss = F.mse_loss(self.model(noisy), img)\n        return self.learn_from(loss), noisy")),
    denoising("args without self", "unknown-name", ("self.args.noise_std", "args.noise_std")),
    denoising("another name of the arg", "unknown-arg", ("self.args.noise_std", "self.args.noise")),
    denoising("randn of an image", "sizes-expected", (NOISE, "torch.randn(img)")),
    denoising("wandb without asking", "wandb-although-off", (LEARN, 'import wandb\n\n        loss = self.learn_from(F.mse_loss(self.model(noisy), img))\n        wandb.log({"loss": loss.item()}, step=self.step)\n        return loss')),
    # Sparse
    sparse("no absolute value", "abs-missing", (ABS, "penalty = code.mean()")),
    sparse("mean before abs", "mean-before-abs", (ABS, "penalty = code.mean().abs()")),
    sparse("squared latents", "squared-for-abs", (ABS, "penalty = code.pow(2).mean()")),
    sparse("summed over everything", "penalty-summed", (ABS, "penalty = code.abs().sum()")),
    sparse("torch's own norm of order one", "penalty-summed", (ABS, "penalty = code.norm(p=1)")),
    sparse("summed over the latents", "penalty-summed-over-latents", (ABS, "penalty = code.abs().sum(1).mean()")),
    sparse("summed over the batch", "penalty-summed-over-batch", (ABS, "penalty = code.abs().sum(0).mean()")),
    sparse("the Euclidean norm", "norm-for-mean", (ABS, "penalty = code.norm()")),
    sparse("positive latents only", "negatives-forgotten", (ABS, "penalty = code.relu().mean()")),
    sparse("latents counted", "counts-latents", (ABS, "penalty = (code != 0).float().mean()")),
    sparse("penalty on the weights", "penalty-on-weights", (ABS, "penalty = torch.cat([each.flatten() for each in self.model.parameters()]).abs().mean()")),
    sparse("penalty on all weights summed up", "penalty-on-weights+penalty-summed", (ABS, "penalty = sum(each.abs().sum() for each in self.model.parameters())")),
    sparse("penalty on the reconstruction", "penalty-on-reconstruction", (ABS, "penalty = self.model.decoder(code).abs().mean()")),
    sparse("penalty on the image", "penalty-on-images", (ABS, "penalty = img.abs().mean()")),
    sparse("weight forgotten", "weight-ignored", ("self.args.sparsity_weight * ", "")),
    sparse("weight written out", "weight-fixed", ("self.args.sparsity_weight", "0.1")),
    sparse("weight on the other term", "weight-on-wrong-term", (SUM, "loss = self.args.sparsity_weight * reconstruction_loss + penalty")),
    sparse("weight on both terms", "weight-on-both", (SUM, "loss = self.args.sparsity_weight * (reconstruction_loss + penalty)")),
    sparse("minus for plus", "penalty-sign", ("reconstruction_loss + self", "reconstruction_loss - self")),
    sparse("no penalty in the loss", "penalty-missing", (SUM, "loss = reconstruction_loss")),
    sparse("no reconstruction in the loss", "reconstruction-missing", (SUM, "loss = self.args.sparsity_weight * penalty")),
    sparse("latents summed and weight forgotten", "penalty-summed+weight-ignored", (ABS, "penalty = code.abs().sum()"), ("self.args.sparsity_weight * ", "")),
    sparse("penalty detached", "detached-loss", ("code.abs()", "code.detach().abs()")),
    sparse("penalty as a number", "detached-loss", ("code.abs().mean()", "code.abs().mean().item()"), (", sparsity_penalty=penalty", "")),
    sparse("backward before the penalty", "detached-loss", (SPARSE_LEARN, "reconstruction_loss.backward()\n        self.optimizer.step()\n        self.optimizer.zero_grad()\n        return loss")),
    sparse("weights decay as well", "weight-decay", "class SparseTrainer(RegularisedTrainer):\n    def __init__(self, args):\n        super().__init__(args)\n        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=args.lr, betas=args.betas)\n\n    def training_step(self, img):\n        code = self.model.encoder(img)\n        loss = F.mse_loss(self.model.decoder(code), img) + self.args.sparsity_weight * code.abs().mean()\n        return self.learn_from(loss)\n"),
    sparse("the decoder is left out", "reconstruction-missing", (REBUILT, "reconstruction_loss = F.mse_loss(self.model.encoder(img), code)")),
    sparse("a number returned when sparse", "returns-number", (SPARSE_LEARN, SPARSE_LEARN + ".item()")),
    sparse("logged without asking", "wandb-although-off", (SPARSE_LEARN, 'import wandb\n\n        wandb.log({"penalty": penalty.item()}, step=self.step)\n        return self.learn_from(loss)')),
    # Other penalties
    sparse("the squares' sum, halved", "squared-for-abs+penalty-halved", (ABS, "penalty = code.square().sum() / 2")),
    sparse("half the penalty", "penalty-halved", (SUM, "loss = reconstruction_loss + self.args.sparsity_weight / 2 * penalty")),
    sparse("logarithm of one plus the squares", "log-for-abs", (ABS, "penalty = (1 + code**2).log().mean()")),
    sparse("log1p of the size", "log-for-abs", (ABS, "penalty = code.abs().log1p().mean()")),
    sparse("log1p summed in each image", "log-for-abs+penalty-summed-over-latents", (ABS, "penalty = code.square().log1p().sum(dim=1).mean()")),
    sparse("roots of the sizes", "root-for-abs", (ABS, "penalty = code.abs().sqrt().mean()")),
    sparse("Huber's loss from zero", "huber-for-abs", (ABS, "penalty = F.smooth_l1_loss(code, torch.zeros_like(code))")),
    sparse("activations behind a sigmoid", "squashed", (ABS, "penalty = code.sigmoid().mean()")),
    sparse("activations behind a tanh", "squashed", (ABS, "penalty = code.tanh().abs().mean()")),
    sparse("the KL from a rate of one in twenty", "rate-for-abs+penalty-summed", (ABS, "rate, mean = 0.05, code.sigmoid().mean(0)\n        penalty = (rate * (rate / mean).log() + (1 - rate) * ((1 - rate) / (1 - mean)).log()).sum()")),
    sparse("an elastic net", "square-added", (ABS, "penalty = code.abs().mean() + code.pow(2).mean()")),
    sparse("the largest of each image", "penalty-of-the-largest", (ABS, "penalty = code.abs().amax(1).mean()")),
    sparse("the largest of all", "penalty-of-the-largest", (ABS, "penalty = code.abs().max()")),
    sparse("the codes' spread", "variance-for-abs", (ABS, "penalty = code.std()")),
    sparse("the mean of an image before its size", "mean-before-abs", (ABS, "penalty = code.mean(dim=1).abs().mean()")),
    sparse("positive latents summed", "negatives-forgotten+penalty-summed", (ABS, "penalty = F.relu(code).sum()")),
    sparse("divided by the latents once more", "penalty-divided-again", (ABS, "penalty = code.abs().mean() / code.size(1)")),
    sparse("divided by the batch once more", "penalty-divided-again", (ABS, "penalty = code.abs().mean() / code.size(0)")),
    sparse("the mean squared", "penalty-squared", (ABS, "penalty = code.abs().mean() ** 2")),
    sparse("the first latent alone", "penalty-in-part", (ABS, "penalty = code[:, 0].abs().mean()")),
    sparse("squares of the weights", "penalty-on-weights+penalty-summed", (ABS, "penalty = sum(each.square().sum() for each in self.model.parameters())")),
    sparse("the error once more", "penalty-on-error", (ABS, "penalty = (self.model.decoder(code) - img).abs().mean()")),
    sparse("terms multiplied", "terms-multiplied", (SUM, "loss = reconstruction_loss * self.args.sparsity_weight * penalty")),
    sparse("weight and its complement", "weight-complement", (SUM, "loss = (1 - self.args.sparsity_weight) * reconstruction_loss + self.args.sparsity_weight * penalty")),
    sparse("divided by the weight", "weight-divides", (SUM, "loss = reconstruction_loss + penalty / self.args.sparsity_weight")),
    sparse("the weight added", "weight-added", (SUM, "loss = reconstruction_loss + penalty + self.args.sparsity_weight")),
    sparse("the weight twice", "weight-squared", (SUM, "loss = reconstruction_loss + self.args.sparsity_weight**2 * penalty")),
    sparse("the encoder's weights", "penalty-on-weights", (ABS, "penalty = torch.cat([p.flatten() for p in self.model.encoder.parameters()]).abs().mean()")),
    sparse("the encoder's weights, summed", "penalty-on-weights+penalty-summed", (ABS, "penalty = sum(p.abs().sum() for p in self.model.encoder.parameters())")),
    sparse("a code between nought and one", "code-changed", (CODE, "code = self.model.encoder(img).sigmoid()")),
    sparse("an entropy", None, (ABS, "penalty = -(code.softmax(1) * code.log_softmax(1)).sum(1).mean()")),
    # Contractive
    penalty("a tuple out of vmap", "tuple-not-unpacked", (ROWS, "rows = torch.func.vmap(pull_back)(directions)")),
    penalty("a tuple out of grad", "tuple-not-unpacked", HEAD + "x = x.detach().requires_grad_()\n    code = encoder(x)\n    return sum((torch.autograd.grad(code[:, k].sum(), x, create_graph=True) ** 2).sum() for k in range(code.shape[1])) / len(x)\n"),
    penalty("tuples of grad stacked", "tuple-not-unpacked", HEAD + "x = x.detach().requires_grad_()\n    code = encoder(x)\n    rows = torch.stack([torch.autograd.grad(latent.sum(), x, create_graph=True) for latent in code.T])\n    return rows.square().sum() / len(x)\n"),
    penalty("a tuple handed to torch.square", "tuple-not-unpacked", (ROWS, "rows = torch.square(torch.func.vmap(pull_back)(directions))"), ("rows.square()", "rows")),
    penalty("mean length of the rows", "not-squared", (RESULT, "return rows.flatten(2).norm(dim=2).mean()")),
    penalty("length of the columns", "not-squared", (RESULT, "return rows.flatten(2).norm(dim=0).sum(1).mean()")),
    penalty("mean Jacobian of the batch", "averaged-before-squared", (RESULT, "return rows.mean(1).square().sum()")),
    penalty("norm of the whole batch", "root-of-the-sum", (RESULT, "return rows.norm()")),
    penalty("norm of the whole batch over its size", "root-of-the-sum", (RESULT, "return rows.norm() / len(x)")),
    penalty("squared once too often", "squared-twice", (RESULT, "return rows.square().sum((0, 2, 3, 4)).square().mean()")),
    penalty("sum of the singular values", "nuclear-norm", (RESULT, 'return torch.linalg.matrix_norm(rows.flatten(2).transpose(0, 1), "nuc").mean()')),
    penalty("the longest row", "largest-row-only", (RESULT, "return rows.flatten(2).square().sum(2).amax(0).mean()")),
    penalty("median image", "median", (RESULT, "return rows.square().sum((0, 2, 3, 4)).median()")),
    penalty("not squared", "not-squared", (RESULT, "return rows.flatten(2).square().sum((0, 2)).sqrt().mean()")),
    penalty("squares summed over the batch", "summed-over-batch", (" / len(x)", "")),
    penalty("mean over the entries", "mean-over-entries", (RESULT, "return rows.square().mean()")),
    penalty("mean over the latents", "mean-over-latents", (RESULT, "return rows.square().mean(0).sum() / len(x)")),
    penalty("mean over the pixels", "mean-over-pixels", (RESULT, "return rows.square().flatten(2).mean(2).sum(0).mean()")),
    penalty("gradient of the summed code", "gradient-of-the-sum", body("x = x.detach().requires_grad_()", "(rows,) = torch.autograd.grad(encoder(x).sum(), x, create_graph=True)", RESULT)),
    penalty("gradient of the mean code", "gradient-of-the-mean+divided-again", body("x = x.detach().requires_grad_()", "(rows,) = torch.autograd.grad(encoder(x).mean(), x, create_graph=True)", RESULT)),
    penalty("gradient with ones", "gradient-of-the-sum", (ROWS, "rows = pull_back(torch.ones_like(code))[0]")),
    penalty("gradient of the squared code", "gradient-of-the-norm", body("x = x.detach().requires_grad_()", "(rows,) = torch.autograd.grad(encoder(x).square().sum() / 2, x, create_graph=True)", RESULT)),
    penalty("entries added before the square", "sum-before-square", (RESULT, "return rows.sum((0, 2, 3, 4)).square().mean()")),
    penalty("absolute entries", "absolute-for-square", (RESULT, "return rows.abs().sum() / len(x)")),
    penalty("the largest singular value", "spectral-norm", (RESULT, "return torch.linalg.matrix_norm(rows.flatten(2).transpose(0, 1), 2).mean()")),
    penalty("the largest singular value squared", "spectral-norm", (RESULT, "return torch.linalg.matrix_norm(rows.flatten(2).transpose(0, 1), 2).square().mean()")),
    penalty("norm of all and divided", "root-of-the-mean", (RESULT, "return (rows.square().sum() / len(x)).sqrt()")),
    penalty("the size of the code", "penalty-on-the-code", (RESULT, "return code.square().sum() / len(x)")),
    penalty("the size of the weights", "penalty-on-weights", (RESULT, "return sum(each.square().sum() for each in encoder.parameters())")),
    penalty("the last turn of the loop", "one-latent-only", body(*LOOP, f"    {GRADIENT}", "    total = row.square().sum()", "return total / len(x)")),
    penalty("mean over the batch differentiated", "divided-again", body(*LOOP, "    " + GRADIENT.replace(".sum()", ".mean()"), "    total = total + row.square().sum()", "return total")),
    penalty("a loop without create_graph", "graph-freed", body(*LOOP, "    " + GRADIENT.replace(", create_graph=True", ""), "    total = total + row.square().sum()", "return total / len(x)")),
    penalty("a loop that retains the graph only", "detached", body(*LOOP, "    " + GRADIENT.replace("create", "retain"), "    total = total + row.square().sum()", "return total / len(x)")),
    penalty("autograd's jacobian without a graph", "detached", body("rows = torch.autograd.functional.jacobian(encoder, x)", RESULT)),
    penalty("detached rows", "detached", (RESULT, RESULT.replace("rows", "rows.detach()"))),
    penalty("no gradients at all", "detached", (VJP, "encoder = encoder.requires_grad_(False)\n    " + VJP)),
    penalty("x without gradients", "x-without-gradients", body(*LOOP[1:], f"    {GRADIENT}", "    total = total + row.square().sum()", "return total / len(x)")),
    penalty("x is told too late", "x-without-gradients", body("z = encoder(x)", "x.requires_grad_()", "return sum(torch.autograd.grad(z[:, k].sum(), x, create_graph=True)[0].square().sum() for k in range(z.shape[1])) / len(x)")),
    penalty("gradient of a whole code", "gradient-of-a-vector", body("x = x.detach().requires_grad_()", "(rows,) = torch.autograd.grad(encoder(x), x, create_graph=True)", RESULT)),
    penalty("backward for gradients", "gradients-left-behind", body(*LOOP, "    x.grad = None", "    z[:, k].sum().backward(create_graph=True)", "    total = total + x.grad.square().sum()", "return total / len(x)")),
    penalty("a random direction", "estimate", (ROWS, "rows = pull_back(torch.randn_like(code))[0]")),
    penalty("finite differences", None, body("step = 0.01 * torch.eye(784).view(784, 1, 28, 28)", "codes = torch.stack([encoder(image + step) - encoder(image[None]) for image in x]) / 0.1", "return codes.square().sum() / len(x)")),
    penalty("five latents", None, (VJP, "code, pull_back = torch.func.vjp(encoder, x)\n    code = torch.zeros(len(x), 5)")),
    penalty("one image's penalty", "first-image-only", (RESULT, "return rows[:, 0].square().sum()")),
    penalty("one number an image for a penalty", "not-scalar", (RESULT, "return rows.square().flatten(2).sum((0, 2))")),
    penalty("the penalty as a number", "returns-number", (RESULT, "return (rows.square().sum() / len(x)).item()")),
    penalty("no penalty returned", "returns-none", ("return rows", "rows")),
    penalty("the whole model expected", "encoder-expected", ("torch.func.vjp(encoder, x)", "torch.func.vjp(encoder.encoder, x)")),
    penalty("layers looked into", "counts-on-layers", body("weights = encoder[5].weight", "return weights.square().sum()")),
    penalty("x scaled in place", "changes-its-input", (VJP, "x.sub_(0.0).mul_(1.0).add_(1e-6)\n    " + VJP)),
    penalty("squeezed rows", "squeezed-batch", (RESULT, "return rows.squeeze().square().sum((-1, -2)).mean(1).sum()")),
    penalty("lengths of the rows added and squared", "squared-too-late", (RESULT, "return rows.flatten(2).norm(dim=2).sum(0).square().mean()")),
    penalty("absolute entries of a row squared", "squared-too-late", (RESULT, "return rows.flatten(2).abs().sum(2).square().sum(0).mean()")),
    penalty("mean norm squared", "squared-too-late", (RESULT, "return rows.square().sum((0, 2, 3, 4)).sqrt().mean() ** 2")),
    penalty("norms of all squared", "squared-too-late", (RESULT, "return rows.square().sum((0, 2, 3, 4)).sqrt().sum() ** 2")),
    penalty("entries added up", "square-missing", (RESULT, "return rows.sum() / len(x)")),
    penalty("the largest entry", "largest-entry-only", (RESULT, "return rows.square().amax((0, 2, 3, 4)).mean()")),
    penalty("fourth powers", "squared-twice", (RESULT, "return rows.pow(4).sum() / len(x)")),
    penalty("the largest image's", "largest-only", (RESULT, "return rows.square().sum((0, 2, 3, 4)).max()")),
    penalty("the smallest image's", "smallest-only", (RESULT, "return rows.square().sum((0, 2, 3, 4)).min()")),
    penalty("the last image's", "last-image-only", (RESULT, "return rows[:, -1].square().sum()")),
    penalty("one image fewer below the line", "n-minus-one", (RESULT, "return rows.square().sum() / max(len(x) - 1, 1)")),
    penalty("gradient of the whole square", "gradient-of-the-norm", body("x = x.detach().requires_grad_()", "(rows,) = torch.autograd.grad(encoder(x).square().sum(), x, create_graph=True)", RESULT)),
    penalty("gradient of the codes' lengths", "gradient-of-the-norm", body("x = x.detach().requires_grad_()", "(rows,) = torch.autograd.grad(encoder(x).norm(dim=1).sum(), x, create_graph=True)", RESULT)),
    penalty("gradient of the sizes", "gradient-of-the-sum", body("x = x.detach().requires_grad_()", "(rows,) = torch.autograd.grad(encoder(x).abs().sum(), x, create_graph=True)", RESULT)),
    penalty("a name that torch lacks", None, (VJP, "code, pull_back = torch.func.vector_jacobian(encoder, x)")),
    penalty("rows that pile up in x", "rows-pile-up", body("x = x.clone().requires_grad_()", "z = encoder(x)", "total = 0.0", "for k in range(z.shape[1]):", "    z[:, k].sum().backward(create_graph=True)", "    total = total + x.grad.square().sum()", "return total / len(x)")),
    penalty("the textbook's sigmoid layer", "closed-form-of-one-layer", body("h = encoder(x)", "weight = [each for each in encoder.parameters() if each.dim() == 2][-1]", "return ((h * (1 - h)) ** 2 @ weight.square().sum(1)).mean()")),
    penalty("one tanh layer", "closed-form-of-one-layer", body("h = encoder(x)", "weight = [each for each in encoder.parameters() if each.dim() == 2][-1]", "return ((1 - h**2) ** 2 @ weight.square().sum(1)).mean()")),
    penalty("half of it", "halved", (RESULT, "return rows.square().sum() / len(x) / 2")),
)  # fmt: skip

WRITTEN_OUT = """class DenoisingTrainer(AutoencoderTrainer):
    def training_step(self, img):
        noise = torch.normal(0.0, self.args.noise_std, size=img.shape).to(img.device)
        z = self.model.encoder(img + noise)
        loss = ((self.model.decoder(z) - img) ** 2).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss
"""

SPARSE_WRITTEN_OUT = """class SparseTrainer(AutoencoderTrainer):
    def training_step(self, img):
        self.optimizer.zero_grad()
        z = self.model.encoder(img)
        mse = nn.MSELoss()(self.model.decoder(z), img)
        l1 = F.l1_loss(z, torch.zeros_like(z))
        (mse + self.args.sparsity_weight * l1).backward()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb

            wandb.log({"mse": mse.item(), "l1": l1.item()}, step=self.step)
        return mse + self.args.sparsity_weight * l1
"""

RIGHT = (
    right("the reference"),
    right("denoising written out", WRITTEN_OUT, part=DENOISING),
    right("denoising with the noise taken away", (NOISY, NOISY.replace("+", "-")), part=DENOISING),
    right("a coin for the noise's sign", (NOISE, f"(1 - 2 * torch.randint(2, ())) * {NOISE}"), part=DENOISING),
    right("two noises that make one", (NOISE, f"({NOISE} + {NOISE}) / 2**0.5"), part=DENOISING),
    right("image by image", (NOISY, "noisy = torch.stack([each + self.args.noise_std * torch.randn(1, 28, 28) for each in img])"), part=DENOISING),
    right("a seed from the counter", (NOISE, "torch.randn(img.shape, generator=torch.Generator().manual_seed(self.step))"), part=DENOISING),
    right("noise from NumPy", (NOISE, "torch.from_numpy(__import__('numpy').random.randn(*img.shape)).float()"), part=DENOISING),
    right("noise from a distribution", (NOISY, "noisy = torch.distributions.Normal(img, self.args.noise_std).sample()"), part=DENOISING),
    right("a generator of its own", "class DenoisingTrainer(RegularisedTrainer):\n    def __init__(self, args):\n        super().__init__(args)\n        self.noise = torch.Generator().manual_seed(0)\n\n    def training_step(self, img):\n        eps = torch.randn(img.shape, generator=self.noise)\n        return self.learn_from(F.mse_loss(self.model(img + self.args.noise_std * eps), img))\n", part=DENOISING),
    right("a look at the clean images first", (LEARN, "with torch.no_grad():\n            clean = F.mse_loss(self.model(img), img)\n        return self.learn_from(F.mse_loss(self.model(noisy), img), clean=clean)"), part=DENOISING),
    right("sparse written out", SPARSE_WRITTEN_OUT, part=SPARSE),
    right("encoded a second time", (REBUILT, "reconstruction_loss = F.mse_loss(self.model(img), img)"), part=SPARSE),
    right("norm of order one over the number of latents", (ABS, "penalty = code.norm(p=1) / code.numel()"), part=SPARSE),
    right("a loop of gradients", body(*LOOP, f"    {GRADIENT}", "    total = total + row.square().sum()", "return total / len(x)"), part=PENALTY),
    right("gradients image by image", body("total = 0", "for image in x:", "    image = image[None].detach().requires_grad_()", "    for latent in encoder(image)[0]:", "        total = total + torch.autograd.grad(latent, image, create_graph=True)[0].pow(2).sum()", "return total / len(x)"), part=PENALTY),
    right("vmap of jacrev", body("jacobian = torch.func.vmap(torch.func.jacrev(lambda image: encoder(image[None])[0]))(x)", "return jacobian.pow(2).flatten(1).sum(1).mean()"), part=PENALTY),
    right("vmap of jacrev with functional_call", body("weights = dict(encoder.named_parameters())", "def code(image):", "    return torch.func.functional_call(encoder, weights, (image[None],))[0]", "jacobian = torch.func.vmap(torch.func.jacrev(code))(x)", "return (jacobian**2).sum() / x.shape[0]"), part=PENALTY),
    right("jacrev of the whole batch", body("jacobian = torch.func.jacrev(encoder)(x)", "return jacobian.square().sum() / len(x)"), part=PENALTY),
    right("autograd's jacobian with a graph", body("jacobian = torch.autograd.functional.jacobian(encoder, x, create_graph=True)", "return jacobian.square().sum() / len(x)"), part=PENALTY),
    right("one vjp a latent", (ROWS, "rows = torch.stack([pull_back(direction)[0] for direction in directions])"), part=PENALTY),
    right("a batch of gradients at once", body("x = x.detach().requires_grad_()", "z = encoder(x)", "basis = torch.eye(z.shape[1])[:, None].expand(-1, len(x), -1)", "(rows,) = torch.autograd.grad(z, x, basis, create_graph=True, is_grads_batched=True)", "return rows.square().sum(dim=(0, 2, 3, 4)).mean()"), part=PENALTY),
    right("forward mode", body("jacobian = torch.func.vmap(torch.func.jacfwd(lambda image: encoder(image[None])[0]))(x)", "return jacobian.square().sum() / len(x)"), part=PENALTY),
)  # fmt: skip
