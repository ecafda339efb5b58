"""Fresh answers to hierarchical_vae: the divergence, the two levels, their noise, and what the loss adds up."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "hierarchical_vae",
        "logs the wrong way round",
        "The first term is log(sigma_q / sigma_p): its sign is wrong.",
        ("return logsigma_p - logsigma_q +", "return logsigma_q - logsigma_p +"),
        part="kl_between_gaussians",
        causes=("sign-of-the-logarithm",),
    ),
    Fresh(
        "hierarchical_vae",
        "log variances by habit",
        "It is the usual formula for log variances, applied to log standard deviations.",
        """
def kl_between_gaussians(mu_q: Tensor, logsigma_q: Tensor, mu_p: Tensor, logsigma_p: Tensor) -> Tensor:
    check_same_shape(mu_q=mu_q, logsigma_q=logsigma_q, mu_p=mu_p, logsigma_p=logsigma_p)
    return 0.5 * (
        -1.0
        + logsigma_p
        - logsigma_q
        + torch.exp(logsigma_q - logsigma_p)
        + ((mu_q - mu_p) ** 2) * torch.exp(-logsigma_p)
    )
""",
        part="kl_between_gaussians",
        causes=("logvar", "logarithm-halved"),
    ),
    Fresh(
        "hierarchical_vae",
        "already added up",
        "The divergence is added up over the last dimension, though that of each element is asked for.",
        ("return logsigma_p - logsigma_q", "kl = logsigma_p - logsigma_q"),
        ("(variance_ratio + distance**2 - 1) / 2", "(variance_ratio + distance**2 - 1) / 2\n    return kl.sum(-1)"),
        part="kl_between_gaussians",
        causes=("summed",),
    ),
    Fresh(
        "hierarchical_vae",
        "second encoder reads the mean",
        "encoder2 is given the mean of q(z1|x), not the z1 that was drawn.",
        """
class HierarchicalVAE(nn.Module):
    def __init__(self, latent1_dim_size: int, latent2_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        check_sizes(a=latent1_dim_size, b=latent2_dim_size, c=hidden_dim_size)
        self.latent1_dim_size = latent1_dim_size
        self.latent2_dim_size = latent2_dim_size
        self.hidden_dim_size = hidden_dim_size
        lower = VAE(latent1_dim_size, hidden_dim_size)
        self.encoder1, self.decoder1 = lower.encoder, lower.decoder
        self.encoder2 = self.mlp(latent1_dim_size, hidden_dim_size, latent2_dim_size)
        self.decoder2 = self.mlp(latent2_dim_size, hidden_dim_size, latent1_dim_size)

    @staticmethod
    def mlp(n_in: int, n_hidden: int, n_out: int) -> Sequential:
        split = Rearrange("b (n latent) -> n b latent", n=2)
        return Sequential(Linear(n_in, n_hidden), ReLU(), Linear(n_hidden, 2 * n_out), split)

    @staticmethod
    def draw(g: Gaussian) -> Tensor:
        return g.mu + torch.exp(g.logsigma) * torch.randn_like(g.mu)

    def forward(self, x: Tensor) -> HierarchicalOutput:
        q1 = Gaussian(*self.encoder1(x))
        q2 = Gaussian(*self.encoder2(q1.mu))
        z1, z2 = self.draw(q1), self.draw(q2)
        p1 = Gaussian(*self.decoder2(z2))
        return HierarchicalOutput(reconstruction=self.decoder1(z1), z1=z1, z2=z2, q1=q1, q2=q2, p1=p1)

    def sample(self, n: int) -> Tensor:
        check_sizes(n=n)
        z2 = torch.randn(n, self.latent2_dim_size, device=next(self.parameters()).device)
        return self.decoder1(self.draw(Gaussian(*self.decoder2(z2))))
""",
        part="HierarchicalVAE",
        causes=("encodes-mean",),
    ),
    Fresh(
        "hierarchical_vae",
        "upper level quiet in eval mode",
        "In eval mode z2 is its mean, without noise, though eval mode is to draw as training mode does.",
        (
            "z2 = q2.mu + q2.logsigma.exp() * torch.randn_like(q2.mu)",
            "z2 = q2.mu\n        if self.training:\n            z2 = z2 + q2.logsigma.exp() * torch.randn_like(q2.mu)",
        ),
        part="HierarchicalVAE",
        causes=("mean-in-eval",),
    ),
    Fresh(
        "hierarchical_vae",
        "mean of the prior decoded",
        "sample decodes the mean of p(z1|z2) and never draws z1.",
        ("z1 = mu + logsigma.exp() * torch.randn_like(mu)", "z1 = mu"),
        part="HierarchicalVAE",
        causes=("no-noise",),
    ),
    Fresh(
        "hierarchical_vae",
        "rebuilt from the top",
        "The image is rebuilt from a z1 drawn from p(z1|z2), not from the z1 that encoder1 found.",
        """
class HierarchicalVAE(nn.Module):
    def __init__(self, latent1_dim_size: int, latent2_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        check_sizes(
            latent1_dim_size=latent1_dim_size, latent2_dim_size=latent2_dim_size, hidden_dim_size=hidden_dim_size
        )
        self.latent1_dim_size = latent1_dim_size
        self.latent2_dim_size = latent2_dim_size
        self.hidden_dim_size = hidden_dim_size
        lower = VAE(latent1_dim_size, hidden_dim_size)
        self.encoder1 = lower.encoder
        self.decoder1 = lower.decoder
        self.encoder2 = Sequential(
            Linear(latent1_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, latent2_dim_size * 2),
            Rearrange("b (two d) -> two b d", two=2),
        )
        self.decoder2 = Sequential(
            Linear(latent2_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, latent1_dim_size * 2),
            Rearrange("b (two d) -> two b d", two=2),
        )

    def reparameterize(self, mu, logsigma):
        std = logsigma.exp()
        return mu + torch.randn_like(std) * std

    def top_down(self, z2):
        mu, logsigma = self.decoder2(z2)
        return self.decoder1(self.reparameterize(mu, logsigma)), Gaussian(mu, logsigma)

    def forward(self, x: Tensor) -> HierarchicalOutput:
        mu1, logsigma1 = self.encoder1(x)
        z1 = self.reparameterize(mu1, logsigma1)
        mu2, logsigma2 = self.encoder2(z1)
        z2 = self.reparameterize(mu2, logsigma2)
        image, p1 = self.top_down(z2)
        return HierarchicalOutput(image, z1, z2, Gaussian(mu1, logsigma1), Gaussian(mu2, logsigma2), p1)

    def sample(self, n: int) -> Tensor:
        check_sizes(n=n)
        z2 = torch.randn(n, self.latent2_dim_size, device=next(self.parameters()).device)
        return self.top_down(z2)[0]
""",
        part="HierarchicalVAE",
        causes=("decodes-prior",),
    ),
    Fresh(
        "hierarchical_vae",
        "levels cut apart",
        "z1 is detached before encoder2, so the upper level's loss cannot reach the lower encoder through the sample.",
        ("q2 = Gaussian(*self.encoder2(z1))", "q2 = Gaussian(*self.encoder2(z1.detach()))"),
        part="HierarchicalVAE",
        causes=("detached",),
    ),
    Fresh(
        "hierarchical_vae",
        "dropout above and bounded sigmas",
        "encoder2 has a dropout nobody asked for, and decoder2 ends in a tanh that holds mean and log sigma in -1 … 1.",
        (
            "Linear(latent1_dim_size, hidden_dim_size), ReLU(),",
            "Linear(latent1_dim_size, hidden_dim_size), ReLU(), nn.Dropout(0.1),",
        ),
        ("Linear(hidden_dim_size, 2 * latent1_dim_size),", "Linear(hidden_dim_size, 2 * latent1_dim_size), nn.Tanh(),"),
        part="HierarchicalVAE",
        causes=("random-half",),
    ),
    Fresh(
        "hierarchical_vae",
        "each level by its own latents",
        "Each level's divergence is divided by that level's own number of latents in the total.",
        """
def hierarchical_loss(out: HierarchicalOutput, x: Tensor, beta_kl: float) -> HierarchicalLoss:
    check_loss_input(out.reconstruction, x, beta_kl)
    mse = (out.reconstruction - x).pow(2).mean()
    per_latent1 = kl_between_gaussians(*out.q1, *out.p1)
    nothing = torch.zeros_like(out.q2.logsigma)
    per_latent2 = kl_between_gaussians(*out.q2, nothing, nothing)
    total = mse + beta_kl * (per_latent1.mean() + per_latent2.mean())
    return HierarchicalLoss(total, mse, per_latent1.sum(1).mean(), per_latent2.sum(1).mean())
""",
        part="hierarchical_loss",
        causes=("weighted-per-level",),
    ),
    Fresh(
        "hierarchical_vae",
        "per pixel sums and plain numbers",
        "The squared error is a sum over the pixels, not a mean, and the three parts are returned as Python floats.",
        """
def hierarchical_loss(out: HierarchicalOutput, x: Tensor, beta_kl: float) -> HierarchicalLoss:
    check_loss_input(out.reconstruction, x, beta_kl)
    batch = len(x)
    recon = F.mse_loss(out.reconstruction, x, reduction="sum") / batch
    zero = out.z2.new_zeros(())
    kl1 = kl_between_gaussians(*out.q1, *out.p1).sum() / batch
    kl2 = kl_between_gaussians(*out.q2, zero, zero).sum() / batch
    n_latents = out.z1.size(1) + out.z2.size(1)
    loss = recon + beta_kl * (kl1 + kl2) / n_latents
    return HierarchicalLoss(total=loss, reconstruction=recon.item(), kl1=kl1.item(), kl2=kl2.item())
""",
        part="hierarchical_loss",
        causes=("not-a-tensor",),
    ),
    Fresh(
        "hierarchical_vae",
        "prior first and log sigma one",
        "kl1 is KL(p ‖ q), p given first, and kl2's prior has a log sigma of 1, so that its sigma is e.",
        ("kl_between_gaussians(*out.q1, *out.p1)", "kl_between_gaussians(*out.p1, *out.q1)"),
        ("kl_between_gaussians(*out.q2, zeros, zeros)", "kl_between_gaussians(*out.q2, zeros, torch.ones_like(zeros))"),
        part="hierarchical_loss",
        causes=("q-and-p-swapped", "sigma-for-logsigma"),
    ),
)

RIGHT = (
    Right(
        "hierarchical_vae",
        "one loop over the levels",
        """
def hierarchical_loss(out: HierarchicalOutput, x: Tensor, beta_kl: float) -> HierarchicalLoss:
    check_loss_input(out.reconstruction, x, beta_kl)
    standard = Gaussian(out.z2.new_zeros(1), out.z2.new_zeros(1))
    nats = []
    for q, p in ((out.q1, out.p1), (out.q2, standard)):
        nats.append(torch.einsum("bl->b", kl_between_gaussians(q.mu, q.logsigma, p.mu, p.logsigma)).mean())
    error = torch.square(x - out.reconstruction).mean()
    weight = beta_kl / sum(g.mu.shape[-1] for g in (out.q1, out.q2))
    return HierarchicalLoss(error + weight * sum(nats), error, *nats)
""",
        part="hierarchical_loss",
    ),
)
