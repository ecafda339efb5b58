"""The KL term of a VAE's loss and its weight, and the ways they go wrong."""

from __future__ import annotations

from torch import Tensor

from checks.core.mistakes import table
from checks.trainers.losses import kl

FORMULA = "KL = (sigma² + mu² − 1)/2 − log sigma, with sigma² = exp(2·logsigma)."

DIVERGENCE = table(
    "divergence",
    (
        "kl-sign",
        "the KL has the wrong sign. It is never below 0, and it is added to the loss.",
        lambda m, s: -kl(m, s),
    ),
    (
        "logvar-formula",
        f"this is the KL for a log variance. Here the encoder gives log sigma: {FORMULA}",
        lambda m, s: (s.exp() + m**2 - 1 - s) / 2,
    ),
    (
        "logvar-formula",
        f"this is the KL for a log variance, and with the wrong sign. Here the encoder gives log sigma: {FORMULA}",
        lambda m, s: -(s.exp() + m**2 - 1 - s) / 2,
    ),
    (
        "sigma-for-variance",
        f"sigma stands where sigma² should: {FORMULA}",
        lambda m, s: (s.exp() + m**2 - 1) / 2 - s,
    ),
    (
        "exp-of-square",
        "sigma² is not exp(logsigma²): square after the exp, or take exp(2·logsigma).",
        lambda m, s: ((s**2).exp() + m**2 - 1) / 2 - s,
    ),
    (
        "exp-forgotten",
        "log sigma is squared where sigma should be: sigma = exp(logsigma).",
        lambda m, s: (s**2 + m**2 - 1) / 2 - s,
    ),
    (
        "exp-forgotten",
        "|logsigma| stands where sigma should: sigma = exp(logsigma).",
        lambda m, s: (s**2 + m**2 - 1) / 2 - s.abs().log(),
    ),
    (
        "exp-forgotten",
        "2·logsigma stands where its exp should: sigma² = exp(2·logsigma).",
        lambda m, s: (2 * s + m**2 - 1) / 2 - s,
    ),
    (
        "logsigma-taken-for-sigma",
        "the encoder's second half is taken for sigma; it is log sigma, and may be negative.",
        lambda m, s: (s**2 + m**2 - 1) / 2 - s.log(),
    ),
    (
        "logsigma-taken-for-sigma",
        "the logarithm is taken of log sigma; log sigma is what the encoder gives.",
        lambda m, s: ((2 * s).exp() + m**2 - 1) / 2 - s.log(),
    ),
    (
        "exp-for-log",
        f"sigma is subtracted where log sigma should be: {FORMULA}",
        lambda m, s: ((2 * s).exp() + m**2 - 1) / 2 - s.exp(),
    ),
    (
        "kl-without-half",
        f"the factor 1/2 is missing: {FORMULA}",
        lambda m, s: 2 * kl(m, s),
    ),
    (
        "kl-without-half",
        f"the division by 2 is missing: {FORMULA}",
        lambda m, s: (2 * s).exp() + m**2 - 1 - s,
    ),
    ("kl-halved-twice", "the KL is halved once too often.", lambda m, s: kl(m, s) / 2),
    (
        "brackets",
        f"the 1/2 covers log sigma too: {FORMULA}",
        lambda m, s: ((2 * s).exp() + m**2 - 1 - s) / 2,
    ),
    (
        "brackets",
        f"brackets are missing, so that only the 1 is halved: {FORMULA}",
        lambda m, s: (2 * s).exp() + m**2 - 1 / 2 - s,
    ),
    (
        "brackets",
        f"the 1 stands outside the brackets: {FORMULA}",
        lambda m, s: ((2 * s).exp() + m**2) / 2 - 1 - s,
    ),
    (
        "brackets",
        f"brackets are missing, so that mu² is not halved: {FORMULA}",
        lambda m, s: (2 * s).exp() / 2 + m**2 - 1 / 2 - s,
    ),
    (
        "mu-not-squared",
        "mu is not squared in the KL.",
        lambda m, s: ((2 * s).exp() + m - 1) / 2 - s,
    ),
    ("mu-not-squared", "mu is not squared in the KL.", lambda m, s: ((2 * s).exp() + m.abs() - 1) / 2 - s),
    ("mu-missing", "mu² is missing in the KL.", lambda m, s: ((2 * s).exp() - 1) / 2 - s),
    (
        "mu-sign",
        "mu² has the wrong sign in the KL: large means would be rewarded.",
        lambda m, s: ((2 * s).exp() - m**2 - 1) / 2 - s,
    ),
    (
        "sigma-missing",
        f"sigma² is missing in the KL: {FORMULA}",
        lambda m, s: (m**2 - 1) / 2 - s,
    ),
    (
        "logsigma-missing",
        "the − log sigma is missing in the KL, so that sigma is pulled to 0.",
        lambda m, s: ((2 * s).exp() + m**2 - 1) / 2,
    ),
    (
        "logsigma-sign",
        "log sigma is added in the KL; it is subtracted.",
        lambda m, s: ((2 * s).exp() + m**2 - 1) / 2 + s,
    ),
    (
        "one-missing",
        "the − 1 is missing in the KL, which would then not be 0 at mu = 0, sigma = 1.",
        lambda m, s: ((2 * s).exp() + m**2) / 2 - s,
    ),
    (
        "one-added",
        "1 is added in the KL where it is subtracted.",
        lambda m, s: ((2 * s).exp() + m**2 + 1) / 2 - s,
    ),
    (
        "mean-and-logsigma-swapped",
        "mu and logsigma have changed places: the model returns reconstruction, mu, logsigma.",
        lambda m, s: kl(s, m),
    ),
    (
        "reverse-kl",
        "this is the KL the other way round, KL(N(0, 1) ‖ N(mu, sigma²)).",
        lambda m, s: (1 + m**2) / (2 * (2 * s).exp()) - 0.5 + s,
    ),
    (
        "penalty-for-kl",
        f"this is a penalty on the size of mu and logsigma, not the KL: {FORMULA}",
        lambda m, s: m**2 + s**2,
    ),
)

REDUCTION = table(
    "reduction",
    ("kl-summed", "the KL is summed over batch and latents; take its mean.", Tensor.sum),
    (
        "kl-summed-over-latents",
        "the KL is summed over the latents and averaged over the batch; here it is averaged over both.",
        lambda each: each.sum(-1).mean(),
    ),
    (
        "kl-summed-over-batch",
        "the KL is summed over the batch and averaged over the latents; here it is averaged over both.",
        lambda each: each.sum(0).mean(),
    ),
    ("kl-in-part", "only the first latent counts in the KL.", lambda each: each[:, 0].mean()),
    ("kl-in-part", "only the first image counts in the KL.", lambda each: each[0].mean()),
    (
        "kl-divided-again",
        "the mean of the KL is divided by the batch size once more; it is a mean already.",
        lambda each: each.mean() / len(each),
    ),
    (
        "kl-divided-by-pixels",
        "the KL is divided by the number of pixels, 784; here it is averaged over batch and latents.",
        lambda each: each.mean() / 784,
    ),
    (
        "kl-divided-by-pixels",
        "the KL is summed and divided by the number of pixels; here it is averaged over batch and latents.",
        lambda each: each.sum() / (784 * len(each)),
    ),
)

WEIGHTING = table(
    "weighting",
    ("beta-ignored", "beta_kl is not used: the KL counts in full.", lambda mse, kl, beta: mse + kl),
    *(
        (
            "beta-fixed",
            f"the weight of the KL is fixed at {fixed}: use `self.args.beta_kl`.",
            lambda mse, kl, beta, fixed=fixed: mse + fixed * kl,
        )
        for fixed in (0.1, 0.5, 0.01, 0.001)
    ),
    (
        "beta-on-wrong-term",
        "beta_kl multiplies the reconstruction term; it belongs to the KL.",
        lambda mse, kl, beta: beta * mse + kl,
    ),
    (
        "beta-on-both",
        "beta_kl multiplies both terms; it belongs to the KL alone.",
        lambda mse, kl, beta: beta * (mse + kl),
    ),
    (
        "beta-twice",
        "beta_kl multiplies the KL twice.",
        lambda mse, kl, beta: mse + beta**2 * kl,
    ),
    (
        "beta-complement",
        "the reconstruction is weighted by 1 − beta_kl; its weight is 1.",
        lambda mse, kl, beta: (1 - beta) * mse + beta * kl,
    ),
    (
        "beta-complement",
        "the terms are weighted by beta_kl and 1 − beta_kl; the weights are 1 and beta_kl.",
        lambda mse, kl, beta: beta * mse + (1 - beta) * kl,
    ),
    (
        "beta-times-pixels",
        "the KL is multiplied by the number of pixels, 784, as well; beta_kl is its whole weight.",
        lambda mse, kl, beta: mse + 784 * beta * kl,
    ),
    (
        "beta-divides",
        "the KL is divided by beta_kl; multiply.",
        lambda mse, kl, beta: mse + kl / beta,
    ),
    (
        "beta-added",
        "beta_kl is added to the loss; multiply the KL by it.",
        lambda mse, kl, beta: mse + kl + beta,
    ),
    (
        "terms-multiplied",
        "the two terms are multiplied; add them up.",
        lambda mse, kl, beta: mse * beta * kl,
    ),
    (
        "kl-missing",
        "the KL is not in the loss: this is an autoencoder with noise.",
        lambda mse, kl, beta: mse,
    ),
    (
        "reconstruction-missing",
        "the reconstruction term is not in the loss.",
        lambda mse, kl, beta: beta * kl,
    ),
    (
        "reconstruction-missing",
        "the reconstruction term and beta_kl are not in the loss.",
        lambda mse, kl, beta: kl,
    ),
)

OF_A_SAMPLE = table(
    "inputs",
    (
        "kl-of-sample",
        "z stands in the KL where mu should: the KL compares distributions, not the one sample that was drawn.",
        lambda out: {**out, "mu": out.get("z", out["mu"])},
    ),
)

KL_MISTAKES = [*DIVERGENCE, *WEIGHTING, *REDUCTION, *OF_A_SAMPLE]
