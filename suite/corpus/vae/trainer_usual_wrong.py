"""Trainers of the VAE with a loss as public code has it, for other models and in other words."""

from functools import partial

from suite.corpus import Change, Wrong
from suite.corpus.trainer_parts import FORWARD, REC, kl_is, lines, total_is

usual = partial(Wrong, "vae_trainer", part="VAETrainer")


def reconstruction_is(formula: str) -> Change:
    return (REC, f"reconstruction_loss = {formula}")


SUM = reconstruction_is("F.mse_loss(reconstruction, img, reduction='sum')")
PER_IMAGE = reconstruction_is("F.mse_loss(reconstruction, img, reduction='none').flatten(1).sum(1).mean()")
ENTROPY = reconstruction_is("F.binary_cross_entropy_with_logits(reconstruction, img, reduction='sum')")
LOGVAR, LOGSIGMA = "(1 + logsigma - mu**2 - logsigma.exp())", "(1 + 2 * logsigma - mu**2 - (2 * logsigma).exp())"
UNWEIGHTED = total_is("reconstruction_loss + kl_div_loss")


def weighted(weight: str) -> Change:
    return total_is(f"reconstruction_loss + {weight} * kl_div_loss")


SAMPLED_BY_LOGVAR = (
    FORWARD,
    lines(
        "mu, logsigma = self.model.encoder(img)",
        "std = torch.exp(0.5 * logsigma)",
        "reconstruction = self.model.decoder(mu + std * torch.randn_like(std))",
    ),
)

WRONG = (
    usual("all summed, a log variance", "usual-loss", SUM, kl_is(f"-0.5 * torch.sum{LOGVAR}"), UNWEIGHTED),
    usual("all summed, log sigma", "usual-loss", SUM, kl_is(f"-0.5 * torch.sum{LOGSIGMA}"), UNWEIGHTED),
    usual("all summed, a log variance, without half", "usual-loss", SUM, kl_is(f"-{LOGVAR}.sum()"), UNWEIGHTED),
    usual("all summed, a log variance, the minus lost", "usual-loss", SUM, kl_is(f"{LOGVAR}.sum() / 2"), UNWEIGHTED),
    usual("all summed, a log variance, with beta", "usual-loss", SUM, kl_is(f"-0.5 * torch.sum{LOGVAR}")),
    usual("all summed, a log variance, a weight of four", "usual-loss", SUM, kl_is(f"-0.5 * torch.sum{LOGVAR}"), weighted("4")),
    usual("cross-entropy of logits, all summed", "usual-loss", ENTROPY, kl_is(f"-0.5 * torch.sum{LOGVAR}"), UNWEIGHTED),
    usual("cross-entropy of logits, log sigma, all summed", "usual-loss", ENTROPY, kl_is(f"-0.5 * torch.sum{LOGSIGMA}"), UNWEIGHTED),
    usual(
        "cross-entropy of pixels made probabilities", "usual-loss",
        reconstruction_is("F.binary_cross_entropy(reconstruction.sigmoid(), (img * 0.3081 + 0.1307).clamp(0, 1), reduction='sum')"),
        kl_is(f"-0.5 * torch.sum{LOGVAR}"), UNWEIGHTED,
    ),
    usual("summed per image, a log variance", "usual-loss", PER_IMAGE, kl_is(f"(-0.5 * {LOGVAR}).sum(1).mean()"), UNWEIGHTED),
    usual("summed per image, log sigma", "usual-loss", PER_IMAGE, kl_is(f"(-0.5 * {LOGSIGMA}).sum(1).mean()"), UNWEIGHTED),
    usual(
        "the negative ELBO of unit Gaussians", "usual-loss",
        reconstruction_is("-torch.distributions.Normal(reconstruction, 1.0).log_prob(img).flatten(1).sum(1).mean()"),
        kl_is("torch.distributions.kl_divergence(torch.distributions.Normal(mu, logsigma.exp()), torch.distributions.Normal(0.0, 1.0)).sum(1).mean()"), UNWEIGHTED,
    ),
    usual("all summed and divided by the batch", "usual-loss", SUM, kl_is(f"-0.5 * torch.sum{LOGVAR}"), total_is("(reconstruction_loss + kl_div_loss) / len(img)")),
    usual("a mean and a sum for a log variance", "usual-loss", kl_is(f"-0.5 * torch.sum{LOGVAR}"), UNWEIGHTED),
    usual("a mean and a sum", "beta-ignored+kl-summed", kl_is(f"-0.5 * torch.sum{LOGSIGMA}"), UNWEIGHTED),
    usual("KL weighted by the share of the batch", "usual-loss", kl_is(f"torch.mean(-0.5 * torch.sum({LOGVAR}, dim=1), dim=0)"), weighted("len(img) / len(self.trainset)")),
    usual("KL weighted by batch size over images", "usual-loss", kl_is(f"torch.mean(-0.5 * torch.sum({LOGVAR}, dim=1), dim=0)"), weighted("self.args.batch_size / 60000")),
    usual("KL weighted by a small number", "usual-loss", kl_is(f"torch.mean(-0.5 * torch.sum({LOGVAR}, dim=1), dim=0)"), weighted("0.00025")),
    usual("halved errors per image, a log variance", "usual-loss", reconstruction_is("0.5 * ((reconstruction - img) ** 2).sum() / len(img)"), kl_is(f"-0.5 * {LOGVAR}.sum(1).mean()"), UNWEIGHTED),
    usual("absolute errors, all summed", "usual-loss", reconstruction_is("(reconstruction - img).abs().sum()"), kl_is(f"-0.5 * {LOGVAR}.sum()"), UNWEIGHTED),
    usual("the second half as sigma, all summed", "usual-loss", SUM, kl_is("0.5 * (logsigma**2 + mu**2 - 1 - torch.log(logsigma**2)).sum()"), UNWEIGHTED),
    usual("a log variance in the sampling, too", "logvar+usual-loss", SAMPLED_BY_LOGVAR, SUM, kl_is(f"-0.5 * torch.sum{LOGVAR}"), UNWEIGHTED),
    usual("beta fixed at four", "beta-fixed", weighted("4")),
    usual("beta fixed at a thirtieth", "beta-fixed", weighted("1 / 30")),
    usual("beta tripled", "beta-scaled", weighted("3 * self.args.beta_kl")),
    # in no table, or too small to be seen: nothing is to be made up
    usual("beta fixed at a hundred-thousandth", None, weighted("1e-5")),
    usual("odd coefficients on both terms", None, total_is("1.37 * reconstruction_loss + 0.83 * self.args.beta_kl * kl_div_loss")),
    usual("mu counts seven tenths, and the KL little", None, kl_is("((torch.exp(2 * logsigma) + 0.7 * mu**2 - 1) / 2 - logsigma).mean()"), weighted("3e-4")),
    usual("mu counts seven tenths, and the KL hardly", None, kl_is("((torch.exp(2 * logsigma) + 0.7 * mu**2 - 1) / 2 - logsigma).mean()"), weighted("self.args.beta_kl / 60000")),
    usual("a cube of mu", None, kl_is("((torch.exp(2 * logsigma) + mu.abs() ** 3 - 1) / 2 - logsigma).mean()")),
    usual("the root of beta", None, weighted("self.args.beta_kl ** 0.5")),
    usual("KL's distance from a target", None, weighted("self.args.beta_kl * (kl_div_loss - 1.0).abs() / kl_div_loss.detach()")),
)  # fmt: skip
