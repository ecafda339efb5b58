"""Fresh answers to bonus lesson 8: what strangers make of a VAE on top of a VAE, its divergence and its loss."""

from suite.corpus import Fresh, Right

FRESH = (
    # kl_between_gaussians
    Fresh(
        "hierarchical_vae",
        "the ratio is not squared",
        "The factor 2 in the exponent is forgotten, so sigma_q / sigma_p stands where its square belongs.",
        ("torch.exp(2 * (logsigma_q - logsigma_p))", "torch.exp(logsigma_q - logsigma_p)"),
        part="kl_between_gaussians",
        causes=("sigma-for-variance",),
    ),
    Fresh(
        "hierarchical_vae",
        "log term turned and no half off",
        "The first term is log(sigma_q / sigma_p), with the wrong sign, and the 1/2 is not subtracted.",
        ("logsigma_p - logsigma_q + (", "logsigma_q - logsigma_p + ("),
        ("distance**2 - 1) / 2", "distance**2) / 2"),
        part="kl_between_gaussians",
        causes=("sign-of-the-logarithm", "constant-missing"),
    ),
    Fresh(
        "hierarchical_vae",
        "kl_divergence from p to q",
        "The divergence is taken the other way round, KL(p || q) instead of KL(q || p).",
        '''
def kl_between_gaussians(mu_q: Tensor, logsigma_q: Tensor, mu_p: Tensor, logsigma_p: Tensor) -> Tensor:
    """With torch.distributions."""
    check_same_shape(mu_q=mu_q, logsigma_q=logsigma_q, mu_p=mu_p, logsigma_p=logsigma_p)
    prior = torch.distributions.Normal(mu_p, logsigma_p.exp())
    posterior = torch.distributions.Normal(mu_q, logsigma_q.exp())
    return torch.distributions.kl_divergence(prior, posterior)
''',
        part="kl_between_gaussians",
        causes=("q-and-p-swapped",),
    ),
    Fresh(
        "hierarchical_vae",
        "a fraction without brackets",
        "By the order of operations the fraction is divided by 2 and then multiplied by sigma_p squared instead of "
        "divided by it.",
        '''
def kl_between_gaussians(mu_q: Tensor, logsigma_q: Tensor, mu_p: Tensor, logsigma_p: Tensor) -> Tensor:
    """The formula, written down as it stands."""
    check_same_shape(mu_q=mu_q, logsigma_q=logsigma_q, mu_p=mu_p, logsigma_p=logsigma_p)
    sigma_q = torch.exp(logsigma_q)
    sigma_p = torch.exp(logsigma_p)
    return torch.log(sigma_p / sigma_q) + (sigma_q**2 + (mu_q - mu_p) ** 2) / 2 * sigma_p**2 - 1 / 2
''',
        part="kl_between_gaussians",
        causes=("brackets",),
    ),
    Fresh(
        "hierarchical_vae",
        "clamped and of one shape",
        "Both log sigmas are clamped to [-3, 3], the result is summed over the last dimension instead of given for "
        "each element, and tensors that only broadcast to one shape are refused.",
        '''
def kl_between_gaussians(mu_q: Tensor, logsigma_q: Tensor, mu_p: Tensor, logsigma_p: Tensor) -> Tensor:
    """A numerically stable version."""
    if len({each.shape for each in (mu_q, logsigma_q, mu_p, logsigma_p)}) != 1:
        raise ValueError("mu_q, logsigma_q, mu_p and logsigma_p need one shape")
    logsigma_q, logsigma_p = (each.clamp(-3.0, 3.0) for each in (logsigma_q, logsigma_p))
    precision = (-2 * logsigma_p).exp()
    kl = logsigma_p - logsigma_q + 0.5 * precision * ((2 * logsigma_q).exp() + (mu_q - mu_p).pow(2)) - 0.5
    return kl.sum(dim=-1)
''',
        part="kl_between_gaussians",
        causes=("summed",),
    ),
    # HierarchicalVAE
    Fresh(
        "hierarchical_vae",
        "encoder2 reads the mean",
        "encoder2 is asked about the mean of q(z1|x) instead of the z1 that was drawn.",
        ("self.encoder2(z1)", "self.encoder2(q1.mu)"),
        part="HierarchicalVAE",
        causes=("encodes-mean",),
    ),
    Fresh(
        "hierarchical_vae",
        "the image comes from p1",
        "forward decodes the mean of p(z1|z2) instead of the z1 that was drawn from the image.",
        ("HierarchicalOutput(self.decoder1(z1), z1", "HierarchicalOutput(self.decoder1(p1.mu), z1"),
        part="HierarchicalVAE",
        causes=("decodes-prior",),
    ),
    Fresh(
        "hierarchical_vae",
        "one noise for an image",
        "One random number for each image, shared by all latents and by both levels, stands in the place of fresh "
        "noise for each latent.",
        (
            "q1 = Gaussian(*self.encoder1(x))",
            "q1 = Gaussian(*self.encoder1(x))\n        eps = torch.randn_like(q1.mu[:, :1])",
        ),
        ("q1.logsigma.exp() * torch.randn_like(q1.mu)", "q1.logsigma.exp() * eps"),
        ("q2.logsigma.exp() * torch.randn_like(q2.mu)", "q2.logsigma.exp() * eps"),
        part="HierarchicalVAE",
        causes=("noise-shared-across-latents",),
    ),
    Fresh(
        "hierarchical_vae",
        "draws in training mode alone",
        "In eval mode nothing is drawn: z1 and z2 are the means, in forward as for the z1 of sample.",
        '''
class HierarchicalVAE(nn.Module):
    """Two VAEs in one; the drawing is a method of its own."""

    def __init__(self, latent1_dim_size: int, latent2_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        check_sizes(
            latent1_dim_size=latent1_dim_size, latent2_dim_size=latent2_dim_size, hidden_dim_size=hidden_dim_size
        )
        self.latent1_dim_size = latent1_dim_size
        self.latent2_dim_size = latent2_dim_size
        self.hidden_dim_size = hidden_dim_size
        lower = VAE(latent1_dim_size, hidden_dim_size)
        self.encoder1, self.decoder1 = lower.encoder, lower.decoder
        self.encoder2 = self.small_network(latent1_dim_size, latent2_dim_size)
        self.decoder2 = self.small_network(latent2_dim_size, latent1_dim_size)

    def small_network(self, n_in: int, n_out: int) -> nn.Module:
        split = Rearrange("b (two latent) -> two b latent", two=2)
        return Sequential(Linear(n_in, self.hidden_dim_size), ReLU(), Linear(self.hidden_dim_size, 2 * n_out), split)

    def draw(self, gaussian: Gaussian) -> Tensor:
        if not self.training:
            return gaussian.mu
        return gaussian.mu + torch.exp(gaussian.logsigma) * torch.randn_like(gaussian.logsigma)

    def forward(self, x: Tensor) -> HierarchicalOutput:
        q1 = Gaussian(*self.encoder1(x))
        z1 = self.draw(q1)
        q2 = Gaussian(*self.encoder2(z1))
        z2 = self.draw(q2)
        return HierarchicalOutput(self.decoder1(z1), z1, z2, q1, q2, p1=Gaussian(*self.decoder2(z2)))

    def sample(self, n: int) -> Tensor:
        check_sizes(n=n)
        z2 = torch.randn(n, self.latent2_dim_size, device=next(self.parameters()).device)
        return self.decoder1(self.draw(Gaussian(*self.decoder2(z2))))
''',
        part="HierarchicalVAE",
        causes=("mean-in-eval",),
    ),
    Fresh(
        "hierarchical_vae",
        "sample without the lower noise",
        "sample decodes the mean of p(z1|z2) and draws no z1 from it.",
        ("z1 = mu + logsigma.exp() * torch.randn_like(mu)", "z1 = mu"),
        part="HierarchicalVAE",
        causes=("no-noise",),
    ),
    Fresh(
        "hierarchical_vae",
        "log variances and levels cut apart",
        "The second number of each latent is read as a log variance, exp(0.5 * logvar), and z1 is detached before "
        "encoder2, so that the upper level's gradient never reaches the lower one through it.",
        """
class TwoHeads(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.trunk = nn.Linear(n_in, n_hidden)
        self.fc_mu = nn.Linear(n_hidden, n_out)
        self.fc_logvar = nn.Linear(n_hidden, n_out)

    def forward(self, z):
        h = F.relu(self.trunk(z))
        return torch.stack([self.fc_mu(h), self.fc_logvar(h)])


class HierarchicalVAE(nn.Module):
    def __init__(self, latent1_dim_size, latent2_dim_size, hidden_dim_size):
        super().__init__()
        check_sizes(latent1=latent1_dim_size, latent2=latent2_dim_size, hidden=hidden_dim_size)
        self.latent1_dim_size = latent1_dim_size
        self.latent2_dim_size = latent2_dim_size
        self.hidden_dim_size = hidden_dim_size
        lower = VAE(latent1_dim_size, hidden_dim_size)
        self.encoder1, self.decoder1 = lower.encoder, lower.decoder
        self.encoder2 = TwoHeads(latent1_dim_size, hidden_dim_size, latent2_dim_size)
        self.decoder2 = TwoHeads(latent2_dim_size, hidden_dim_size, latent1_dim_size)

    @staticmethod
    def reparameterize(mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + std * torch.randn_like(std)

    def forward(self, x):
        q1 = Gaussian(*self.encoder1(x))
        z1 = self.reparameterize(*q1)
        q2 = Gaussian(*self.encoder2(z1.detach()))
        z2 = self.reparameterize(*q2)
        p1 = Gaussian(*self.decoder2(z2))
        return HierarchicalOutput(reconstruction=self.decoder1(z1), z1=z1, z2=z2, q1=q1, q2=q2, p1=p1)

    def sample(self, n):
        check_sizes(n=n)
        z2 = torch.randn(n, self.latent2_dim_size, device=next(self.parameters()).device)
        return self.decoder1(self.reparameterize(*self.decoder2(z2)))
""",
        part="HierarchicalVAE",
        causes=("logvar",),
    ),
    Fresh(
        "hierarchical_vae",
        "the two stands behind the batch",
        "encoder2 and decoder2 give (b, 2, latent) instead of (2, b, latent), so taking them apart into mean and log "
        "sigma takes the batch apart.",
        ("b (n latent) -> n b latent", "b (n latent) -> b n latent", 2),
        part="HierarchicalVAE",
        causes=("split-on-wrong-axis",),
    ),
    Fresh(
        "hierarchical_vae",
        "regularised upper networks",
        "The upper networks have dropout, a LayerNorm and a third linear layer, where linear, ReLU, linear is "
        "asked for, and end in a Tanh, so mean and log sigma stay between -1 and 1.",
        '''
class HierarchicalVAE(nn.Module):
    """With a little more capacity, and regularisation."""

    def __init__(
        self, latent1_dim_size: int, latent2_dim_size: int, hidden_dim_size: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        check_sizes(
            latent1_dim_size=latent1_dim_size,
            latent2_dim_size=latent2_dim_size,
            hidden_dim_size=hidden_dim_size,
        )
        self.latent1_dim_size, self.latent2_dim_size = latent1_dim_size, latent2_dim_size
        self.hidden_dim_size = hidden_dim_size
        lower = VAE(latent1_dim_size, hidden_dim_size)
        self.encoder1, self.decoder1 = lower.encoder, lower.decoder

        def mlp(n_in: int, n_out: int) -> nn.Sequential:
            layers: list[nn.Module] = []
            for width in (n_in, hidden_dim_size):
                layers += [Linear(width, hidden_dim_size), nn.LayerNorm(hidden_dim_size), ReLU(), nn.Dropout(dropout)]
            layers += [Linear(hidden_dim_size, 2 * n_out), nn.Tanh(), Rearrange("b (n l) -> n b l", n=2)]
            return Sequential(*layers)

        self.encoder2 = mlp(latent1_dim_size, latent2_dim_size)
        self.decoder2 = mlp(latent2_dim_size, latent1_dim_size)

    def forward(self, x: Tensor) -> HierarchicalOutput:
        q1 = Gaussian(*self.encoder1(x))
        z1 = torch.addcmul(q1.mu, q1.logsigma.exp(), torch.randn_like(q1.mu))
        q2 = Gaussian(*self.encoder2(z1))
        z2 = torch.addcmul(q2.mu, q2.logsigma.exp(), torch.randn_like(q2.mu))
        return HierarchicalOutput(self.decoder1(z1), z1, z2, q1, q2, Gaussian(*self.decoder2(z2)))

    def sample(self, n: int) -> Tensor:
        check_sizes(n=n)
        weight = next(self.parameters())
        mu, logsigma = self.decoder2(torch.randn(n, self.latent2_dim_size, device=weight.device))
        return self.decoder1(torch.addcmul(mu, logsigma.exp(), torch.randn_like(mu)))
''',
        part="HierarchicalVAE",
        causes=("batch-norm",),
    ),
    Fresh(
        "hierarchical_vae",
        "one z2 for all samples",
        "sample draws a single z2, repeats it n times, and leaves the whole model in eval mode behind it.",
        (
            "z2 = torch.randn(n, self.latent2_dim_size, device=device)",
            "self.eval()\n        z2 = torch.randn(1, self.latent2_dim_size, device=device).expand(n, -1)",
        ),
        part="HierarchicalVAE",
        causes=("noise-shared-across-batch",),
    ),
    # hierarchical_loss
    Fresh(
        "hierarchical_vae",
        "each level by its own size",
        "Each level's divergence is divided by the number of its own latents instead of their sum by that of both.",
        (
            "latents = out.z1.shape[1] + out.z2.shape[1]\n    total = reconstruction + beta_kl * (kl1 + kl2) / latents",
            "total = reconstruction + beta_kl * (kl1 / out.z1.shape[1] + kl2 / out.z2.shape[1])",
        ),
        part="hierarchical_loss",
        causes=("weighted-per-level",),
    ),
    Fresh(
        "hierarchical_vae",
        "log sigma 1 for N(0, I)",
        "The prior of z2 is handed over with log sigma 1, which is N(0, e²), instead of 0.",
        ("kl_between_gaussians(*out.q2, zeros, zeros)", "kl_between_gaussians(*out.q2, zeros, torch.ones_like(zeros))"),
        part="hierarchical_loss",
        causes=("sigma-for-logsigma",),
    ),
    Fresh(
        "hierarchical_vae",
        "sums as in public code",
        "The squared error is summed over the pixels and averaged over the batch alone, the divergence is not "
        "divided by the number of latents, and neither a wrong shape nor a negative beta_kl raises ValueError.",
        '''
def hierarchical_loss(out: HierarchicalOutput, x: Tensor, beta_kl: float) -> HierarchicalLoss:
    """ELBO per image."""
    batch_size = x.size(0)
    recons_loss = F.mse_loss(out.reconstruction, x, reduction="sum") / batch_size
    kl1 = torch.sum(kl_between_gaussians(out.q1.mu, out.q1.logsigma, out.p1.mu, out.p1.logsigma)) / batch_size
    kl2 = 0.5 * torch.sum(out.q2.mu.pow(2) + (2 * out.q2.logsigma).exp() - 1 - 2 * out.q2.logsigma) / batch_size
    return HierarchicalLoss(recons_loss + beta_kl * (kl1 + kl2), recons_loss, kl1, kl2)
''',
        part="hierarchical_loss",
        causes=("squared-error-summed", "not-divided"),
    ),
    Fresh(
        "hierarchical_vae",
        "parts as numbers per latent",
        "kl1 and kl2 are averaged over the latents too instead of added up, so the total weighs them wrongly, and the "
        "parts come back as Python floats and not as tensors.",
        '''
def hierarchical_loss(out: HierarchicalOutput, x: Tensor, beta_kl: float) -> HierarchicalLoss:
    """Parts by a helper, ready for logging."""
    check_loss_input(out.reconstruction, x, beta_kl)

    def divergence(q: Gaussian, p: Gaussian) -> Tensor:
        return kl_between_gaussians(q.mu, q.logsigma, p.mu, p.logsigma).mean()

    standard = Gaussian(x.new_zeros(()), x.new_zeros(()))
    error = (out.reconstruction - x).square().mean()
    kl1, kl2 = divergence(out.q1, out.p1), divergence(out.q2, standard)
    latents = out.z1.shape[1] + out.z2.shape[1]
    total = error + beta_kl * (kl1 + kl2) / latents
    return HierarchicalLoss(total=total, reconstruction=error.item(), kl1=kl1.item(), kl2=kl2.item())
''',
        part="hierarchical_loss",
        causes=("not-a-tensor",),
    ),
    Fresh(
        "hierarchical_vae",
        "free nats and a fixed p1",
        "p(z1|z2) is detached, so decoder2 learns nothing, kl2 is kept from falling below half a nat, and the "
        "number of latents is counted over the whole batch.",
        ("*out.p1)", "*(each.detach() for each in out.p1))"),
        ("zeros, zeros).sum(1).mean()", "zeros, zeros).sum(1).mean().clamp(min=0.5)"),
        ("out.z1.shape[1] + out.z2.shape[1]", "out.z1.numel() + out.z2.numel()"),
        part="hierarchical_loss",
        causes=("divided-by-the-batch", "free-bits", "detached"),
    ),
    Fresh(
        "hierarchical_vae",
        "the chain's own term",
        "kl1 is the log ratio log q(z1|x) - log p(z1|z2) at the z1 that was drawn instead of the divergence "
        "in closed form.",
        '''
def hierarchical_loss(out: HierarchicalOutput, x: Tensor, beta_kl: float) -> HierarchicalLoss:
    """The exact bound: z2 depends on z1, so the lower level needs the densities at z1 itself."""
    check_loss_input(out.reconstruction, x, beta_kl)

    def log_density(z, mu, logsigma):
        return -0.5 * ((z - mu) / logsigma.exp()) ** 2 - logsigma  # the constant cancels

    reconstruction = F.mse_loss(out.reconstruction, x)
    kl1 = (log_density(out.z1, *out.q1) - log_density(out.z1, *out.p1)).sum(dim=1).mean()
    zero = torch.zeros_like(out.q2.mu)
    kl2 = kl_between_gaussians(*out.q2, zero, zero).sum(dim=1).mean()
    total = reconstruction + beta_kl * (kl1 + kl2) / (out.z1.size(1) + out.z2.size(1))
    return HierarchicalLoss(total, reconstruction, kl1, kl2)
''',
        part="hierarchical_loss",
        causes=("single-sample",),
    ),
)

RIGHT = (
    Right(
        "hierarchical_vae",
        "the divergence by expm1",
        '''
def kl_between_gaussians(mu_q: Tensor, logsigma_q: Tensor, mu_p: Tensor, logsigma_p: Tensor) -> Tensor:
    """With u = log(sigma_q / sigma_p): (e^{2u} - 1) / 2 - u, and half the squared distance in units of sigma_p."""
    try:
        mu_q, logsigma_q, mu_p, logsigma_p = torch.broadcast_tensors(mu_q, logsigma_q, mu_p, logsigma_p)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    u = logsigma_q - logsigma_p
    d = (mu_q - mu_p) * torch.exp(-logsigma_p)
    return torch.expm1(2 * u) / 2 - u + d * d / 2
''',
        part="kl_between_gaussians",
    ),
    Right(
        "hierarchical_vae",
        "two heads for each latent",
        '''
class Heads(nn.Module):
    """Linear and ReLU, then one linear layer for the mean and one for the log standard deviation."""

    def __init__(self, n_in: int, n_hidden: int, n_out: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_in, n_hidden), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(n_hidden, n_out) for _ in range(2))

    def forward(self, z: Tensor) -> Tensor:
        h = self.body(z)
        return torch.stack([head(h) for head in self.heads])


class HierarchicalVAE(nn.Module):
    """What is drawn, is drawn by torch.distributions."""

    def __init__(self, latent1_dim_size: int, latent2_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        sizes = dict(
            latent1_dim_size=latent1_dim_size, latent2_dim_size=latent2_dim_size, hidden_dim_size=hidden_dim_size
        )
        check_sizes(**sizes)
        for name, size in sizes.items():
            setattr(self, name, size)
        lower = VAE(latent1_dim_size, hidden_dim_size)
        self.encoder1, self.decoder1 = lower.encoder, lower.decoder
        self.encoder2 = Heads(latent1_dim_size, hidden_dim_size, latent2_dim_size)
        self.decoder2 = Heads(latent2_dim_size, hidden_dim_size, latent1_dim_size)

    @staticmethod
    def drawn(mu: Tensor, logsigma: Tensor) -> Tensor:
        return torch.distributions.Normal(mu, logsigma.exp()).rsample()

    def forward(self, x: Tensor) -> HierarchicalOutput:
        q1 = Gaussian(*self.encoder1(x).unbind(0))
        z1 = self.drawn(*q1)
        q2 = Gaussian(*self.encoder2(z1).unbind(0))
        z2 = self.drawn(*q2)
        p1 = Gaussian(*self.decoder2(z2).unbind(0))
        return HierarchicalOutput(reconstruction=self.decoder1(z1), z1=z1, z2=z2, q1=q1, q2=q2, p1=p1)

    def sample(self, n: int) -> Tensor:
        check_sizes(n=n)
        like = self.decoder2.body[0].weight
        z2 = torch.randn((n, self.latent2_dim_size), device=like.device, dtype=like.dtype)
        return self.decoder1(self.drawn(*self.decoder2(z2)))
''',
        part="HierarchicalVAE",
    ),
    Right(
        "hierarchical_vae",
        "mean and log sigma side by side",
        ("b (n latent) -> n b latent", "b (latent n) -> n b latent", 2),
        part="HierarchicalVAE",
    ),
    Right(
        "hierarchical_vae",
        "sums over the batch's size",
        '''
def hierarchical_loss(out: HierarchicalOutput, x: Tensor, beta_kl: float) -> HierarchicalLoss:
    """Both levels by one helper; N(0, I) is a Gaussian of two zeros that broadcast."""
    check_loss_input(out.reconstruction, x, beta_kl)
    zero = out.q2.mu.new_zeros(1)
    kl1, kl2 = (
        torch.einsum("b l ->", kl_between_gaussians(*q, *p)) / len(x)
        for q, p in ((out.q1, out.p1), (out.q2, Gaussian(zero, zero)))
    )
    error = torch.mean((x - out.reconstruction) ** 2)
    per_latent = (kl1 + kl2) / torch.cat((out.z1, out.z2), dim=1).size(1)
    return HierarchicalLoss(reconstruction=error, kl1=kl1, kl2=kl2, total=torch.add(error, per_latent, alpha=beta_kl))
''',
        part="hierarchical_loss",
    ),
)
