"""Fresh answers to vae_trainer: thirty strangers on loss, step and logging, and three right ones."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "vae_trainer",
        "the famous line with log variance",
        "The KL is the well-known -0.5 * (1 + logvar - mu² - exp(logvar)) with log sigma put in for the log variance.",
        (
            "((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()",
            "-0.5 * torch.mean(1 + logsigma - mu.pow(2) - logsigma.exp())",
        ),
        causes=("logvar-formula",),
    ),
    Fresh(
        "vae_trainer",
        "pasted from the pytorch examples",
        "The reconstruction is a summed binary cross entropy in place of the MSE, the KL is summed over "
        "batch and latents, "
        "and log sigma is taken for the log variance.",
        """
def loss_function(recon_x, x, mu, logvar, beta):
    BCE = F.binary_cross_entropy_with_logits(recon_x.view(-1, 784), x.view(-1, 784), reduction="sum")
    # see Appendix B from VAE paper: Kingma and Welling. Auto-Encoding Variational Bayes. ICLR, 2014
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE, KLD, BCE + beta * KLD


class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img):
        self.optimizer.zero_grad()
        recon_batch, mu, logvar = self.model(img.contiguous())
        bce, kld, loss = loss_function(recon_batch.contiguous(), img.contiguous(), mu, logvar, self.args.beta_kl)
        loss.backward()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb

            wandb.log(
                {
                    "reconstruction_loss": bce.item(),
                    "kl_div_loss": kld.item(),
                    "mean": mu.mean().item(),
                    "std": logvar.exp().mean().item(),
                    "total_loss": loss.item(),
                },
                step=self.step,
            )
        return loss
""",
        causes=("usual-loss",),
    ),
    Fresh(
        "vae_trainer",
        "squared errors summed",
        "The squared error is summed over all pixels of the batch where a mean is asked for.",
        ("F.mse_loss(reconstruction, img)", 'F.mse_loss(reconstruction, img, reduction="sum")'),
        causes=("mse-summed",),
    ),
    Fresh(
        "vae_trainer",
        "KL summed per image, like Keras",
        "The KL is summed over the latents and only then averaged over the batch, so it weighs "
        "latent_dim_size times as much.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class = VAE
    args: VAEArgs

    def _kl(self, mu, logsigma):
        per_latent = 0.5 * (logsigma.exp().square() + mu.square() - 1) - logsigma
        return per_latent.sum(dim=1).mean()

    def _log(self, **values):
        if not self.args.use_wandb:
            return
        import wandb

        wandb.log({key: float(value) for key, value in values.items()}, step=self.step)

    def training_step(self, img):
        output, mu, logsigma = self.model(img)
        mse, kl = F.mse_loss(output, img), self._kl(mu, logsigma)
        loss = mse + self.args.beta_kl * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._log(
            reconstruction_loss=mse, kl_div_loss=kl, mean=mu.mean(), std=logsigma.exp().mean(), total_loss=loss
        )
        return loss
""",
        causes=("kl-summed-over-latents",),
    ),
    Fresh(
        "vae_trainer",
        "zeroed between backward and step",
        "The gradients are zeroed after backward and before the optimiser's step, so the step moves nothing.",
        (
            "self.optimizer.step() self.optimizer.zero_grad()",
            "self.optimizer.zero_grad()\n        self.optimizer.step()",
        ),
        causes=("zeroed-before-step",),
    ),
    Fresh(
        "vae_trainer",
        "a float comes back",
        "The returned loss is a Python float, not a scalar tensor.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> float:
        reconstruction, mu, logsigma = self.model(img)
        terms = dict(
            reconstruction_loss=F.mse_loss(img, reconstruction),
            kl_div_loss=torch.mean(torch.expm1(2 * logsigma) / 2 + mu * mu / 2 - logsigma),
        )
        total = terms["reconstruction_loss"] + self.args.beta_kl * terms["kl_div_loss"]
        total.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        numbers = {name: term.item() for name, term in terms.items()}
        numbers |= {"mean": mu.mean().item(), "std": logsigma.exp().mean().item(), "total_loss": total.item()}
        if self.args.use_wandb:
            import wandb

            wandb.log(numbers, step=self.step)
        return numbers["total_loss"]
""",
        causes=("returns-number",),
    ),
    Fresh(
        "vae_trainer",
        "ELBO sign slip",
        "The KL is subtracted from the error, as in the ELBO that one maximises, so clouds far from the "
        "prior are rewarded.",
        (
            "reconstruction_loss + self.args.beta_kl * kl_div_loss",
            "reconstruction_loss - self.args.beta_kl * kl_div_loss",
        ),
        causes=("kl-sign",),
    ),
    Fresh(
        "vae_trainer",
        "midnight: no step at all",
        "The optimiser never steps, so the weights stay as they were.",
        '''
class VAETrainer(AutoencoderTrainer):
    """The autoencoder's trainer with another model and another loss."""

    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        out = self.model(img)
        x_hat, mu, ls = out[0], out[1], out[2]
        rec = ((x_hat - img) ** 2).mean()
        sigma = torch.exp(ls)
        kl = torch.mean((sigma**2 + mu**2 - 1) / 2 - torch.log(sigma))
        loss = rec + kl * self.args.beta_kl
        self.optimizer.zero_grad()
        loss.backward()
        if self.args.use_wandb:
            import wandb
            d = {}
            d["reconstruction_loss"] = rec.item()
            d["kl_div_loss"] = kl.item()
            d["mean"] = mu.mean().item()
            d["std"] = sigma.mean().item()
            d["total_loss"] = loss.item()
            wandb.log(d, step=self.step)
        return loss
''',
        causes=("optimiser-never-steps",),
    ),
    Fresh(
        "vae_trainer",
        "nobody zeroes",
        "The gradients are never zeroed, so each step uses the sum of all gradients so far.",
        ("self.optimizer.zero_grad() if", "if"),
        causes=("gradients-not-zeroed",),
    ),
    Fresh(
        "vae_trainer",
        "std of the log",
        "Logged as std is the mean of log sigma, not of sigma.",
        ("logsigma.exp().mean()", "logsigma.mean()"),
        causes=("wandb-wrong-number",),
    ),
    Fresh(
        "vae_trainer",
        "mean and std of the pictures",
        "Logged as mean and std are those of the reconstructed pixels, not the mean of mu and the mean of sigma.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def losses(self, img):
        x_prime, mu, logsigma = self.model(img)
        kl = 0.5 * (torch.exp(logsigma) ** 2 + mu**2 - 1) - logsigma
        rec = (img - x_prime).pow(2).flatten(1).mean(1).mean()
        return x_prime, rec, kl.mean()

    def training_step(self, img):
        x_prime, rec, kl = self.losses(img)
        total = rec + self.args.beta_kl * kl
        for p in self.model.parameters():
            p.grad = None
        total.backward()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb

            wandb.log({"reconstruction_loss": rec.item(), "kl_div_loss": kl.item(), "mean": x_prime.mean().item(),
                       "std": x_prime.std().item(), "total_loss": total.item()}, step=self.step)
        return total
""",
        causes=("wandb-wrong-number",),
    ),
    Fresh(
        "vae_trainer",
        "W&B whether wanted or not, and without step",
        "W&B is logged to even when use_wandb is False, and the log does not give step=self.step.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        import wandb

        x_prime, mu, logsigma = self.model(img)
        losses = {"reconstruction_loss": F.mse_loss(x_prime, img)}
        losses["kl_div_loss"] = (0.5 * (torch.exp(2 * logsigma) + mu * mu - 1) - logsigma).mean()
        losses["total_loss"] = losses["reconstruction_loss"] + self.args.beta_kl * losses["kl_div_loss"]
        losses["total_loss"].backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        stats = {"mean": mu.mean(), "std": logsigma.exp().mean()}
        if wandb.run is not None or True:
            wandb.log({k: v.item() for k, v in (losses | stats).items()})
        return losses["total_loss"]
""",
        causes=("wandb-although-off",),
    ),
    Fresh(
        "vae_trainer",
        "decodes the mean",
        "The reconstruction is decoded from mu, without noise, in place of the model's sample.",
        '''
class VAETrainer(AutoencoderTrainer):
    """Encode, decode, compare."""

    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        mu, logsigma = self.model.encoder(img)
        reconstruction = self.model.decoder(mu)
        error = (reconstruction - img).square().mean()
        divergence = torch.mean((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma)
        total = error + self.args.beta_kl * divergence
        total.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            names = ("reconstruction_loss", "kl_div_loss", "mean", "std", "total_loss")
            values = (error, divergence, mu.mean(), logsigma.exp().mean(), total)
            wandb.log(dict(zip(names, map(float, values))), step=self.step)
        return total
''',
        causes=("no-noise",),
    ),
    Fresh(
        "vae_trainer",
        "beta from the lesson's text",
        "The weight of the KL is the number 0.1, whatever args.beta_kl says.",
        ("self.args.beta_kl * kl_div_loss", "0.1 * kl_div_loss"),
        causes=("beta-fixed",),
    ),
    Fresh(
        "vae_trainer",
        "the other way round with distributions",
        "The divergence is KL(N(0, 1) ‖ N(mu, sigma²)): prior and posterior have changed places.",
        """
from torch.distributions import Normal, kl_divergence


class VAETrainer(AutoencoderTrainer):
    model_class = VAE
    args: VAEArgs

    def training_step(self, img):
        recon, mu, logsigma = self.model(img)
        prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        posterior = Normal(mu, logsigma.exp())
        recon_loss = nn.MSELoss()(recon, img)
        kl_loss = kl_divergence(prior, posterior).mean()
        loss = recon_loss + self.args.beta_kl * kl_loss

        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

        if self.args.use_wandb:
            import wandb

            wandb.log(
                dict(
                    reconstruction_loss=recon_loss.item(),
                    kl_div_loss=kl_loss.item(),
                    mean=posterior.mean.mean().item(),
                    std=posterior.stddev.mean().item(),
                    total_loss=loss.item(),
                ),
                step=self.step,
            )
        return loss
""",
        causes=("reverse-kl",),
    ),
    Fresh(
        "vae_trainer",
        "warm-up and clipping",
        "The weight of the KL grows from 0 over the first thousand steps, and the gradients are clipped to norm 0.05; "
        "neither was asked for, and neither follows the loss as stated.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs
    WARMUP_STEPS = 1000
    MAX_NORM = 0.05

    @property
    def current_beta(self) -> float:
        return self.args.beta_kl * min(1.0, self.step / self.WARMUP_STEPS)

    def training_step(self, img: Tensor) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        reconstruction, mu, logsigma = self.model(img)
        reconstruction_loss = F.mse_loss(reconstruction, img)
        kl_div_loss = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()
        total_loss = reconstruction_loss + self.current_beta * kl_div_loss
        total_loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.MAX_NORM)
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb

            wandb.log(
                {
                    "reconstruction_loss": reconstruction_loss.item(),
                    "kl_div_loss": kl_div_loss.item(),
                    "mean": mu.mean().item(),
                    "std": logsigma.exp().mean().item(),
                    "total_loss": total_loss.item(),
                },
                step=self.step,
            )
        return total_loss.detach()
""",
        causes=("weight-grows",),
    ),
    Fresh(
        "vae_trainer",
        "the square inside",
        "sigma² is written exp(logsigma²), which is not exp(2 logsigma).",
        ("torch.exp(2 * logsigma)", "torch.exp(logsigma**2)"),
        causes=("exp-of-square",),
    ),
    Fresh(
        "vae_trainer",
        "the KL as a number",
        "The KL is turned into a Python number before it is added, so no gradient comes from it.",
        ("- logsigma).mean()", "- logsigma).mean().item()"),
        ("{name: value.item() for name, value in logged.items()}", "{k: float(v) for k, v in logged.items()}"),
        causes=("kl-missing",),
    ),
    Fresh(
        "vae_trainer",
        "Monte Carlo KL",
        "The KL is estimated from one fresh draw as log q(z) − log p(z), where the closed form is asked for.",
        """
import math


def log_normal_pdf(z, mean, logsigma):
    return -0.5 * ((z - mean) * torch.exp(-logsigma)) ** 2 - logsigma - 0.5 * math.log(2 * math.pi)


class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def compute_loss(self, x):
        x_rec, mu, logsigma = self.model(x)
        z = mu + torch.exp(logsigma) * torch.randn_like(mu)
        logpz = log_normal_pdf(z, torch.zeros_like(z), torch.zeros_like(z))
        logqz_x = log_normal_pdf(z, mu, logsigma)
        kl = (logqz_x - logpz).mean()
        rec = F.mse_loss(x_rec, x)
        return rec, kl, mu, logsigma

    def training_step(self, img):
        rec, kl, mu, logsigma = self.compute_loss(img)
        loss = rec + self.args.beta_kl * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log({"reconstruction_loss": rec.item(), "kl_div_loss": kl.item(), "mean": mu.mean().item(),
                       "std": logsigma.exp().mean().item(), "total_loss": loss.item()}, step=self.step)
        return loss
""",
        causes=("kl-by-sampling",),
    ),
    Fresh(
        "vae_trainer",
        "F.kl_div, since it is called that",
        "The KL is that of a softmax of mu against a softmax of noise, by F.kl_div; sigma is in no term of it, and the "
        "five logged numbers lack std and have the reconstruction under another name.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        out, mu, logsigma = self.model(img)
        recon_loss = F.mse_loss(out, img)
        target = torch.randn_like(mu)
        kl_loss = F.kl_div(F.log_softmax(mu, dim=-1), F.softmax(target, dim=-1), reduction="batchmean")
        total_loss = recon_loss + self.args.beta_kl * kl_loss
        total_loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log(
                {
                    "recon_loss": recon_loss.item(),
                    "kl_div_loss": kl_loss.item(),
                    "mean": mu.mean().item(),
                    "total_loss": total_loss.item(),
                },
                step=self.step,
            )
        return total_loss
""",
        causes=("kl-of-softmax", "kl-summed-over-latents"),
    ),
    Fresh(
        "vae_trainer",
        "log sigma in the bracket",
        "Log sigma stands inside the bracket that is halved, so it counts half.",
        ("+ mu**2 - 1) / 2 - logsigma).mean()", "+ mu**2 - 1 - logsigma) / 2).mean()"),
        causes=("brackets",),
    ),
    Fresh(
        "vae_trainer",
        "the channel squeezed away",
        "The images lose their channel dimension before the comparison, so each reconstruction is compared with every "
        "image of the batch by broadcasting.",
        ("F.mse_loss(reconstruction, img)", "F.mse_loss(reconstruction, img.squeeze(1))"),
        causes=("shapes-broadcast",),
    ),
    Fresh(
        "vae_trainer",
        "train_step of Keras",
        "A dictionary of numbers is returned in place of the loss tensor, and the squared error is summed "
        "over the pixels "
        "of each image.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, data):
        reconstruction, z_mean, z_log_sigma = self.model(data)
        reconstruction_loss = torch.mean(torch.sum((data - reconstruction) ** 2, dim=(1, 2, 3)))
        kl_loss = torch.mean(0.5 * (torch.exp(z_log_sigma) ** 2 + z_mean**2 - 1) - z_log_sigma)
        total_loss = reconstruction_loss + self.args.beta_kl * kl_loss
        total_loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        results = {
            "reconstruction_loss": reconstruction_loss.item(),
            "kl_div_loss": kl_loss.item(),
            "mean": z_mean.mean().item(),
            "std": z_log_sigma.exp().mean().item(),
            "total_loss": total_loss.item(),
        }
        if self.args.use_wandb:
            import wandb

            wandb.log(results, step=self.step)
        return results
""",
        causes=("returns-other",),
    ),
    Fresh(
        "vae_trainer",
        "a convex combination",
        "The error is weighted with 1 − beta_kl as well, where it has weight 1.",
        (
            "reconstruction_loss + self.args.beta_kl * kl_div_loss",
            "torch.lerp(reconstruction_loss, kl_div_loss, self.args.beta_kl)",
        ),
        causes=("beta-complement",),
    ),
    Fresh(
        "vae_trainer",
        "mu and logsigma taken in the wrong order",
        "The second and third of what the model gives are taken for logsigma and mu.",
        ("reconstruction, mu, logsigma = self.model(img)", "reconstruction, logsigma, mu = self.model(img)"),
        causes=("mean-and-logsigma-swapped",),
    ),
    Fresh(
        "vae_trainer",
        "an optimiser for each step",
        "Each step makes a new Adam with its default betas, so that no momentum lasts and self.optimizer is not used.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        model = self.model
        optimizer = torch.optim.Adam(model.parameters(), lr=self.args.lr)

        rec, mu, logsigma = model(img)
        var = (2 * logsigma).exp()
        terms = [F.mse_loss(rec, img), 0.5 * torch.mean(var + mu**2 - 1 - 2 * logsigma)]
        loss = sum(w * t for w, t in zip([1.0, self.args.beta_kl], terms, strict=True))

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        if self.args.use_wandb:
            import wandb

            wandb.log(
                {
                    "reconstruction_loss": terms[0].item(),
                    "kl_div_loss": terms[1].item(),
                    "mean": mu.mean().item(),
                    "std": var.sqrt().mean().item(),
                    "total_loss": loss.item(),
                },
                step=self.step,
            )
        return loss
""",
        causes=("optimiser-anew",),
    ),
    Fresh(
        "vae_trainer",
        "backward twice",
        "Backward is called for the error and again for the total, so the gradient of the error counts twice.",
        ("total_loss.backward()", "reconstruction_loss.backward(retain_graph=True)\n        total_loss.backward()"),
        causes=("mse-doubled",),
    ),
    Fresh(
        "vae_trainer",
        "five calls of log",
        "Five calls of wandb.log take the place of one, each without a step; std is exp(logsigma / 2); and step is "
        "counted on here although train counts it too.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        reconstruction, mu, logsigma = self.model(img)
        reconstruction_loss = F.mse_loss(reconstruction, img)
        kl_div_loss = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()
        total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss
        total_loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log({"reconstruction_loss": reconstruction_loss.item()})
            wandb.log({"kl_div_loss": kl_div_loss.item()})
            wandb.log({"mean": mu.mean().item()})
            wandb.log({"std": torch.exp(0.5 * logsigma).mean().item()})
            wandb.log({"total_loss": total_loss.item()})
        self.step += 1
        return total_loss
""",
        causes=("counts-twice",),
    ),
    Fresh(
        "vae_trainer",
        "divided by the batch size of the args",
        "The KL's sum is divided by args.batch_size times latents, not by the number of images that came, so a smaller "
        "last batch has a KL too small; and the error is a root mean square.",
        ("- logsigma).mean()", "- logsigma).sum() / (self.args.batch_size * self.args.latent_dim_size)"),
        ("F.mse_loss(reconstruction, img)", "F.mse_loss(reconstruction, img).sqrt()"),
        causes=("batch-size-of-the-args", "root-of-mse"),
    ),
    Fresh(
        "vae_trainer",
        "in place",
        "Log sigma is doubled and exponentiated in place, which autograd forbids for a view of the encoder's output, "
        "and which would leave sigma² where log sigma is wanted.",
        """
class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        recon, mu, logsigma = self.model(img)
        var = logsigma.mul_(2).exp_()  # saves memory
        kl = torch.mean((var + mu.pow_(2) - 1).div_(2) - logsigma)
        mse = F.mse_loss(recon, img)
        loss = mse + self.args.beta_kl * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log(
                {
                    "reconstruction_loss": mse.item(),
                    "kl_div_loss": kl.item(),
                    "mean": mu.mean().item(),
                    "std": var.sqrt().mean().item(),
                    "total_loss": loss.item(),
                },
                step=self.step,
            )
        return loss
""",
        causes=("in-place-change",),
    ),
)

RIGHT = (
    Right(
        "vae_trainer",
        "distributions, helpers, zeroed first",
        """
from torch.distributions import Independent, Normal, kl_divergence


class VAETrainer(AutoencoderTrainer):
    model_class = VAE
    args: VAEArgs

    @staticmethod
    def _divergence(mu, logsigma):
        prior = Independent(Normal(torch.zeros_like(mu), 1.0), 1)
        posterior = Independent(Normal(mu, logsigma.exp()), 1)
        return kl_divergence(posterior, prior).mean() / mu.shape[1]

    def _descend(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def training_step(self, img):
        recon, mu, logsigma = self.model(img)
        mse, kl = nn.MSELoss()(recon, img), self._divergence(mu, logsigma)
        loss = mse + self.args.beta_kl * kl
        self._descend(loss)
        if self.args.use_wandb:
            import wandb

            wandb.log(
                dict(
                    reconstruction_loss=float(mse),
                    kl_div_loss=float(kl),
                    mean=float(mu.mean()),
                    std=float(logsigma.exp().mean()),
                    total_loss=float(loss),
                ),
                step=self.step,
            )
        return loss
""",
    ),
    Right(
        "vae_trainer",
        "log variance, rightly",
        (
            "((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()",
            "-0.5 * torch.mean(1 + (logvar := 2 * logsigma) - mu.pow(2) - logvar.exp())",
        ),
        ("logsigma.exp().mean()", "logvar.div(2).exp().mean()"),
        ("return total_loss", "return total_loss.detach()"),
    ),
    Right(
        "vae_trainer",
        "two backwards that add up",
        '''
class VAETrainer(AutoencoderTrainer):
    """Each term goes backward by itself; gradients add up by themselves."""

    model_class: type[nn.Module] = VAE
    args: VAEArgs

    def training_step(self, img: Tensor) -> Tensor:
        x, mu, logsigma = self.model(img)
        sigma = logsigma.exp()
        n, latent = mu.shape
        error = torch.einsum("bchw,bchw->", x - img, x - img) / img.numel()
        kl = ((torch.sum(sigma * sigma) + torch.sum(mu * mu) - n * latent) / 2 - torch.sum(logsigma)) / (n * latent)
        error.backward(retain_graph=True)
        (self.args.beta_kl * kl).backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=False)
        total = error.detach() + self.args.beta_kl * kl.detach()
        if self.args.use_wandb:
            import wandb

            numbers = torch.stack([error, kl, mu.mean(), sigma.mean(), total]).tolist()
            names = ["reconstruction_loss", "kl_div_loss", "mean", "std", "total_loss"]
            wandb.log(dict(zip(names, numbers, strict=True)), step=self.step)
        return total
''',
    ),
)
