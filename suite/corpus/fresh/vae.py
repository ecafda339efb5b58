"""Fresh answers to vae: what learners would get wrong about the encoder, the draw and what is returned."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "vae",
        "public code with log variance",
        "The second half is a log variance, encoder(x) gives a tuple of two tensors, and the output ends in a sigmoid.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super(VAE, self).__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.conv1 = Conv2d(1, 16, 4, 2, 1)
        self.conv2 = Conv2d(16, 32, 4, 2, 1)
        self.fc1 = Linear(1568, hidden_dim_size)
        self.fc21 = Linear(hidden_dim_size, latent_dim_size)
        self.fc22 = Linear(hidden_dim_size, latent_dim_size)
        self.fc3 = Linear(latent_dim_size, hidden_dim_size)
        self.fc4 = Linear(hidden_dim_size, 1568)
        self.deconv1 = ConvTranspose2d(32, 16, 4, 2, 1)
        self.deconv2 = ConvTranspose2d(16, 1, 4, 2, 1)

    def encoder(self, x):
        h = F.relu(self.conv2(F.relu(self.conv1(x))))
        h = F.relu(self.fc1(h.flatten(1)))
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decoder(self, z):
        h = F.relu(self.fc4(F.relu(self.fc3(z)))).view(-1, 32, 7, 7)
        return torch.sigmoid(self.deconv2(F.relu(self.deconv1(h))))

    def sample_latent_vector(self, x):
        mu, logvar = self.encoder(x)
        return self.reparameterize(mu, logvar), mu, logvar

    def forward(self, x):
        z, mu, logvar = self.sample_latent_vector(x)
        return self.decoder(z), mu, logvar
""",
        causes=("final-activation",),
    ),
    Fresh(
        "vae",
        "heads outside the encoder",
        "The two heads stand outside self.encoder, so encoder(x) gives the hidden numbers and not mean and log sigma.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            nn.Flatten(),
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
        )
        self.to_mu = Linear(hidden_dim_size, latent_dim_size)
        self.to_logsigma = Linear(hidden_dim_size, latent_dim_size)
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            nn.Unflatten(1, (32, 7, 7)),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = self.encoder(x)
        mu, logsigma = self.to_mu(hidden), self.to_logsigma(hidden)
        return mu + logsigma.exp() * torch.randn_like(mu), mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
        causes=("layers-outside-half",),
    ),
    Fresh(
        "vae",
        "the mean when evaluating",
        "In eval mode z is the mean without noise, where the lesson wants a draw in both modes.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        conv = dict(kernel_size=4, stride=2, padding=1)
        self.encoder = Sequential(
            Conv2d(1, 16, **conv),
            ReLU(),
            Conv2d(16, 32, **conv),
            ReLU(),
            nn.Flatten(),
            Linear(1568, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("batch (two latent) -> two batch latent", two=2),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 1568),
            ReLU(),
            nn.Unflatten(1, (32, 7, 7)),
            ConvTranspose2d(32, 16, **conv),
            ReLU(),
            ConvTranspose2d(16, 1, **conv),
        )

    def reparameterise(self, mu: Tensor, logsigma: Tensor) -> Tensor:
        if not self.training:
            return mu
        return torch.addcmul(mu, logsigma.exp(), torch.randn_like(mu))

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        return self.reparameterise(mu, logsigma), mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, *moments = self.sample_latent_vector(x)
        return self.decoder(z), *moments
""",
        causes=("mean-in-eval",),
    ),
    Fresh(
        "vae",
        "the split goes through the batch",
        "A plain reshape to (2, b, latent) puts the numbers of the first images into mu and those of the rest into log sigma.",
        '''class Split(nn.Module):
    """(b, 2 * latent) -> (2, b, latent)"""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.latent = latent

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(2, x.shape[0], self.latent)


class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Split(latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        params = self.encoder(x)
        mu, logsigma = params[0], params[1]
        eps = torch.randn_like(mu)
        return mu + torch.exp(logsigma) * eps, mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
''',
        causes=("mixed-rows",),
    ),
    Fresh(
        "vae",
        "noise kept in a buffer",
        "The noise is drawn once when the model is made and used for every image and every call.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (n latent) -> n b latent", n=2),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )
        self.register_buffer("eps", torch.randn(latent_dim_size), persistent=False)

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        z = mu + logsigma.exp() * self.eps
        return z, mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
        causes=("noise-frozen",),
    ),
    Fresh(
        "vae",
        "torch.normal",
        "z comes from torch.normal(mu, sigma), through which no gradient reaches the encoder.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = self.make_encoder()
        self.decoder = self.make_decoder()

    def make_encoder(self) -> nn.Module:
        return Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            Linear(32 * 7 * 7, self.hidden_dim_size),
            ReLU(),
            Linear(self.hidden_dim_size, self.latent_dim_size * 2),
            Rearrange("b (n latent) -> n b latent", n=2),
        )

    def make_decoder(self) -> nn.Module:
        return Sequential(
            Linear(self.latent_dim_size, self.hidden_dim_size),
            ReLU(),
            Linear(self.hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_std = self.encoder(x).unbind(0)
        return torch.normal(mean, log_std.exp()), mean, log_std

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mean, log_std = self.sample_latent_vector(x)
        return self.decoder(z), mean, log_std
""",
        causes=("detached-sample",),
    ),
    Fresh(
        "vae",
        "ten draws averaged",
        "z is the mean of ten draws, so that its spread is sigma divided by the root of ten.",
        """class VAE(nn.Module):
    NUM_SAMPLES = 10  # less variance in the gradient

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (n latent) -> n b latent", n=2),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        sigma = logsigma.exp()
        draws = [mu + sigma * torch.randn_like(sigma) for _ in range(self.NUM_SAMPLES)]
        return torch.stack(draws).mean(dim=0), mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
        causes=("noise-scaled",),
    ),
    Fresh(
        "vae",
        "the Keras example",
        "sample_latent_vector gives mean, log variance and z in this order, sigma is exp(log variance / 2), and features are flattened as (h w c).",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (h w c)"),
            Linear(7 * 7 * 32, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (n z) -> n b z", n=2),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 7 * 7 * 32),
            ReLU(),
            Rearrange("b (h w c) -> b c h w", h=7, w=7, c=32),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def sampling(self, z_mean, z_log_var):
        batch, dim = z_mean.shape
        epsilon = torch.randn(batch, dim, device=z_mean.device)
        return z_mean + torch.exp(0.5 * z_log_var) * epsilon

    def sample_latent_vector(self, x):
        z_mean, z_log_var = self.encoder(x)
        z = self.sampling(z_mean, z_log_var)
        return z_mean, z_log_var, z

    def forward(self, x):
        z_mean, z_log_var, z = self.sample_latent_vector(x)
        return self.decoder(z), z_mean, z_log_var
""",
        causes=("wrong-return-order",),
    ),
    Fresh(
        "vae",
        "noise from NumPy",
        "The noise comes from NumPy in float64 and has one number per latent for the whole batch, so the decoder raises on a dtype.",
        """import numpy as np


class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (n latent) -> n b latent", n=2),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        eps = torch.from_numpy(np.random.randn(self.latent_dim_size)).to(mu.device)
        z = mu + torch.exp(logsigma) * eps
        return z, mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
        causes=("wrong-dtype",),
    ),
    Fresh(
        "vae",
        "safe and cool",
        "Log sigma is squashed by a tanh, the hidden layers are normalised, and a temperature of 0.7 scales the noise.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int, temperature: float = 0.7) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.temperature = temperature
        self.backbone = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            Linear(32 * 7 * 7, hidden_dim_size),
            nn.LayerNorm(hidden_dim_size),
            ReLU(),
        )
        self.heads = nn.ModuleDict(
            {
                "mu": Linear(hidden_dim_size, latent_dim_size),
                "logsigma": Linear(hidden_dim_size, latent_dim_size),
            }
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            nn.LayerNorm(hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def encoder(self, x: Tensor) -> Tensor:
        hidden = self.backbone(x)
        mu = self.heads["mu"](hidden)
        logsigma = torch.tanh(self.heads["logsigma"](hidden))  # keeps exp from exploding
        return torch.stack([mu, logsigma])

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        z = mu + self.temperature * logsigma.exp() * torch.randn_like(mu)
        return z, mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
        causes=("batch-norm",),
    ),
    Fresh(
        "vae",
        "softplus",
        "Sigma is the softplus of the second half and not its exponential, and sigma itself is returned in place of its log.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, 2, 1), ReLU(),
            Conv2d(16, 32, 4, 2, 1), ReLU(),
            nn.Flatten(),
            Linear(1568, hidden_dim_size), ReLU(),
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (n l) -> n b l", n=2),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(),
            Linear(hidden_dim_size, 1568), ReLU(),
            nn.Unflatten(1, (32, 7, 7)),
            ConvTranspose2d(32, 16, 4, 2, 1), ReLU(),
            ConvTranspose2d(16, 1, 4, 2, 1),
        )

    def posterior(self, x: Tensor) -> torch.distributions.Normal:
        loc, raw_scale = self.encoder(x)
        return torch.distributions.Normal(loc, F.softplus(raw_scale) + 1e-6)

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q = self.posterior(x)
        return q.rsample(), q.mean, q.stddev

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mean, scale = self.sample_latent_vector(x)
        return self.decoder(z), mean, scale
""",
        causes=("returns-wrong-logsigma",),
    ),
    Fresh(
        "vae",
        "precision in place of spread",
        "The second half is taken for a log precision, sigma = exp(-logsigma), and all latents of an image share one number of noise.",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        n, h = latent_dim_size, hidden_dim_size
        trunk = [Conv2d(1, 16, 4, 2, 1), ReLU(), Conv2d(16, 32, 4, 2, 1), ReLU(), nn.Flatten(), Linear(1568, h), ReLU()]
        self.encoder = Sequential(*trunk, Linear(h, 2 * n), nn.Unflatten(1, (2, n)), Rearrange("b two n -> two b n"))
        growth = [ConvTranspose2d(32, 16, 4, 2, 1), ReLU(), ConvTranspose2d(16, 1, 4, 2, 1)]
        self.decoder = Sequential(
            Linear(n, h), ReLU(), Linear(h, 1568), ReLU(), nn.Unflatten(1, (32, 7, 7)), *growth
        )

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, log_precision = self.encoder(x)
        epsilon = torch.randn(x.shape[0], 1, device=x.device)
        z = mu + epsilon / log_precision.exp()
        return z, mu, log_precision

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, log_precision = self.sample_latent_vector(x)
        return self.decoder(z), mu, log_precision
""",
        causes=("sign-of-logsigma", "noise-shared-across-latents"),
    ),
    Fresh(
        "vae",
        "no exp",
        "The noise is multiplied by log sigma itself, since the exponential is missing.",
        ("logsigma.exp() * torch.randn_like(mu)", "logsigma * torch.randn_like(mu)"),
        causes=("exp-forgotten",),
    ),
    Fresh(
        "vae",
        "uniform noise",
        "The noise is uniform between 0 and 1 and not normal.",
        ("torch.randn_like(mu)", "torch.rand_like(mu)"),
        causes=("uniform-noise",),
    ),
    Fresh(
        "vae",
        "the mean is decoded",
        "forward decodes the mean and not the sample, and the ReLU between the transposed convolutions is missing.",
        ("return self.decoder(z), mu, logsigma", "return self.decoder(mu), mu, logsigma"),
        (
            "ConvTranspose2d(32, 16, 4, stride=2, padding=1), ReLU(),",
            "ConvTranspose2d(32, 16, 4, stride=2, padding=1),",
        ),
        causes=("missing-relu",),
    ),
    Fresh(
        "vae",
        "spread first",
        "The encoder's halves are unpacked the wrong way round: the first is taken for log sigma, the second for the mean.",
        ("mu, logsigma = self.encoder(x)", "logsigma, mu = self.encoder(x)"),
        causes=("mean-and-logsigma-swapped",),
    ),
    Fresh(
        "vae",
        "z comes last",
        "sample_latent_vector returns mu, logsigma, z, and forward still takes the first of them for z.",
        ("return z, mu, logsigma", "return mu, logsigma, z"),
        causes=("wrong-return-order",),
    ),
    Fresh(
        "vae",
        "exp in place",
        "The exponential is taken in place in the tensor that is returned as log sigma, which autograd refuses for a view of the encoder's output.",
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu)",
            "sigma = logsigma.exp_()\n        z = mu + sigma * torch.randn_like(mu)",
        ),
        causes=("in-place-change",),
    ),
    Fresh(
        "vae",
        "not twice as many",
        "The encoder's last layer gives latent_dim_size numbers in place of twice as many, so five cannot be split in two.",
        ("Linear(hidden_dim_size, 2 * latent_dim_size)", "Linear(hidden_dim_size, latent_dim_size)"),
        causes=("latents-not-doubled",),
    ),
    Fresh(
        "vae",
        "variance times shared noise",
        "The noise is scaled by the variance exp(2 logsigma), and all images of a batch get the same noise.",
        (
            "logsigma.exp() * torch.randn_like(mu)",
            "torch.exp(2 * logsigma) * torch.randn(self.latent_dim_size, device=mu.device)",
        ),
        causes=("variance-for-sigma", "noise-shared-across-batch"),
    ),
    Fresh(
        "vae",
        "a seed in the draw",
        "The seed is set before each draw, so that every call gives the same noise.",
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu)",
            "torch.manual_seed(42)  # reproducible\n        z = mu + logsigma.exp() * torch.randn_like(mu)",
        ),
        causes=("noise-frozen",),
    ),
    Fresh(
        "vae",
        "z in the place of mu",
        "forward returns the sample z where mu belongs, so that the KL term would be computed from a sample.",
        ("return self.decoder(z), mu, logsigma", "return self.decoder(z), z, logsigma"),
        causes=("returns-z-for-mu",),
    ),
    Fresh(
        "vae",
        "a ReLU behind the encoder",
        "A ReLU follows the encoder's last layer, so neither the mean nor log sigma can be negative.",
        (
            "Linear(hidden_dim_size, 2 * latent_dim_size),",
            "Linear(hidden_dim_size, 2 * latent_dim_size),\n            ReLU(),",
        ),
        causes=("final-relu",),
    ),
    Fresh(
        "vae",
        "sigma cut off and handed out",
        "Sigma is detached, so the reconstruction does not train it, and sigma is returned where its logarithm belongs.",
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu) return z, mu, logsigma",
            "sigma = logsigma.exp()\n        z = mu + sigma.detach() * torch.randn_like(mu)\n        return z, mu, sigma",
        ),
        causes=("returns-sigma",),
    ),
    Fresh(
        "vae",
        "noise on the pixels too",
        "forward adds standard normal noise to the decoded image, because p(x|z) is a normal distribution as well.",
        (
            "return self.decoder(z), mu, logsigma",
            "mean = self.decoder(z)\n        return mean + torch.randn_like(mean), mu, logsigma",
        ),
        causes=("noise-on-pixels",),
    ),
)

RIGHT = (
    Right(
        "vae",
        "two heads stacked and rsample",
        '''class Gaussian(nn.Module):
    """Two linear heads, one upon the other: (b, hidden) -> (2, b, latent)."""

    def __init__(self, hidden: int, latent: int) -> None:
        super().__init__()
        self.mean = nn.Linear(hidden, latent)
        self.log_std = nn.Linear(hidden, latent)

    def forward(self, h: Tensor) -> Tensor:
        return torch.stack((self.mean(h), self.log_std(h)), dim=0)


class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride=2, padding=1, bias=False), nn.ReLU(),
            nn.Conv2d(16, 32, 4, stride=2, padding=1, bias=False), nn.ReLU(),
            nn.Flatten(), nn.Linear(1568, hidden_dim_size), nn.ReLU(),
            Gaussian(hidden_dim_size, latent_dim_size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim_size, hidden_dim_size), nn.ReLU(),
            nn.Linear(hidden_dim_size, 1568), nn.ReLU(), nn.Unflatten(1, (32, 7, 7)),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1, bias=False), nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1, bias=False),
        )

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_std = self.encoder(x)
        return torch.distributions.Normal(mean, torch.exp(log_std)).rsample(), mean, log_std

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mean, log_std = self.sample_latent_vector(x)
        return self.decoder(z), mean, log_std
''',
    ),
    Right(
        "vae",
        "pairs side by side",
        ('Rearrange("b (n latent) -> n b latent", n=2)', 'Rearrange("b (latent n) -> n b latent", n=2)'),
        (
            "mu, logsigma = self.encoder(x) z = mu + logsigma.exp() * torch.randn_like(mu)",
            "mu, logsigma = self.encoder(x).unbind(dim=0)\n        z = mu.addcmul(logsigma.exp(), torch.randn_like(logsigma))",
        ),
    ),
    Right(
        "vae",
        "halves by slices and noise by hand",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.convolutions = nn.ModuleList([Conv2d(1, 16, 4, 2, 1), Conv2d(16, 32, 4, 2, 1)])
        self.inner = Linear(1568, hidden_dim_size)
        self.parameters_of_q = Linear(hidden_dim_size, latent_dim_size + latent_dim_size)
        self.outward = nn.ModuleList([Linear(latent_dim_size, hidden_dim_size), Linear(hidden_dim_size, 1568)])
        self.transposed = nn.ModuleList([ConvTranspose2d(32, 16, 4, 2, 1), ConvTranspose2d(16, 1, 4, 2, 1)])

    def encoder(self, x: Tensor) -> Tensor:
        for convolution in self.convolutions:
            x = F.relu(convolution(x))
        q = self.parameters_of_q(F.relu(self.inner(x.flatten(start_dim=1))))
        return torch.stack([q[:, : self.latent_dim_size], q[:, self.latent_dim_size :]])

    def decoder(self, z: Tensor) -> Tensor:
        for layer in self.outward:
            z = F.relu(layer(z))
        first, last = self.transposed
        return last(F.relu(first(z.unflatten(1, (32, 7, 7)))))

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        noise = torch.empty_like(mu, requires_grad=False).normal_(mean=0.0, std=1.0)
        return noise.mul(logsigma.exp()).add(mu), mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
    ),
)
