"""Fresh answers to faces: both models, with what goes wrong when the digits' models are copied and adorned."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "faces",
        "a loop ends in ReLU",
        "The loop puts a ReLU behind every transposed convolution, the last too, so no pixel can be below 0.",
        """
class FaceAutoencoder(nn.Module):
    channels = (3, 16, 32, 64)

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        down, up = [], []
        for c_in, c_out in zip(self.channels[:-1], self.channels[1:]):
            down += [Conv2d(c_in, c_out, 4, 2, 1), ReLU()]
        for c_in, c_out in zip(self.channels[:0:-1], self.channels[-2::-1]):
            up += [ConvTranspose2d(c_in, c_out, 4, 2, 1), ReLU()]
        flat = self.channels[-1] * 8 * 8
        self.encoder = Sequential(
            *down, nn.Flatten(), Linear(flat, hidden_dim_size), ReLU(), Linear(hidden_dim_size, latent_dim_size)
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, flat), ReLU(),
            nn.Unflatten(1, (64, 8, 8)), *up,
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
        part="FaceAutoencoder",
        causes=("final-relu",),
    ),
    Fresh(
        "faces",
        "torch's convolutions with bias",
        "PyTorch's own convolutions are taken with their default bias; a convolution of the course has none.",
        """
def down(c_in, c_out):
    return nn.Sequential(nn.Conv2d(c_in, c_out, kernel_size=4, stride=2, padding=1), nn.ReLU(inplace=True))


def up(c_in, c_out):
    return nn.ConvTranspose2d(c_in, c_out, kernel_size=4, stride=2, padding=1)


class FaceAutoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        self.encoder = nn.Sequential(
            down(3, 16), down(16, 32), down(32, 64),
            nn.Flatten(),
            nn.Linear(4096, hidden_dim_size), nn.ReLU(),
            nn.Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim_size, hidden_dim_size), nn.ReLU(),
            nn.Linear(hidden_dim_size, 4096), nn.ReLU(),
            nn.Unflatten(1, (64, 8, 8)),
            up(64, 32), nn.ReLU(), up(32, 16), nn.ReLU(), up(16, 3),
        )

    def forward(self, x: Tensor) -> Tensor:
        z = self.encoder(x)
        return self.decoder(z)
""",
        part="FaceAutoencoder",
        causes=("conv-bias",),
    ),
    Fresh(
        "faces",
        "a ReLU in the wrong places",
        "A ReLU stands behind the encoder's last linear layer, so no latent is below 0, and the decoder lacks the ReLU "
        "before the unflattening.",
        ("Linear(hidden_dim_size, latent_dim_size),", "Linear(hidden_dim_size, latent_dim_size),\n            ReLU(),"),
        (
            'Linear(hidden_dim_size, 64 * 8 * 8), ReLU(), Rearrange("b (c h w)',
            'Linear(hidden_dim_size, 64 * 8 * 8),\n            Rearrange("b (c h w)',
        ),
        part="FaceAutoencoder",
        causes=("final-relu",),
    ),
    Fresh(
        "faces",
        "two heads outside the encoder",
        "self.encoder stops at the hidden features and mean and log sigma come from two heads outside "
        "it, so the encoder "
        "does not give (2, b, latent).",
        """
class FaceVAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(3, 16, 4, 2, 1), ReLU(), Conv2d(16, 32, 4, 2, 1), ReLU(), Conv2d(32, 64, 4, 2, 1), ReLU(),
            nn.Flatten(), Linear(64 * 8 * 8, hidden_dim_size), ReLU(),
        )
        self.fc_mu = Linear(hidden_dim_size, latent_dim_size)
        self.fc_logsigma = Linear(hidden_dim_size, latent_dim_size)
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 64 * 8 * 8), ReLU(),
            nn.Unflatten(1, (64, 8, 8)),
            ConvTranspose2d(64, 32, 4, 2, 1), ReLU(), ConvTranspose2d(32, 16, 4, 2, 1), ReLU(),
            ConvTranspose2d(16, 3, 4, 2, 1),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_logsigma(h)

    def reparameterize(self, mu, logsigma):
        return mu + torch.randn_like(logsigma) * torch.exp(logsigma)

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encode(x)
        return self.reparameterize(mu, logsigma), mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
        part="FaceVAE",
        causes=("layers-outside-half",),
    ),
    Fresh(
        "faces",
        "mean face in eval mode",
        "In eval mode z is the mean, without noise; it is to be drawn in either mode.",
        (
            "z = mu + logsigma.exp() * torch.randn_like(mu)",
            "z = mu + logsigma.exp() * torch.randn_like(mu) if self.training else mu",
        ),
        part="FaceVAE",
        causes=("mean-in-eval",),
    ),
    Fresh(
        "faces",
        "one noise and 128",
        "One noise vector is drawn for all faces of the batch, and the hidden size is 128 whatever "
        "hidden_dim_size says.",
        ("torch.randn_like(mu)", "torch.randn(self.latent_dim_size, device=mu.device, dtype=mu.dtype)"),
        ("self.hidden_dim_size = hidden_dim_size", "self.hidden_dim_size = hidden_dim_size = 128"),
        part="FaceVAE",
        causes=("attribute-wrong",),
    ),
)

RIGHT = (
    Right(
        "faces",
        "built from parts in a loop",
        """
class FaceVAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        sizes = [3, 16, 32, 64]
        pairs = list(zip(sizes, sizes[1:]))
        settings = dict(kernel_size=4, stride=2, padding=1, bias=False)
        encoder = nn.Sequential()
        for a, b in pairs:
            encoder.extend([nn.Conv2d(a, b, **settings), nn.ReLU()])
        encoder.extend([nn.Flatten(), nn.Linear(4096, hidden_dim_size), nn.ReLU()])
        encoder.extend([nn.Linear(hidden_dim_size, latent_dim_size * 2), nn.Unflatten(1, (2, latent_dim_size))])
        encoder.append(Rearrange("batch two latent -> two batch latent"))
        decoder = nn.Sequential(nn.Linear(latent_dim_size, hidden_dim_size), nn.ReLU())
        decoder.extend([nn.Linear(hidden_dim_size, 4096), nn.ReLU(), nn.Unflatten(1, (64, 8, 8))])
        for a, b in reversed(pairs):
            decoder.append(nn.ConvTranspose2d(b, a, **settings))
            if a != 3:
                decoder.append(nn.ReLU())
        self.encoder, self.decoder = encoder, decoder

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        code = self.encoder(x)
        return torch.distributions.Normal(code[0], code[1].exp()).rsample(), code[0], code[1]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, *code = self.sample_latent_vector(x)
        return self.decoder(z), *code
""",
        part="FaceVAE",
    ),
)
