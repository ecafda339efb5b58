"""Fresh answers to lesson 2: clouds that are drawn or split otherwise, and losses with other terms and weights."""

from suite.corpus import Fresh, Right

BUILD = """
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, 2, 1), ReLU(), Conv2d(16, 32, 4, 2, 1), ReLU(), nn.Flatten(),
            Linear(32 * 7 * 7, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (two z) -> two b z", two=2),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 32 * 7 * 7), ReLU(),
            nn.Unflatten(1, (32, 7, 7)), ConvTranspose2d(32, 16, 4, 2, 1), ReLU(), ConvTranspose2d(16, 1, 4, 2, 1),
        )
"""
TRAINER = """class VAETrainer(AutoencoderTrainer):
    model_class: type[nn.Module] = VAE
    args: VAEArgs
"""
LOG = """
        if self.args.use_wandb:
            import wandb
            wandb.log({"reconstruction_loss": rec.item(), "kl_div_loss": kl.item(), "mean": mu.mean().item(),
                       "std": logsigma.exp().mean().item(), "total_loss": loss.item()}, step=self.step)
        return loss
"""

FRESH = (
    # ── the model ──────────────────────────────────────────────────────────────────────────────────────────────
    Fresh(
        "vae",
        "two heads and a log variance",
        "The second head is taken for the log variance: the noise is multiplied by exp(logvar / 2) in place of "
        "exp(logsigma).",
        '''class VAE(nn.Module):
    """Convolutional VAE with fc_mu and fc_logvar."""

    class Encoder(nn.Module):
        def __init__(self, latent, hidden):
            super().__init__()
            self.features = Sequential(
                Conv2d(1, 16, 4, 2, 1), ReLU(), Conv2d(16, 32, 4, 2, 1), ReLU(), nn.Flatten(),
                Linear(1568, hidden), ReLU())
            self.fc_mu = Linear(hidden, latent)
            self.fc_logvar = Linear(hidden, latent)

        def forward(self, x):
            h = self.features(x)
            return torch.stack([self.fc_mu(h), self.fc_logvar(h)])

    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        self.encoder = self.Encoder(latent_dim_size, hidden_dim_size)
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 1568), ReLU(),
            nn.Unflatten(1, (32, 7, 7)), ConvTranspose2d(32, 16, 4, 2, 1), ReLU(), ConvTranspose2d(16, 1, 4, 2, 1))

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return eps.mul(std).add(mu)

    def sample_latent_vector(self, x):
        mu, logvar = self.encoder(x)
        return self.reparameterize(mu, logvar), mu, logvar

    def forward(self, x):
        z, mu, logvar = self.sample_latent_vector(x)
        return self.decoder(z), mu, logvar
''',
        causes=("logvar",),
    ),
    Fresh(
        "vae",
        "no noise in eval mode",
        "In eval mode z is mu itself and no noise is drawn.",
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu)",
            "z = mu + logsigma.exp() * torch.randn_like(mu) if self.training else mu",
        ),
        causes=("mean-in-eval",),
    ),
    Fresh(
        "vae",
        "one draw for the whole batch",
        "The noise has shape (latent,), so all images of a batch get the same draw.",
        ("torch.randn_like(mu)", "torch.randn(self.latent_dim_size, device=mu.device)"),
        causes=("noise-shared-across-batch",),
    ),
    Fresh(
        "vae",
        "sample instead of rsample",
        "z is drawn with Normal.sample(), which lets no gradient through to mu and logsigma.",
        "class VAE(nn.Module):"
        + BUILD
        + """
    def posterior(self, x):
        mu, logsigma = self.encoder(x).unbind(0)
        return torch.distributions.Normal(mu, torch.exp(logsigma), validate_args=False)

    def sample_latent_vector(self, x):
        q = self.posterior(x)
        return q.sample(), q.loc, q.scale.log()

    def forward(self, x):
        z, *moments = self.sample_latent_vector(x)
        return (self.decoder(z), *moments)
""",
        causes=("detached-sample",),
    ),
    Fresh(
        "vae",
        "softplus and sigma itself",
        "The standard deviation is the softplus of the encoder's second half and not its exp, and it is sigma that is "
        "returned where logsigma is due.",
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu) return z, mu, logsigma",
            "sigma = F.softplus(logsigma) + 1e-6\n        z = mu + sigma * torch.randn_like(mu)\n        return z, mu, sigma",
        ),
        causes=("returns-wrong-logsigma",),
    ),
    Fresh(
        "vae",
        "bounded mean and bounded spread",
        "For stability the mean goes through a 3·tanh(mu / 3), and logsigma is clamped to at most 0, so that no "
        "cloud can be "
        "wider than the prior.",
        "class VAE(nn.Module):"
        + BUILD
        + """
    def encode(self, x):
        raw_mu, raw_logsigma = self.encoder(x)
        return 3 * torch.tanh(raw_mu / 3), raw_logsigma.clamp(-6.0, 0.0)

    def sample_latent_vector(self, x):
        mu, logsigma = self.encode(x)
        eps = torch.randn(mu.shape, device=mu.device, dtype=mu.dtype)
        return torch.addcmul(mu, logsigma.exp(), eps), mu, logsigma

    def forward(self, x):
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
    ),
    Fresh(
        "vae",
        "noise drawn once and kept",
        "The noise is drawn at the first batch of each size and reused from then on, so the same image gives "
        "the same z each "
        "time.",
        "class VAE(nn.Module):"
        + BUILD
        + """        self.eps = None

    def sample_latent_vector(self, x):
        mu, logsigma = self.encoder(x)
        if self.eps is None or self.eps.shape != mu.shape:
            self.eps = torch.randn_like(mu).detach()
        z = mu + self.eps * torch.exp(logsigma)
        return z, mu, logsigma

    def forward(self, x):
        z, mu, logsigma = self.sample_latent_vector(x)
        x_hat = self.decoder(z)
        return x_hat, mu, logsigma
""",
        causes=("noise-frozen",),
    ),
    Fresh(
        "vae",
        "batch first and two second",
        "The encoder gives (b, 2, latent) where (2, b, latent) is asked for; the method that samples unbinds it "
        "accordingly.",
        ("b (n latent) -> n b latent", "b (n latent) -> b n latent"),
        ("mu, logsigma = self.encoder(x)", "mu, logsigma = self.encoder(x).unbind(dim=1)"),
        causes=("split-on-wrong-axis",),
    ),
    Fresh(
        "vae",
        "adds the noise in place",
        "The noise is added to mu in place, so the mean that is returned is the sample.",
        (
            "mu, logsigma = self.encoder(x) z = mu + logsigma.exp() * torch.randn_like(mu)",
            "h = self.encoder(x)\n        mu, logsigma = h[0].clone(), h[1].clone()\n"
            "        z = mu.add_(logsigma.exp() * torch.randn_like(mu))",
        ),
        causes=("returns-z-for-mu",),
    ),
    Fresh(
        "vae",
        "noise from NumPy, too",
        "The noise comes from numpy in double precision, so z is float64 and the decoder, whose weights are float32, "
        "raises an error.",
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu)",
            "import numpy as np\n\n        eps = torch.from_numpy(np.random.randn(*mu.shape)).to(mu.device)\n"
            "        z = mu + logsigma.exp() * eps",
        ),
        causes=("wrong-dtype",),
    ),
    Fresh(
        "vae",
        "the mean of eight draws",
        "z is the mean of eight samples, so its spread around mu is sigma / √8 and not sigma.",
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu)",
            "z = (mu + logsigma.exp() * torch.randn(8, *mu.shape, device=mu.device)).mean(0)",
        ),
        causes=("noise-scaled",),
    ),
    Fresh(
        "vae",
        "pasted whole, with sigmoid and BatchNorm, mean decoded at test time",
        "The decoder ends in a sigmoid, a BatchNorm follows each convolution of the encoder, and in eval mode "
        "forward decodes "
        "the mean and not the sample.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        modules, c_in = [], 1
        for c_out in (16, 32):
            modules.append(nn.Sequential(Conv2d(c_in, c_out, 4, 2, 1), nn.BatchNorm2d(c_out), nn.ReLU()))
            c_in = c_out
        self.encoder = nn.Sequential(
            *modules, nn.Flatten(), nn.Linear(1568, hidden_dim_size), nn.ReLU(),
            nn.Linear(hidden_dim_size, latent_dim_size * 2), Rearrange("b (k d) -> k b d", k=2))
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim_size, hidden_dim_size), nn.ReLU(), nn.Linear(hidden_dim_size, 1568), nn.ReLU(),
            nn.Unflatten(1, (32, 7, 7)), ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(),
            ConvTranspose2d(16, 1, 4, 2, 1), nn.Sigmoid())

    def sample_latent_vector(self, x):
        mu, log_std = self.encoder(x)
        return mu + torch.randn_like(log_std) * log_std.exp(), mu, log_std

    def forward(self, x):
        z, mu, log_std = self.sample_latent_vector(x)
        recon = self.decoder(z if self.training else mu)
        return recon, mu, log_std
""",
        causes=("batch-norm",),
    ),
    # ── the loss ───────────────────────────────────────────────────────────────────────────────────────────────
    Fresh(
        "vae_trainer",
        "the loss of the PyTorch examples",
        "The second output is taken for the log variance in the KL, both terms are sums over batch, pixels and "
        "latents, and "
        "the reconstruction term is a binary cross entropy.",
        TRAINER
        + """
    @staticmethod
    def loss_function(recon_x, x, mu, logvar):
        BCE = F.binary_cross_entropy_with_logits(recon_x.view(-1, 784), x.view(-1, 784), reduction="sum")
        KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        return BCE, KLD

    def training_step(self, img):
        self.optimizer.zero_grad()
        recon_batch, mu, logvar = self.model(img)
        bce, kld = self.loss_function(recon_batch.contiguous(), img.contiguous(), mu, logvar)
        loss = bce + self.args.beta_kl * kld
        loss.backward()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb
            wandb.log({"reconstruction_loss": bce.item(), "kl_div_loss": kld.item(), "mean": mu.mean().item(),
                       "std": torch.exp(0.5 * logvar).mean().item(), "total_loss": loss.item()}, step=self.step)
        return loss
""",
        causes=("usual-loss",),
    ),
    Fresh(
        "vae_trainer",
        "sigma where its square belongs",
        "exp(logsigma) stands in the KL where sigma squared, exp(2·logsigma), belongs.",
        ("torch.exp(2 * logsigma)", "torch.exp(logsigma)"),
        causes=("sigma-for-variance",),
    ),
    Fresh(
        "vae_trainer",
        "KL added up over the latents",
        "The KL is summed over the latents and averaged over the batch only, so it is as many times too large "
        "as there are "
        "latents.",
        ("- logsigma).mean()", "- logsigma).sum(dim=1).mean()"),
        causes=("kl-summed-over-latents",),
    ),
    Fresh(
        "vae_trainer",
        "a convex combination, too",
        "The reconstruction loss is weighted with 1 − beta_kl.",
        (
            "total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss",
            "total_loss = torch.lerp(reconstruction_loss, kl_div_loss, self.args.beta_kl)",
        ),
        causes=("beta-complement",),
    ),
    Fresh(
        "vae_trainer",
        "beta written as a number",
        "The weight of the KL is the number 0.1 and not the args' beta_kl.",
        ("self.args.beta_kl * kl_div_loss", "0.1 * kl_div_loss"),
        causes=("beta-fixed",),
    ),
    Fresh(
        "vae_trainer",
        "warm-up of beta",
        "The weight of the KL grows linearly from 0 at step 0 to beta_kl at step 1000.",
        TRAINER
        + """
    warmup_steps = 1000

    @property
    def beta(self):
        return self.args.beta_kl * min(1.0, self.step / self.warmup_steps)

    def training_step(self, img):
        reconstruction, mu, logsigma = self.model(img)
        rec = F.mse_loss(reconstruction, img)
        kl = 0.5 * (mu.square() + torch.exp(2 * logsigma) - 1 - 2 * logsigma).mean()
        loss = rec + self.beta * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
"""
        + LOG,
        causes=("weight-grows",),
    ),
    Fresh(
        "vae_trainer",
        "free bits",
        "Each element of the KL is raised to at least 0.1 nats before the mean (free bits), so small "
        "divergences cost a "
        "constant and have no gradient.",
        ("/ 2 - logsigma).mean()", "/ 2 - logsigma).clamp(min=0.1).mean()"),
        causes=("free-bits",),
    ),
    Fresh(
        "vae_trainer",
        "the KL the other way round",
        "kl_divergence gets its arguments in the wrong order and gives KL(N(0, 1) ‖ N(mu, sigma²)).",
        "from torch.distributions import Normal, kl_divergence\n\n\n"
        + TRAINER
        + """
    def training_step(self, img):
        x_prime, mu, logsigma = self.model(img)
        prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        posterior = Normal(mu, logsigma.exp())
        rec = F.mse_loss(x_prime, img)
        kl = kl_divergence(prior, posterior).mean()
        loss = rec + self.args.beta_kl * kl
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
"""
        + LOG,
        causes=("reverse-kl",),
    ),
    Fresh(
        "vae_trainer",
        "the KL from one draw",
        "The KL is estimated as log q(z) − log p(z) at one z for each image that is drawn anew, and not "
        "computed from the "
        "closed form.",
        TRAINER
        + """
    def training_step(self, img):
        x_hat, mu, logsigma = self.model(img)
        eps = torch.randn_like(mu)
        z = mu + logsigma.exp() * eps
        log_q = -0.5 * eps**2 - logsigma
        log_p = -0.5 * z**2
        kl = (log_q - log_p).mean()
        rec = torch.mean((x_hat - img) ** 2)
        loss = rec + self.args.beta_kl * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
"""
        + LOG,
        causes=("kl-by-sampling",),
    ),
    Fresh(
        "vae_trainer",
        "the KL of the batch's mean cloud",
        "mu and logsigma are averaged over the batch first and the KL is that of the average cloud, not the "
        "average of the "
        "KLs.",
        (
            "kl_div_loss = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()",
            "m, s = mu.mean(0), logsigma.mean(0)\n        kl_div_loss = ((torch.exp(2 * s) + m**2 - 1) / 2 - s).mean()",
        ),
        causes=("aggregate-kl",),
    ),
    Fresh(
        "vae_trainer",
        "logs the weighted KL and the spread of mu",
        "What is logged as kl_div_loss is multiplied by beta_kl already, and std is the standard deviation of "
        "mu and not the "
        "mean of sigma; the step itself is right.",
        ('"kl_div_loss": kl_div_loss,', '"kl_div_loss": self.args.beta_kl * kl_div_loss,'),
        ('"std": logsigma.exp().mean(),', '"std": mu.std(),'),
        causes=("wandb-wrong-number",),
    ),
    Fresh(
        "vae_trainer",
        "a KL by NumPy",
        "The KL is computed with numpy on detached values, so it is in the number that is returned but has no "
        "gradient, and "
        "only the reconstruction is learned.",
        TRAINER
        + """
    def kl(self, mu, logsigma):
        import numpy as np

        m, s = mu.detach().cpu().numpy(), logsigma.detach().cpu().numpy()
        return float(np.mean((np.exp(2 * s) + m**2 - 1) / 2 - s))

    def training_step(self, img):
        out, mu, logsigma = self.model(img)
        kl = self.kl(mu, logsigma)
        rec = nn.MSELoss()(out, img)
        loss = rec + self.args.beta_kl * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb
            wandb.log({"reconstruction_loss": rec.item(), "kl_div_loss": kl, "mean": mu.mean().item(),
                       "std": logsigma.exp().mean().item(), "total_loss": loss.item()}, step=self.step)
        return loss
""",
        causes=("kl-missing",),
    ),
    Fresh(
        "vae_trainer",
        "a step for each term",
        "The reconstruction and the weighted KL each get an optimiser step of their own, two for each batch, "
        "with a forward "
        "pass for each.",
        TRAINER
        + """
    def descend(self, loss):
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def training_step(self, img):
        x_prime, _, _ = self.model(img)
        rec = F.mse_loss(x_prime, img)
        self.descend(rec)
        _, mu, logsigma = self.model(img)
        kl = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()
        self.descend(self.args.beta_kl * kl)
        loss = rec + self.args.beta_kl * kl
"""
        + LOG,
        causes=("several-updates",),
    ),
    Fresh(
        "vae_trainer",
        "brackets left out",
        "Without the brackets only the 1 is halved, so sigma² and mu² count twice in the KL.",
        (
            "((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()",
            "(torch.exp(2 * logsigma) + mu**2 - 1 / 2 - logsigma).mean()",
        ),
        causes=("brackets",),
    ),
    Fresh(
        "vae_trainer",
        "super for the first term",
        "The reconstruction loss is asked of super().training_step, which cannot take the model's three tensors "
        "(and would "
        "make a step of its own): it raises an error.",
        TRAINER
        + """
    def training_step(self, img):
        rec = super().training_step(img)
        _, mu, logsigma = self.model(img)
        kl = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()
        loss = rec + self.args.beta_kl * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
"""
        + LOG,
        causes=("tuple-for-tensor",),
    ),
    Fresh(
        "vae_trainer",
        "rebuilds from the mean",
        "The reconstruction in the loss is decoded from the mean and not from a sample, so the noise has no "
        "part in the "
        "training and sigma is pulled by the KL alone.",
        TRAINER
        + """
    def training_step(self, img):
        mu, logsigma = self.model.encoder(img)
        rec = F.mse_loss(self.model.decoder(mu), img)
        kl = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()
        loss = rec + self.args.beta_kl * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
"""
        + LOG,
        causes=("no-noise",),
    ),
    Fresh(
        "vae_trainer",
        "the negative ELBO of the theory",
        "Both terms are the theory's sums (half the squared error summed over the pixels, the KL summed over "
        "the latents), "
        "where the exercise asks for two means, so the loss and the balance are others.",
        TRAINER
        + """
    def elbo_terms(self, x):
        x_prime, mu, logsigma = self.model(x)
        log_likelihood = torch.einsum("bchw,bchw->b", x - x_prime, x - x_prime) / -2
        divergence = torch.einsum("bl->b", (torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma)
        return log_likelihood.mean(), divergence.mean(), mu, logsigma

    def training_step(self, img):
        log_likelihood, kl, mu, logsigma = self.elbo_terms(img)
        rec = -log_likelihood
        loss = rec + self.args.beta_kl * kl
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
"""
        + LOG,
        causes=("kl-summed-over-latents", "mse-summed-per-image", "mse-halved"),
    ),
    Fresh(
        "vae_trainer",
        "never zeroes and returns one term",
        "The gradients are never zeroed, so all earlier batches stay in the sum, and what is returned is the "
        "reconstruction "
        "loss and not the total.",
        ("self.optimizer.step() self.optimizer.zero_grad()", "self.optimizer.step()"),
        ("return total_loss", "return reconstruction_loss"),
        causes=("kl-missing",),
    ),
    Fresh(
        "vae_trainer",
        "a capacity, Huber loss and its own count",
        "The penalty is beta_kl·|KL − C| with a capacity C of 0.5 nats, the reconstruction term is a smooth L1 "
        "loss, and the "
        "step counts itself although train counts too.",
        TRAINER
        + """
    CAPACITY = 0.5

    def training_step(self, img):
        reconstruction, mu, logsigma = self.model(img)
        rec = F.smooth_l1_loss(reconstruction, img)
        kl = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()
        loss = rec + self.args.beta_kl * (kl - self.CAPACITY).abs()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1
"""
        + LOG,
        causes=("brackets", "smooth-l1"),  # where the KL is above C
    ),
    Fresh(
        "vae_trainer",
        "a minus before the KL and an exp of the square",
        "The weighted KL is subtracted, since the ELBO subtracts it, and sigma squared is written exp(logsigma²).",
        (
            "reconstruction_loss + self.args.beta_kl * kl_div_loss",
            "reconstruction_loss - self.args.beta_kl * kl_div_loss",
        ),
        ("torch.exp(2 * logsigma)", "torch.exp(logsigma**2)"),
    ),
)

RIGHT = (
    Right(
        "vae",
        "two heads and rsample",
        """class VAE(nn.Module):
    class Heads(nn.Module):
        def __init__(self, hidden, latent):
            super().__init__()
            self.loc, self.log_scale = Linear(hidden, latent), Linear(hidden, latent)

        def forward(self, h):
            return torch.stack((self.loc(h), self.log_scale(h)), dim=0)

    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        self.encoder = Sequential(
            Sequential(Conv2d(1, 16, 4, 2, 1), ReLU(), Conv2d(16, 32, 4, 2, 1), ReLU(), nn.Flatten()),
            Sequential(Linear(1568, hidden_dim_size), ReLU()),
            self.Heads(hidden_dim_size, latent_dim_size))
        self.decoder = Sequential(
            Sequential(Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 1568), ReLU()),
            Sequential(nn.Unflatten(1, (32, 7, 7)), ConvTranspose2d(32, 16, 4, 2, 1), ReLU(),
                       ConvTranspose2d(16, 1, 4, 2, 1)))

    def sample_latent_vector(self, x):
        mu, logsigma = self.encoder(x).unbind()
        return torch.distributions.Normal(mu, logsigma.exp()).rsample(), mu, logsigma

    def forward(self, x):
        z, *rest = self.sample_latent_vector(x)
        return self.decoder(z), *rest
""",
    ),
    Right(
        "vae",
        "mean and spread side by side",
        ("b (n latent) -> n b latent", "b (latent n) -> n b latent"),
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu)",
            "z = torch.empty_like(mu).normal_().mul(logsigma.exp()).add(mu)",
        ),
    ),
    Right(
        "vae_trainer",
        "expm1 and two backwards",
        TRAINER
        + """
    def training_step(self, img):
        self.optimizer.zero_grad()
        x_prime, mu, logsigma = self.model(img)
        rec = (img - x_prime).pow(2).mean()
        kl = (torch.special.expm1(2 * logsigma) / 2 + mu * mu / 2 - logsigma).mean(dim=(0, 1))
        rec.backward(retain_graph=True)
        (kl * self.args.beta_kl).backward()
        self.optimizer.step()
        loss = (rec + self.args.beta_kl * kl).detach()
"""
        + LOG,
    ),
    Right(
        "vae_trainer",
        "PyTorch's own divergence",
        (
            "kl_div_loss = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()",
            "q = torch.distributions.Normal(mu, logsigma.exp())\n"
            "        kl_div_loss = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).mean()",
        ),
    ),
)
