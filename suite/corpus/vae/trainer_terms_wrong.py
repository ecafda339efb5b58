"""Trainers of the VAE whose KL is another number: other formulas, other priors, other ways of averaging."""

from functools import partial

from suite.corpus import Change, Wrong
from suite.corpus.trainer_parts import (
    FORWARD,
    KL,
    REC,
    STEP,
    TOTAL,
    VAE_UPDATE,
    ZERO,
    kl_is,
    lines,
    own_train,
    total_is,
)

vae = partial(Wrong, "vae_trainer", part="VAETrainer")

EACH = "((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma)"
OF = "torch.distributions.Normal"


def kl_of_distributions(prior: str, posterior: str = f"{OF}(mu, logsigma.exp())") -> Change:
    return kl_is(f"torch.distributions.kl_divergence({posterior}, {prior}).mean()")


SAMPLED = (
    FORWARD,
    lines("z, mu, logsigma = self.model.sample_latent_vector(img)", "reconstruction = self.model.decoder(z)"),
)

WRONG = (
    vae("half of exp for sigma squared", "wrong-exponent", kl_is("((torch.exp(logsigma) / 2 + mu**2 - 1) / 2 - logsigma).mean()")),
    vae("exp of a half for sigma squared", "wrong-exponent", kl_is("((torch.exp(logsigma / 2) + mu**2 - 1) / 2 - logsigma).mean()")),
    vae("sigma to the fourth", "wrong-exponent", kl_is("((torch.exp(2 * logsigma) ** 2 + mu**2 - 1) / 2 - logsigma).mean()")),
    vae("the square of log sigma for the log of its square", "square-of-log", kl_is("(torch.exp(2 * logsigma) + mu**2 - 1 - logsigma**2).mean() / 2")),
    vae("log sigma squared", "square-of-log", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma**2).mean()")),
    vae("softplus for exp", "softplus-for-exp", kl_of_distributions(f"{OF}(0.0, 1.0)", f"{OF}(mu, F.softplus(logsigma))")),
    vae("the variance as a spread", "variance-for-sigma", kl_of_distributions(f"{OF}(0.0, 1.0)", f"{OF}(mu, (2 * logsigma).exp())")),
    vae("a prior of spread two", "another-prior", kl_of_distributions(f"{OF}(0.0, 2.0)")),
    vae("a prior of spread a half", "another-prior", kl_of_distributions(f"{OF}(0.0, 0.5)")),
    vae("a prior around one", "another-prior", kl_of_distributions(f"{OF}(1.0, 1.0)")),
    vae("Laplace distributions", "another-prior", kl_of_distributions("torch.distributions.Laplace(0.0, 1.0)", "torch.distributions.Laplace(mu, logsigma.exp())")),
    vae("free bits for each number", "free-bits", kl_is(f"{EACH}.clamp(min=0.5).mean()")),
    vae("free bits for each latent", "free-bits", kl_is(f"torch.clamp({EACH}.mean(0), min=0.5).mean()")),
    vae("free bits for all", "free-bits", kl_is(f"{EACH}.mean().clamp_min(1.0)")),
    vae("each KL clamped from above", "kl-clamped", kl_is(f"{EACH}.clamp(max=1.0).mean()")),
    vae("the largest KL", "largest-kl", kl_is(f"{EACH}.max()")),
    vae("means before the formula", "mean-before-kl", kl_is("(torch.exp(2 * logsigma.mean()) + mu.mean() ** 2 - 1) / 2 - logsigma.mean()")),
    vae("the spread of mu in the KL", "aggregate-kl", kl_is("((mu.var(0) + mu.mean(0) ** 2 - 1) / 2 - mu.std(0).log()).mean()")),
    vae("moments of the batch in the KL", "aggregate-kl", (KL, lines("variance = mu.var(0, unbiased=False) + (2 * logsigma).exp().mean(0)", "kl_div_loss = ((variance + mu.mean(0) ** 2 - 1) / 2 - variance.log() / 2).mean()"))),
    vae("log sigma averaged over the batch", "aggregate-kl", kl_is("((torch.exp(2 * logsigma.mean(0)) + mu.mean(0) ** 2 - 1) / 2 - logsigma.mean(0)).mean()")),
    vae("the KL by the sample", "kl-by-sampling", SAMPLED, (KL, lines(f"q, p = {OF}(mu, logsigma.exp()), {OF}(0.0, 1.0)", "kl_div_loss = (q.log_prob(z) - p.log_prob(z)).mean()"))),
    vae("the KL by a draw of its own", "kl-by-sampling", (KL, lines(f"q, p = {OF}(mu, logsigma.exp()), {OF}(0.0, 1.0)", "drawn = q.rsample()", "kl_div_loss = (q.log_prob(drawn) - p.log_prob(drawn)).mean()"))),
    vae("the KL by a draw, summed over the latents", "kl-summed-over-latents+kl-by-sampling", (KL, lines(f"q, p = {OF}(mu, logsigma.exp()), {OF}(0.0, 1.0)", "drawn = q.rsample()", "kl_div_loss = (q.log_prob(drawn) - p.log_prob(drawn)).sum(1).mean()"))),
    vae("the KL by ten draws", "loss-drawn", (KL, lines(f"q, p = {OF}(mu, logsigma.exp()), {OF}(0.0, 1.0)", "drawn = q.rsample((10,))", "kl_div_loss = (q.log_prob(drawn) - p.log_prob(drawn)).mean()"))),
    vae("F.kl_div of z and noise", "kl-of-softmax", SAMPLED, kl_is("F.kl_div(F.log_softmax(z, dim=1), F.softmax(torch.randn_like(z), dim=1))")),
    vae("the KL over the args' batch size", "batch-size-of-the-args", kl_is(f"{EACH}.sum() / self.args.batch_size")),
    vae("a target without its channel", "shapes-broadcast", (REC, "reconstruction_loss = ((reconstruction - img.squeeze(1)) ** 2).mean()")),
    vae("a step for each half of the batch", "step-for-each-part", (f"{FORWARD} {REC} {KL} {TOTAL} {VAE_UPDATE}", lines("for img in img.chunk(2):", f"    {FORWARD}", f"    {REC}", f"    {KL}", f"    {TOTAL}", "    total_loss.backward()", f"    {STEP}", f"    {ZERO}"))),
    vae("mu squared for the KL", "penalty-for-kl", kl_is("mu.pow(2).mean()")),
    vae("half of mu squared for the KL", "penalty-for-kl", kl_is("0.5 * mu.pow(2).mean()")),
    vae("F.kl_div of mu and logsigma", "kl-summed-over-latents+kl-of-softmax", kl_is("F.kl_div(mu.log_softmax(1), logsigma.softmax(1), reduction='batchmean')")),
    vae("the spread of the code", "loss-not-finite", kl_is("(mu.mean(0) ** 2).sum() + ((mu.std(0) - 1) ** 2).sum()")),
    vae("the log-likelihood of pixels", "log-likelihood", (REC, f"reconstruction_loss = -{OF}(reconstruction, 1.0).log_prob(img).mean()")),
    vae("images not moved", "images-not-moved", own_train(("img.to(self.device)", "img"))),
    vae("the loss after the step", "loss-after-step", ("return total_loss", lines(FORWARD, REC, KL, TOTAL, "return total_loss"))),
    vae("step, zero, backward", "step-before-backward", (VAE_UPDATE, lines(STEP, ZERO, "total_loss.backward()"))),
    vae("beta_kl without args", "unknown-name", total_is("reconstruction_loss + beta_kl * kl_div_loss")),
    vae("beta_kl of the trainer", "missing-attribute", total_is("reconstruction_loss + self.beta_kl * kl_div_loss")),
)  # fmt: skip
