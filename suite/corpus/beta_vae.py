"""The statistics of a beta: what goes wrong, and the ways in which it goes right."""

from functools import partial

from suite.corpus import Right, Wrong

wrong, right = partial(Wrong, "beta_vae"), partial(Right, "beta_vae")
KL, ACTIVE, MOMENTS, BETA = "kl_per_latent", "active_units", "aggregate_moments", "effective_beta"

FORMULA = "kl = (torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma"
MEAN = "return kl.mean(0)"
MASK = "return mu.var(0, correction=0) > threshold"
VARIANCE = "variance = mu.var(0, correction=0) + torch.exp(2 * logsigma).mean(0)"
PAIR = "return mu.mean(0), variance.sqrt()"
WEIGHT = "return beta_kl * n_pixels / (2 * decoder_variance * latent_dim_size)"

WRONG = (
    # The KL of each latent
    wrong("one number for all", "mean-over-everything", (MEAN, "return kl.mean()"), part=KL),
    wrong("one number an image", "mean-over-the-latents", (MEAN, "return kl.mean(-1)"), part=KL),
    wrong("the textbook's sum over the latents", "sum-over-the-latents", (MEAN, "return kl.sum(-1)"), part=KL),
    wrong("the textbook's loss", "sum-over-the-latents", (MEAN, "return kl.sum(1).mean()"), part=KL),
    wrong("summed over the images", "sum-over-the-images", (MEAN, "return kl.sum(0)"), part=KL),
    wrong("not averaged", "not-averaged", (MEAN, "return kl"), part=KL),
    wrong("images' dimension kept", "dimension-kept", (MEAN, "return kl.mean(0, keepdim=True)"), part=KL),
    wrong("sigma for sigma squared", "sigma-for-variance", (FORMULA, FORMULA.replace("2 * logsigma", "logsigma")), part=KL),
    wrong("formula for a log variance", "logvar-formula", (FORMULA, "kl = -0.5 * (1 + logsigma - mu**2 - logsigma.exp())"), part=KL),
    wrong("the one left out", "one-missing", (" - 1)", ")"), part=KL),
    wrong("half left out", "kl-without-half", (FORMULA, "kl = torch.exp(2 * logsigma) + mu**2 - 1 - 2 * logsigma"), part=KL),
    wrong("half of everything", "brackets", (FORMULA, "kl = (torch.exp(2 * logsigma) + mu**2 - 1 - logsigma) / 2"), part=KL),
    wrong("the wrong sign", "kl-sign", (MEAN, "return -kl.mean(0)"), part=KL),
    wrong("the other way round", "reverse-kl", (FORMULA, "kl = torch.distributions.kl_divergence(torch.distributions.Normal(0.0, 1.0), torch.distributions.Normal(mu, logsigma.exp()))"), part=KL),
    wrong("sigma squared wrong and one number for all", "sigma-for-variance+mean-over-everything", (FORMULA, FORMULA.replace("2 * logsigma", "logsigma")), (MEAN, "return kl.mean()"), part=KL),
    wrong("bits", "bits", (MEAN, "return kl.mean(0) / 0.6931472"), part=KL),
    wrong("estimated from draws", "sampled", (FORMULA, "z = mu + logsigma.exp() * torch.randn_like(mu)\n    kl = z**2 / 2 - ((z - mu) / logsigma.exp()) ** 2 / 2 - logsigma"), part=KL),
    wrong("a list of numbers", "returns-tuple", (MEAN, "return kl.mean(0).tolist()"), part=KL),
    wrong("a NumPy array", "not-a-tensor", (MEAN, "return kl.mean(0).numpy()"), part=KL),
    wrong("nothing returned", "returns-none", (MEAN, "kl.mean(0)"), part=KL),
    wrong("log sigma overwritten", "changes-its-input", (FORMULA, "kl = (mu**2 - 1) / 2 - logsigma + logsigma.mul_(2).exp() / 2"), part=KL),
    wrong("squeezed", "squeezed-batch", (MEAN, "return kl.squeeze().mean(0)"), part=KL),
    wrong("of the average code", "mean-before-kl", (FORMULA, "mu, logsigma = mu.mean(0, keepdim=True), logsigma.mean(0, keepdim=True)\n    " + FORMULA), part=KL),
    wrong("of the aggregate", "kl-of-the-aggregate", (FORMULA, "variance = mu.var(0, correction=0) + torch.exp(2 * logsigma).mean(0)\n    kl = ((variance + mu.mean(0) ** 2 - 1 - variance.log()) / 2)[None]"), part=KL),
    wrong("divided by one less", "n-minus-one", (MEAN, "return kl.sum(0) / max(len(kl) - 1, 1)"), part=KL),
    wrong("mu alone", "penalty-for-kl", (FORMULA, "kl = mu**2 / 2 + 0 * logsigma"), part=KL),
    wrong("everything summed", "sum-over-everything", (MEAN, "return kl.sum()"), part=KL),
    # Active units
    wrong("their share", "share-for-mask", (MASK, "return (mu.var(0) > threshold).float().mean()"), part=ACTIVE),
    wrong("at least the threshold", "at-least", ("> threshold", ">= threshold"), part=ACTIVE),
    wrong("not below the threshold", "at-least", (MASK, "return ~(mu.var(0, correction=0) < threshold)"), part=ACTIVE),
    wrong("no default threshold", "default-missing", ("threshold: float = 0.01", "threshold"), part=ACTIVE),
    wrong("a larger threshold by default", "other-default", ("threshold: float = 0.01", "threshold: float = 0.1"), part=ACTIVE),
    wrong("standard deviation above the threshold", "std-for-variance", ("mu.var(", "mu.std("), part=ACTIVE),
    wrong("not centred", "not-centred", (MASK, "return (mu**2).mean(0) > threshold"), part=ACTIVE),
    wrong("mean size", "mean-for-variance", (MASK, "return mu.abs().mean(0) > threshold"), part=ACTIVE),
    wrong("variance over the latents", "variance-over-the-latents", (MASK, "return mu.var(1) > threshold"), part=ACTIVE),
    wrong("variance over the latents by their number", "variance-over-the-latents", ("mu.var(0,", "mu.var(1,"), part=ACTIVE),
    wrong("variance of everything", "variance-over-everything", (MASK, "return mu.var() > threshold"), part=ACTIVE),
    wrong("the inactive ones", "turned-round", ("> threshold", "< threshold"), part=ACTIVE),
    wrong("their number", "count-for-mask", (MASK, "return (mu.var(0) > threshold).sum()"), part=ACTIVE),
    wrong("their number as an int", "count-for-mask", (MASK, "return int((mu.var(0) > threshold).sum())"), part=ACTIVE),
    wrong("their indices", "indices-for-mask", (MASK, "return torch.nonzero(mu.var(0) > threshold).squeeze()"), part=ACTIVE),
    wrong("threshold written out", "threshold-fixed", ("> threshold", "> 0.01"), part=ACTIVE),
    wrong("in units of the largest", "relative-threshold", (MASK, "variance = mu.var(0)\n    return variance / variance.max() > threshold"), part=ACTIVE),
    wrong("centred in place", "changes-its-input", (MASK, "mu -= mu.mean(0)\n    return (mu**2).mean(0) > threshold"), part=ACTIVE),
    wrong("squeezed before the variance", "squeezed-batch", ("mu.var(", "mu.squeeze().var("), part=ACTIVE),
    # The aggregate's moments
    wrong("the means alone", "clouds-left-out", (VARIANCE, "variance = mu.var(0, correction=0)"), part=MOMENTS),
    wrong("the clouds alone", "means-left-out", (VARIANCE, "variance = torch.exp(2 * logsigma).mean(0)"), part=MOMENTS),
    wrong("spreads added", "spreads-added", (PAIR, "return mu.mean(0), mu.std(0, correction=0) + torch.exp(2 * logsigma).mean(0).sqrt()"), part=MOMENTS),
    wrong("spreads added and sigma averaged", "mean-before-square+spreads-added", (PAIR, "return mu.mean(0), mu.std(0, correction=0) + logsigma.exp().mean(0)"), part=MOMENTS),
    wrong("mean sigma squared", "mean-before-square", ("torch.exp(2 * logsigma).mean(0)", "logsigma.exp().mean(0) ** 2"), part=MOMENTS),
    wrong("exp of the mean log", "mean-before-exp", ("torch.exp(2 * logsigma).mean(0)", "torch.exp(2 * logsigma.mean(0))"), part=MOMENTS),
    wrong("sigma instead of its square", "sigma-for-variance", ("2 * logsigma", "logsigma"), part=MOMENTS),
    wrong("log sigma squared", "exp-forgotten", ("torch.exp(2 * logsigma)", "(logsigma**2)"), part=MOMENTS),
    wrong("variance of sigma", "spread-of-sigma", ("torch.exp(2 * logsigma).mean(0)", "logsigma.exp().var(0, correction=0)"), part=MOMENTS),
    wrong("means not centred", "second-moment", ("mu.var(0, correction=0)", "(mu**2).mean(0)"), part=MOMENTS),
    wrong("the variance itself", "variance-for-std", ("variance.sqrt()", "variance"), part=MOMENTS),
    wrong("std before mean", "outputs-swapped", (PAIR, "return variance.sqrt(), mu.mean(0)"), part=MOMENTS),
    wrong("std alone", "returns-one", (PAIR, "return variance.sqrt()"), part=MOMENTS),
    wrong("moments of draws", "sampled", (PAIR, "z = mu + logsigma.exp() * torch.randn_like(mu)\n    return z.mean(0), z.std(0)"), part=MOMENTS),
    wrong("a mean over everything", "over-everything", ("mu.mean(0)", "mu.mean()"), part=MOMENTS),
    wrong("mean of draws, right width", "sampled", ("mu.mean(0)", "(mu + logsigma.exp() * torch.randn_like(mu)).mean(0)"), part=MOMENTS),
    wrong("squeezed means", "squeezed-batch", ("return mu.mean(0)", "return mu.squeeze().mean(0)"), part=MOMENTS),
    wrong("lists", "not-a-tensor", (PAIR, "return mu.mean(0).tolist(), variance.sqrt().tolist()"), part=MOMENTS),
    wrong("torch's usual variance of the means", "n-minus-one", (VARIANCE, VARIANCE.replace("0, correction=0", "0")), part=MOMENTS),
    wrong("widths over n less one", "n-minus-one", ("torch.exp(2 * logsigma).mean(0)", "torch.exp(2 * logsigma).sum(0) / (len(mu) - 1)"), part=MOMENTS),
    wrong("squares of the means summed", "sum-for-mean", ("mu.var(0, correction=0)", "(mu - mu.mean(0)).pow(2).sum(0)"), part=MOMENTS),
    wrong("widths divided twice", "divided-again", ("torch.exp(2 * logsigma).mean(0)", "torch.exp(2 * logsigma).mean(0) / mu.shape[0]"), part=MOMENTS),
    wrong("sigma added to the mean", "sigma-in-the-mean", ("return mu.mean(0)", "return (mu + logsigma.exp()).mean(0)"), part=MOMENTS),
    wrong("a mean of zero", "zero-mean", ("return mu.mean(0)", "return torch.zeros_like(mu[0])"), part=MOMENTS),
    # The real beta
    wrong("five latents by number", "latents-fixed", ("latent_dim_size)", "5)"), part=BETA),
    wrong("divided by the pixels", "upside-down", (WEIGHT, "return beta_kl / n_pixels / (2 * decoder_variance * latent_dim_size)"), part=BETA),
    wrong("divided by beta", "beta-divided", (WEIGHT, "return n_pixels / (2 * decoder_variance * latent_dim_size) / beta_kl"), part=BETA),
    wrong("no beta", "beta-left-out", (WEIGHT, "return n_pixels / (2 * decoder_variance * latent_dim_size)"), part=BETA),
    wrong("no default for the pixels", "default-missing", ("n_pixels: int = 28 * 28, decoder_variance: float = 1.0", "n_pixels, decoder_variance"), part=BETA),
    wrong("a half for the decoder's default", "other-default", ("decoder_variance: float = 1.0", "decoder_variance: float = 0.5"), part=BETA),
    wrong("pixels of a padded MNIST by default", "other-default", ("28 * 28", "32 * 32"), part=BETA),
    wrong("divided without a rest", "whole-number", ("n_pixels / (", "n_pixels // ("), ("beta_kl * n_pixels", "beta_kl * n_pixels"), part=BETA),
    wrong("a factor in whole numbers", "whole-number", (WEIGHT, "return (n_pixels // (2 * decoder_variance * latent_dim_size)) * beta_kl"), part=BETA),
    wrong("whole numbers and a variance on top", "variance-multiplied+whole-number", (WEIGHT, "return beta_kl * (n_pixels * decoder_variance // (2 * latent_dim_size))"), part=BETA),
    wrong("whole numbers for digits only", "pixels-fixed+whole-number", (WEIGHT, "factor = 28 * 28 // (2 * decoder_variance * latent_dim_size)\n    return factor * beta_kl"), part=BETA),
    wrong("three at once, in whole numbers", "pixels-fixed+variance-multiplied+whole-number", (WEIGHT, "return beta_kl * ((784 // 2) * decoder_variance // latent_dim_size)"), part=BETA),
    wrong("a whole-number share of the latents", "always-zero", (WEIGHT, "return beta_kl * n_pixels * (1 // (2 * latent_dim_size)) / decoder_variance"), part=BETA),
    wrong("rounded to a whole beta", "whole-number", (WEIGHT, WEIGHT.replace("return ", "return round(") + ")"), part=BETA),
    wrong("latents over pixels", "sizes-exchanged", (WEIGHT, "return beta_kl * latent_dim_size / (2 * decoder_variance * n_pixels)"), part=BETA),
    wrong("the 2 forgotten", "half-missing", ("2 * ", ""), part=BETA),
    wrong("multiplied by 2", "twice", (WEIGHT, "return 2 * beta_kl * n_pixels / (decoder_variance * latent_dim_size)"), part=BETA),
    wrong("latents in the numerator", "latents-multiplied", (WEIGHT, "return beta_kl * n_pixels * latent_dim_size / (2 * decoder_variance)"), part=BETA),
    wrong("a bracket forgotten", "latents-multiplied+variance-multiplied", (WEIGHT, "return beta_kl * n_pixels / 2 * decoder_variance * latent_dim_size"), part=BETA),
    wrong("latents left out", "latents-left-out", (" * latent_dim_size", ""), part=BETA),
    wrong("28 for 784", "side-for-pixels", ("n_pixels / (", "n_pixels**0.5 / ("), part=BETA),
    wrong("784 written out", "pixels-fixed", ("beta_kl * n_pixels", "beta_kl * 784"), part=BETA),
    wrong("upside down", "factor-divided", (WEIGHT, "return beta_kl * 2 * decoder_variance * latent_dim_size / n_pixels"), part=BETA),
    wrong("decoder's variance left out", "variance-left-out", ("2 * decoder_variance", "2"), part=BETA),
    wrong("decoder's variance squared", "variance-squared", ("2 * decoder_variance", "2 * decoder_variance**2"), part=BETA),
    wrong("a tuple", "returns-tuple", (WEIGHT, WEIGHT + ","), part=BETA),
    wrong("the string", "not-a-tensor", (WEIGHT, 'return f"{beta_kl * n_pixels / (2 * decoder_variance * latent_dim_size)}"'), part=BETA),
)  # fmt: skip

LOOP = """def kl_per_latent(mu, logsigma):
    from torch.distributions import Normal, kl_divergence

    clouds = [[Normal(m, s.exp()) for m, s in zip(*row)] for row in zip(mu.T, logsigma.T)]
    return torch.stack([torch.stack([kl_divergence(c, Normal(0.0, 1.0)) for c in row]).mean() for row in clouds])
"""
SECOND_MOMENTS = """def aggregate_moments(mu, logsigma):
    mean = mu.mean(0)
    return mean, ((mu**2 + logsigma.exp() ** 2).mean(0) - mean**2).sqrt()
"""
STACKED = """def aggregate_moments(mu, logsigma):
    squares = (mu - mu.mean(0)).square() + logsigma.exp().square()
    return torch.stack([mu.mean(0), squares.mean(0) ** 0.5])
"""

RIGHT = (
    right("the reference"),
    right("an einsum for the mean", (MEAN, 'return torch.einsum("nl->l", kl) / len(kl)'), part=KL),
    right("torch's own divergence", (FORMULA, "kl = torch.distributions.kl_divergence(torch.distributions.Normal(mu, logsigma.exp()), torch.distributions.Normal(0.0, 1.0))"), part=KL),
    right("cloud by cloud", LOOP, part=KL),
    right("one half outside the brackets", (FORMULA, "kl = 0.5 * (logsigma.exp().square() + mu.square() - 1 - 2 * logsigma)"), part=KL),
    right("sum over count", (MEAN, "return kl.sum(dim=0) / mu.shape[0]"), part=KL),
    right("double precision", (FORMULA, "mu, logsigma = mu.double(), logsigma.double()\n    " + FORMULA), part=KL),
    right("torch's usual variance", (MASK, "return mu.var(0) > threshold"), part=ACTIVE),
    right("the difference above zero", (MASK, "return mu.var(0, correction=0) - threshold > 0"), part=ACTIVE),
    right("mean square less squared mean", (MASK, "return mu.square().mean(0) - mu.mean(0).square() > threshold"), part=ACTIVE),
    right("None by default, and then the threshold", ("threshold: float = 0.01", "threshold=None"), (MASK, "return mu.var(0, correction=0) > (0.01 if threshold is None else threshold)"), part=ACTIVE),
    right("standard deviation squared", (MASK, "return torch.std(mu, dim=0) ** 2 > threshold"), part=ACTIVE),
    right("the covariance's diagonal", (MASK, "centred = mu - mu.mean(0, keepdim=True)\n    return (centred.T @ centred / len(mu)).diagonal() > threshold"), part=ACTIVE),
    right("compared with the threshold's root", (MASK, "return mu.std(0, correction=0) > threshold**0.5"), part=ACTIVE),
    right("zeros and ones", (MASK, MASK.replace("mu.var", "(mu.var") + ").int()"), note="type bool", part=ACTIVE),
    right("second moments", SECOND_MOMENTS, part=MOMENTS),
    right("both moments in one tensor", STACKED, part=MOMENTS),
    right("the mixture of torch", (PAIR, "from torch.distributions import Categorical, MixtureSameFamily, Normal\n    mixture = MixtureSameFamily(Categorical(torch.ones_like(mu.T)), Normal(mu.T, logsigma.exp().T))\n    return mixture.mean, mixture.stddev"), part=MOMENTS),
    right("a list of two", (PAIR, "return [mu.mean(0), variance.sqrt()]"), part=MOMENTS),
    right("the ratio of the two losses", (WEIGHT, "course, theory = 1 / n_pixels, 1 / (2 * decoder_variance)\n    return beta_kl / latent_dim_size * theory / course"), part=BETA),
    right("a tensor with one number", (WEIGHT, WEIGHT.replace("return ", "return torch.tensor(") + ")"), part=BETA),
)  # fmt: skip
