"""Trainers of the VAE that are not right."""

from functools import partial

from suite.corpus import Wrong
from suite.corpus.trainer_parts import (
    FORWARD,
    REC,
    STEP,
    TOTAL,
    VAE_LOG,
    VAE_UPDATE,
    ZERO,
    kl_is,
    lines,
    own_train,
    total_is,
)

vae = partial(Wrong, "vae_trainer")

WRONG = (
    vae("KL summed", "kl-summed", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum()")),
    vae(
        "KL summed over latents",
        "kl-summed-over-latents",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum(dim=1).mean()"),
    ),
    vae(
        "KL summed over the batch",
        "kl-summed-over-batch",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum(dim=0).mean()"),
    ),
    vae("KL not reduced", "loss-not-scalar", kl_is("(torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma")),
    vae("KL sign", "kl-sign", kl_is("0.5 * (1 + 2 * logsigma - mu**2 - torch.exp(2 * logsigma)).mean()")),
    vae(
        "KL for a log variance", "logvar-formula", kl_is("-0.5 * torch.mean(1 + logsigma - mu.pow(2) - logsigma.exp())")
    ),
    vae(
        "KL for a log variance, summed",
        "logvar-formula+kl-summed",
        kl_is("-0.5 * torch.sum(1 + logsigma - mu.pow(2) - logsigma.exp())"),
    ),
    vae(
        "KL for a log variance, minus lost",
        "logvar-formula",
        kl_is("0.5 * torch.mean(1 + logsigma - mu.pow(2) - logsigma.exp())"),
    ),
    vae(
        "sigma for its square", "sigma-for-variance", kl_is("((torch.exp(logsigma) + mu**2 - 1) / 2 - logsigma).mean()")
    ),
    vae("exp of the square", "exp-of-square", kl_is("((torch.exp(logsigma**2) + mu**2 - 1) / 2 - logsigma).mean()")),
    vae("exp forgotten", "exp-forgotten", kl_is("((logsigma**2 + mu**2 - 1) / 2 - logsigma).mean()")),
    vae(
        "logsigma taken for sigma",
        "logsigma-taken-for-sigma",
        kl_is("((logsigma**2 + mu**2 - 1) / 2 - logsigma.log()).mean()"),
    ),
    vae(
        "sigma subtracted", "exp-for-log", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma.exp()).mean()")
    ),
    vae("half forgotten", "kl-without-half", kl_is("(torch.exp(2 * logsigma) + mu**2 - 1 - logsigma).mean()")),
    vae(
        "half forgotten everywhere",
        "kl-without-half",
        kl_is("(torch.exp(2 * logsigma) + mu**2 - 1 - 2 * logsigma).mean()"),
    ),
    vae("half on log sigma too", "brackets", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1 - logsigma) / 2).mean()")),
    vae("brackets forgotten", "brackets", kl_is("(torch.exp(2 * logsigma) + mu**2 - 1 / 2 - logsigma).mean()")),
    vae("one outside the brackets", "brackets", kl_is("((torch.exp(2 * logsigma) + mu**2) / 2 - 1 - logsigma).mean()")),
    vae("mu not squared", "mu-not-squared", kl_is("((torch.exp(2 * logsigma) + mu - 1) / 2 - logsigma).mean()")),
    vae("mu forgotten", "mu-missing", kl_is("((torch.exp(2 * logsigma) - 1) / 2 - logsigma).mean()")),
    vae("log sigma forgotten", "logsigma-missing", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2).mean()")),
    vae("log sigma added", "logsigma-sign", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 + logsigma).mean()")),
    vae("one forgotten", "one-missing", kl_is("((torch.exp(2 * logsigma) + mu**2) / 2 - logsigma).mean()")),
    vae(
        "mu and logsigma swapped",
        "mean-and-logsigma-swapped",
        (FORWARD, "reconstruction, logsigma, mu = self.model(img)"),
    ),
    vae(
        "the KL the other way round",
        "reverse-kl",
        kl_is("((1 + mu**2) / (2 * torch.exp(2 * logsigma)) - 0.5 + logsigma).mean()"),
    ),
    vae("a penalty for the KL", "penalty-for-kl", kl_is("(mu**2 + logsigma**2).mean()")),
    vae(
        "summed sigma and KL sign",
        "kl-sign+kl-summed",
        kl_is("0.5 * torch.sum(1 + 2 * logsigma - mu**2 - torch.exp(2 * logsigma))"),
    ),
    vae("beta ignored", "beta-ignored", total_is("reconstruction_loss + kl_div_loss")),
    vae("beta fixed", "beta-fixed", total_is("reconstruction_loss + 0.1 * kl_div_loss")),
    vae(
        "beta fixed and KL summed",
        "beta-fixed+kl-summed",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum()"),
        total_is("reconstruction_loss + 0.1 * kl_div_loss"),
    ),
    vae(
        "beta on the reconstruction",
        "beta-on-wrong-term",
        total_is("self.args.beta_kl * reconstruction_loss + kl_div_loss"),
    ),
    vae("beta on both", "beta-on-both", total_is("self.args.beta_kl * (reconstruction_loss + kl_div_loss)")),
    vae(
        "beta and its complement",
        "beta-complement",
        total_is("(1 - self.args.beta_kl) * reconstruction_loss + self.args.beta_kl * kl_div_loss"),
    ),
    vae(
        "beta twice",
        "beta-twice",
        kl_is("self.args.beta_kl * ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()"),
    ),
    vae("beta divides", "beta-divides", total_is("reconstruction_loss + kl_div_loss / self.args.beta_kl")),
    vae("KL subtracted", "kl-sign", total_is("reconstruction_loss - self.args.beta_kl * kl_div_loss")),
    vae("KL left out", "kl-missing", total_is("reconstruction_loss")),
    vae("reconstruction left out", "reconstruction-missing", total_is("self.args.beta_kl * kl_div_loss")),
    vae(
        "backward on the reconstruction alone",
        "kl-missing",
        (VAE_UPDATE, lines("reconstruction_loss.backward()", STEP, ZERO)),
    ),
    vae(
        "backward on both without beta",
        "beta-ignored",
        (VAE_UPDATE, lines("(reconstruction_loss + kl_div_loss).backward()", STEP, ZERO)),
    ),
    vae(
        "squared errors summed",
        "mse-summed",
        (REC, 'reconstruction_loss = F.mse_loss(reconstruction, img, reduction="sum")'),
    ),
    vae(
        "both terms summed",
        "kl-summed+mse-summed",
        (REC, 'reconstruction_loss = F.mse_loss(reconstruction, img, reduction="sum")'),
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum()"),
    ),
    vae(
        "both terms summed per image",
        "kl-summed-over-latents+mse-summed-per-image",
        (REC, "reconstruction_loss = ((reconstruction - img) ** 2).sum((1, 2, 3)).mean()"),
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum(1).mean()"),
    ),
    vae(
        "cross-entropy",
        "cross-entropy",
        (REC, "reconstruction_loss = F.binary_cross_entropy_with_logits(reconstruction, img)"),
    ),
    vae(
        "the mean is decoded",
        "no-noise",
        (FORWARD, lines("mu, logsigma = self.model.encoder(img)", "reconstruction = self.model.decoder(mu)")),
    ),
    vae(
        "the mean is decoded beside a sample",
        "no-noise",
        (FORWARD, lines(FORWARD, "reconstruction = self.model.decoder(mu)")),
    ),
    vae(
        "exp forgotten in a sampling of its own",
        "exp-forgotten",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + logsigma * torch.randn_like(mu))",
            ),
        ),
    ),
    vae(
        "log variance in a sampling of its own",
        "logvar",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + torch.exp(logsigma / 2) * torch.randn_like(mu))",
            ),
        ),
    ),
    vae(
        "log variance everywhere",
        "logvar+logvar-formula",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + torch.exp(logsigma / 2) * torch.randn_like(mu))",
            ),
        ),
        kl_is("-0.5 * (1 + logsigma - mu**2 - logsigma.exp()).mean()"),
    ),
    vae(
        "uniform noise",
        "uniform-noise",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + torch.exp(logsigma) * torch.rand_like(mu))",
            ),
        ),
    ),
    vae(
        "noise shared",
        "noise-shared-across-batch",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + torch.exp(logsigma) * torch.randn(mu.shape[1]))",
            ),
        ),
    ),
    vae(
        "the decoder is not used",
        "decoder-not-used",
        (
            FORWARD,
            lines(
                "reconstruction, mu, logsigma = self.model.sample_latent_vector(img)",
                "reconstruction = reconstruction.mean() + 0 * img",
            ),
        ),
    ),
    vae("outputs not unpacked", "tuple-for-tensor", (FORWARD, "mu = logsigma = reconstruction = self.model(img)")),
    vae(
        "two outputs for three",
        "tuple-for-tensor",
        (FORWARD, lines("reconstruction, mu = self.model(img)", "logsigma = mu")),
    ),
    vae(
        "reconstruction detached",
        "detached-loss",
        (REC, "reconstruction_loss = F.mse_loss(reconstruction.detach(), img)"),
    ),
    vae(
        "KL on detached mu",
        "detached-loss",
        kl_is("((torch.exp(2 * logsigma) + mu.detach()**2 - 1) / 2 - logsigma).mean()"),
    ),
    vae(
        "KL detached",
        "kl-missing",
        (TOTAL, "total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss.detach()"),
    ),
    vae(
        "KL as a number",
        "kl-missing",
        (TOTAL, "total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss.item()"),
    ),
    vae("gradients never zeroed", "gradients-not-zeroed", (VAE_UPDATE, lines("total_loss.backward()", STEP))),
    vae("step before backward", "step-before-backward", (VAE_UPDATE, lines(STEP, "total_loss.backward()", ZERO))),
    vae("zeroed before the step", "zeroed-before-step", (VAE_UPDATE, lines("total_loss.backward()", ZERO, STEP))),
    vae(
        "two backwards without retain_graph",
        "backward-twice",
        (VAE_UPDATE, lines("reconstruction_loss.backward()", "total_loss.backward()", STEP, ZERO)),
    ),
    vae("returns both parts", "returns-other", ("return total_loss", "return reconstruction_loss, kl_div_loss")),
    vae("returns a number", "returns-number", ("return total_loss", "return total_loss.item()")),
    vae("the model is an autoencoder", "wrong-model", ("model_class: type[nn.Module] = VAE", "")),
    vae("beta under another name", "unknown-arg", total_is("reconstruction_loss + self.args.beta * kl_div_loss")),
    vae(
        "super init forgotten",
        "missing-attribute",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def __init__(self, args):\n        self.args = args\n        self.step = 0\n",
        ),
    ),
    vae(
        "model made after the optimiser",
        "optimiser-partial",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def __init__(self, args):\n        super().__init__(args)\n        self.model = VAE(args.latent_dim_size, args.hidden_dim_size)\n",
        ),
    ),
    vae(
        "train of its own that counts images",
        "counts-images",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def train(self):\n        self.step = 0\n        for _ in range(self.args.epochs):\n            for img, _ in self.trainloader:\n                self.training_step(img)\n                self.step += len(img)\n        return self.model\n",
        ),
    ),
    vae(
        "train of its own without W&B",
        "wandb-no-init",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def train(self):\n        self.step = 0\n        for _ in range(self.args.epochs):\n            for img, _ in self.trainloader:\n                self.training_step(img)\n                self.step += 1\n                if self.step % self.args.log_every_n_steps == 0:\n                    self.log_samples()\n        return self.model\n",
        ),
    ),
    vae(
        "own train: zeroes the gradients there",
        "zeroed-in-train",
        (VAE_UPDATE, lines("total_loss.backward()", STEP)),
        own_train(
            ("loss = self.training_step", "self.optimizer.zero_grad()\n                loss = self.training_step")
        ),
    ),
    vae(
        "beta is warmed up",
        "weight-grows",
        total_is("reconstruction_loss + self.args.beta_kl * min(1.0, self.step / 10) * kl_div_loss"),
    ),
    vae(
        "beta is warmed up over a thousand steps",
        "weight-grows",
        total_is("reconstruction_loss + min(self.args.beta_kl, self.args.beta_kl * self.step / 1000) * kl_div_loss"),
    ),
    vae(
        "beta is warmed up from the first part on",
        "weight-grows",
        total_is("reconstruction_loss + self.args.beta_kl * (self.step + 1) / 100 * kl_div_loss"),
    ),
    vae(
        "KL from the third step on",
        "weight-grows",
        total_is("reconstruction_loss + self.args.beta_kl * kl_div_loss * (self.step > 1)"),
    ),
    vae(
        "beta goes up and down",
        "weight-changes",
        total_is("reconstruction_loss + self.args.beta_kl * (self.step % 2) / 2 * kl_div_loss"),
    ),
    vae(
        "beta by a sigmoid of the step",
        "weight-grows",
        total_is("reconstruction_loss + self.args.beta_kl / (1 + 2.718 ** (2 - self.step)) * kl_div_loss"),
    ),
    vae("W&B although off", "wandb-although-off", ("if self.args.use_wandb:", "if True:")),
    vae(
        "W&B: other names, and log sigma as std",
        "wandb-wrong-number",
        (VAE_LOG, 'wandb.log({"mse": reconstruction_loss, "std": logsigma.mean()}, step=self.step)'),
    ),
    vae(
        "W&B: other names, positional steps reversed",
        "wandb-refused",
        (VAE_LOG, 'wandb.log(self.step, {"mse": reconstruction_loss})'),
    ),
    vae("W&B: log sigma as std", "wandb-wrong-number", ("logsigma.exp().mean()", "logsigma.mean()")),
    vae("W&B: exp of the mean as std", "wandb-wrong-number", ("logsigma.exp().mean()", "logsigma.mean().exp()")),
    vae("W&B: spread of mu as std", "wandb-wrong-number", ("logsigma.exp().mean()", "mu.std()")),
    vae("W&B: all of mu as mean", "wandb-wrong-number", ('"mean": mu.mean()', '"mean": mu'), ("value.item()", "value")),
    vae(
        "W&B: terms swapped",
        "wandb-wrong-number",
        (
            '"reconstruction_loss": reconstruction_loss, "kl_div_loss": kl_div_loss,',
            '"reconstruction_loss": kl_div_loss, "kl_div_loss": reconstruction_loss,',
        ),
    ),
    vae(
        "W&B: the reconstruction as total",
        "wandb-wrong-number",
        ('"total_loss": total_loss', '"total_loss": reconstruction_loss'),
    ),
    vae(
        "W&B: parts logged without a common step",
        "wandb-step-repeats",
        (
            "wandb.log({name: value.item() for name, value in logged.items()}, step=self.step)",
            "for name, value in logged.items():\n                wandb.log({name: value.item()})",
        ),
    ),
    vae(
        "own train: the same batch each time",
        "same-batch-again",
        own_train(
            (
                "loss = self.training_step(img.to(self.device))",
                "img, _ = next(iter(self.trainloader))\n                loss = self.training_step(img.to(self.device))",
            )
        ),
    ),
    vae(
        "own train: one epoch too few",
        "one-epoch-too-few",
        own_train(("range(self.args.epochs)", "range(1, self.args.epochs)")),
    ),
    vae(
        "own train: counts epochs",
        "counts-epochs",
        own_train(
            (
                "loss = self.training_step(img.to(self.device)) self.step += 1",
                "loss = self.training_step(img.to(self.device))",
            ),
            ("print(", "self.step += 1\n            print("),
        ),
    ),
    vae(
        "own train: counter back to 0 at the end",
        "step-not-counted",
        own_train(("return self.model", "self.step = 0\n        return self.model")),
    ),
    vae(
        "own train: samples never",
        "log-samples-never",
        own_train(("if self.step % self.args.log_every_n_steps == 0: self.log_samples()", "")),
    ),
    vae(
        "own train: samples once an epoch",
        "log-samples-per-epoch",
        own_train(
            ("if self.step % self.args.log_every_n_steps == 0: self.log_samples()", ""),
            ("print(", "self.log_samples()\n            print("),
        ),
    ),
    vae(
        "own train: optimiser steps there too",
        "steps-in-train",
        own_train(("self.step += 1", "self.optimizer.step()\n                self.step += 1")),
    ),
    vae(
        "own train: a schedule",
        "learning-rate-changes",
        own_train(("self.step += 1", "self.optimizer.param_groups[0]['lr'] *= 0.9\n                self.step += 1")),
    ),
    vae("own train: model not returned", "returns-no-model", own_train(("return self.model", ""))),
    vae(
        "returns the sum of all losses",
        "running-loss",
        (
            "return total_loss",
            lines('self.total = getattr(self, "total", 0) + total_loss.detach()', "return self.total"),
        ),
    ),
    vae(
        "KL warms up",
        "weight-grows",
        total_is("reconstruction_loss + min(1.0, self.step / 1000) * self.args.beta_kl * kl_div_loss"),
    ),
    vae(
        "weight decay",
        "weight-decay",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def __init__(self, args):\n        super().__init__(args)\n        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas, weight_decay=1e-5)\n",
        ),
    ),
)
