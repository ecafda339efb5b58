"""Fresh answers to faces: what twelve strangers made of FaceAutoencoder and FaceVAE, and two right ones."""

from suite.corpus import Fresh, Right

FRESH = (
    # FaceAutoencoder
    Fresh(
        "faces",
        "a tanh for pixels in -1 to 1",
        "The decoder ends in a tanh, where its last layer should stand alone.",
        (
            "ConvTranspose2d(16, 3, 4, stride=2, padding=1),",
            "ConvTranspose2d(16, 3, 4, stride=2, padding=1),\n            nn.Tanh(),",
        ),
        part="FaceAutoencoder",
        causes=("final-activation",),
    ),
    Fresh(
        "faces",
        "torch's own convolutions in a list",
        "The convolutions are torch's own and so have biases, and the encoder's stand in a plain Python "
        "list, where the "
        "module does not find their weights.",
        """
class FaceAutoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        channels = [3, 16, 32, 64]
        self.convs = [nn.Conv2d(i, o, 4, 2, 1) for i, o in zip(channels[:-1], channels[1:])]
        self.to_latent = nn.Sequential(
            nn.Flatten(), nn.Linear(4096, hidden_dim_size), nn.ReLU(), nn.Linear(hidden_dim_size, latent_dim_size)
        )
        ups = []
        for i, o in zip(channels[:0:-1], channels[-2::-1]):
            ups += [nn.ConvTranspose2d(i, o, 4, 2, 1), nn.ReLU()]
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim_size, hidden_dim_size),
            nn.ReLU(),
            nn.Linear(hidden_dim_size, 4096),
            nn.ReLU(),
            nn.Unflatten(1, (64, 8, 8)),
            *ups[:-1],
        )

    def encoder(self, x):
        for conv in self.convs:
            x = torch.relu(conv(x))
        return self.to_latent(x)

    def forward(self, x):
        return self.decoder(self.encoder(x))
""",
        part="FaceAutoencoder",
        causes=("layers-in-plain-list",),
    ),
    Fresh(
        "faces",
        "a ReLU forgotten before the unflattening",
        "No ReLU stands between the decoder's second linear layer and its first transposed convolution.",
        (
            'ReLU(), Rearrange("b (c h w) -> b c h w", c=64, h=8, w=8),',
            'Rearrange("b (c h w) -> b c h w", c=64, h=8, w=8),',
        ),
        part="FaceAutoencoder",
        causes=("missing-relu",),
    ),
    Fresh(
        "faces",
        "tied weights",
        "The decoder's transposed convolutions share the encoder's weight tensors, so the model has three "
        "weights fewer "
        "and each is trained from both sides.",
        '''
class FaceAutoencoder(nn.Module):
    """A mirror is a mirror: the way back uses the weights of the way in."""

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        down, up = [], []
        for fewer, more in ((3, 16), (16, 32), (32, 64)):
            conv = Conv2d(fewer, more, 4, stride=2, padding=1)
            back = ConvTranspose2d(more, fewer, 4, stride=2, padding=1)
            back.weight = conv.weight  # (more, fewer, 4, 4) for both
            down += [conv, ReLU()]
            up = [back] + ([ReLU()] if up else []) + up
        self.encoder = Sequential(
            *down,
            Rearrange("b c h w -> b (c h w)"),
            Linear(64 * 8 * 8, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 64 * 8 * 8),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=64, h=8, w=8),
            *up,
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
''',
        part="FaceAutoencoder",
        causes=("tied-weights",),
    ),
    Fresh(
        "faces",
        "powers of two from 32",
        "The channels go 3 → 32 → 64 → 128 where 3 → 16 → 32 → 64 is asked for, and the batch's dimension is squeezed "
        "away when there is one face.",
        """
def block(layer, i, o):
    return Sequential(layer(i, o, 4, stride=2, padding=1), ReLU())


class FaceAutoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            block(Conv2d, 3, 32),
            block(Conv2d, 32, 64),
            block(Conv2d, 64, 128),
            nn.Flatten(),
            Linear(128 * 8 * 8, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 128 * 8 * 8),
            ReLU(),
            nn.Unflatten(1, (128, 8, 8)),
            block(ConvTranspose2d, 128, 64),
            block(ConvTranspose2d, 64, 32),
            ConvTranspose2d(32, 3, 4, stride=2, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x)).squeeze()
""",
        part="FaceAutoencoder",
        causes=("wrong-channels",),
    ),
    Fresh(
        "faces",
        "dropout on the code",
        "A dropout of 0.1 follows the hidden layer of the encoder, so in training the same face gives "
        "another code each time.",
        (
            "Linear(hidden_dim_size, latent_dim_size),",
            "nn.Dropout(0.1),\n            Linear(hidden_dim_size, latent_dim_size),",
        ),
        part="FaceAutoencoder",
        causes=("random-half",),
    ),
    # FaceVAE
    Fresh(
        "faces",
        "half of the log",
        "Sigma is exp(logsigma / 2), as for a log variance, where the encoder gives log sigma.",
        ("logsigma.exp() * torch.randn_like(mu)", "(0.5 * logsigma).exp() * torch.randn_like(mu)"),
        part="FaceVAE",
        causes=("logvar",),
    ),
    Fresh(
        "faces",
        "two heads beside the encoder",
        "encoder(x) gives the hidden numbers, (b, hidden), and not (2, b, latent): mean and log sigma come "
        "from two heads "
        "outside it; and in eval mode z is the mean, without noise.",
        """
class FaceVAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = nn.Sequential(
            Conv2d(3, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(32, 64, 4, stride=2, padding=1),
            ReLU(),
            nn.Flatten(start_dim=1),
            Linear(64 * 8 * 8, hidden_dim_size),
            ReLU(),
        )
        self.fc_mu = Linear(hidden_dim_size, latent_dim_size)
        self.fc_logsigma = Linear(hidden_dim_size, latent_dim_size)
        self.decoder = nn.Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 64 * 8 * 8),
            ReLU(),
            nn.Unflatten(1, (64, 8, 8)),
            ConvTranspose2d(64, 32, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 3, 4, stride=2, padding=1),
        )

    def reparameterize(self, mu, logsigma):
        if self.training:
            return mu + torch.exp(logsigma) * torch.randn_like(mu)
        return mu

    def sample_latent_vector(self, x):
        h = self.encoder(x)
        mu, logsigma = self.fc_mu(h), self.fc_logsigma(h)
        return self.reparameterize(mu, logsigma), mu, logsigma

    def forward(self, x):
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
        causes=("layers-outside-half",),
        part="FaceVAE",
    ),
    Fresh(
        "faces",
        "torch.normal draws",
        "z comes from torch.normal, through which no gradient reaches mu and sigma: no reparameterisation.",
        ("z = mu + logsigma.exp() * torch.randn_like(mu)", "z = torch.normal(mu, logsigma.exp())"),
        part="FaceVAE",
        causes=("detached-sample",),
    ),
    Fresh(
        "faces",
        "noise for one",
        "One draw of noise, of shape (latent,), serves all faces of the batch.",
        ("torch.randn_like(mu)", "torch.randn(self.latent_dim_size, device=mu.device)"),
        part="FaceVAE",
        causes=("noise-shared-across-batch",),
    ),
    Fresh(
        "faces",
        "softplus and leaky slopes",
        "Sigma is softplus of what should be its logarithm, the ReLUs are leaky, and forward gives z in the "
        "place of mu.",
        """
class FaceVAE(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        act = nn.LeakyReLU(0.2)
        geometry = dict(kernel_size=4, stride=2, padding=1)
        self.encoder = Sequential(
            Conv2d(3, 16, **geometry), act, Conv2d(16, 32, **geometry), act, Conv2d(32, 64, **geometry), act,
            Rearrange("b c h w -> b (c h w)"),
            Linear(4096, hidden_dim_size), act,
            Linear(hidden_dim_size, latent_dim_size * 2),
            Rearrange("b (two latent) -> two b latent", two=2),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), act, Linear(hidden_dim_size, 4096), act,
            Rearrange("b (c h w) -> b c h w", c=64, h=8),
            ConvTranspose2d(64, 32, **geometry), act, ConvTranspose2d(32, 16, **geometry), act,
            ConvTranspose2d(16, 3, **geometry),
        )

    def sample_latent_vector(self, x):
        mu, logsigma = self.encoder(x).unbind(0)
        sigma = nn.functional.softplus(logsigma) + 1e-6
        return mu + sigma * torch.randn_like(sigma), mu, logsigma

    def forward(self, x):
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), z, logsigma
""",
        part="FaceVAE",
        causes=("wrong-activation",),
    ),
    Fresh(
        "faces",
        "flattened too far",
        "The two halves are split with a reshape of (b, 2 · latent) to (2, b, latent) in memory order, so "
        "with more than one "
        "face the numbers of different faces are mixed.",
        '''
class FaceVAE(nn.Module):
    """`encoder`: (b, 3, 64, 64) → (2, b, latent_dim_size); `decoder`: (b, latent_dim_size) → (b, 3, 64, 64)."""

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.features = Sequential(
            Conv2d(3, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(32, 64, 4, stride=2, padding=1),
            ReLU(),
        )
        self.code = Sequential(Linear(64 * 8 * 8, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 2 * latent_dim_size))
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 64 * 8 * 8),
            ReLU(),
            nn.Unflatten(-1, (64, 8, 8)),
            ConvTranspose2d(64, 32, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 3, 4, stride=2, padding=1),
        )

    def encoder(self, x: Tensor) -> Tensor:
        return self.code(self.features(x).flatten(1)).reshape(2, -1, self.latent_dim_size)

    def sample_latent_vector(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mu, logsigma = self.encoder(x)
        return torch.addcmul(mu, logsigma.exp(), torch.randn_like(mu)), mu, logsigma

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
''',
        part="FaceVAE",
        causes=("mixed-rows",),
    ),
)

RIGHT = (
    Right(
        "faces",
        "the halves interleaved",
        ('"b (n latent) -> n b latent"', '"b (latent n) -> n b latent"'),
        part="FaceVAE",
    ),
    Right(
        "faces",
        "built by a loop with functions between",
        '''
class FaceAutoencoder(nn.Module):
    """The encoder is a module of its own, the decoder another; ReLUs are functions."""

    class Encoder(nn.Module):
        def __init__(self, channels, hidden, latent):
            super().__init__()
            pairs = zip(channels[:-1], channels[1:], strict=True)
            self.convs = nn.ModuleList(Conv2d(i, o, 4, stride=2, padding=1) for i, o in pairs)
            self.hidden = Linear(channels[-1] * 64, hidden)
            self.latent = Linear(hidden, latent)

        def forward(self, x):
            for conv in self.convs:
                x = conv(x).clamp(min=0)
            return self.latent(torch.relu(self.hidden(x.flatten(1))))

    class Decoder(nn.Module):
        def __init__(self, channels, hidden, latent):
            super().__init__()
            self.hidden = Linear(latent, hidden)
            self.image = Linear(hidden, channels[0] * 64)
            pairs = zip(channels[:-1], channels[1:], strict=True)
            self.convs = nn.ModuleList(ConvTranspose2d(i, o, 4, stride=2, padding=1) for i, o in pairs)

        def forward(self, z):
            x = self.image(torch.relu(self.hidden(z))).unflatten(1, (-1, 8, 8))
            for conv in self.convs:
                x = conv(torch.relu(x))
            return x

    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = self.Encoder([3, 16, 32, 64], hidden_dim_size, latent_dim_size)
        self.decoder = self.Decoder([64, 32, 16, 3], hidden_dim_size, latent_dim_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
''',
        part="FaceAutoencoder",
    ),
)
