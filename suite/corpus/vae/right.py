"""VAEs that are right, in other styles than the reference's."""

from functools import partial

from suite.corpus import Right
from suite.corpus.vae.wrong import (
    CONV1,
    CONV2,
    ENCODE,
    NOISE,
    RETURN,
    SAMPLE,
    SAMPLED,
    SPLIT,
    TO_LATENT,
    Z,
    split_by,
    z_is,
)

right = partial(Right, "vae")

HEADS = "Linear(hidden_dim_size, latent_dim_size)"


def two_heads(method: str, first: str = "mean", second: str = "spread") -> tuple[tuple[str, str], ...]:
    """Two layers of their own at the encoder's end, joined in a method `encoder`."""
    return (
        (
            "self.encoder = Sequential(",
            f"self.{first} = {HEADS}\n        self.{second} = {HEADS}\n        self.body = Sequential(",
        ),
        (f"{TO_LATENT} {SPLIT}", ""),
        (
            "def sample_latent_vector",
            f"def encoder(self, x):\n        h = self.body(x)\n        {method}\n\n    def sample_latent_vector",
        ),
    )


RIGHT = (
    right("the reference itself"),
    # The encoder's end
    right("two heads", *two_heads("return torch.stack([self.mean(h), self.spread(h)])")),
    right(
        "two heads, the spread's made first",
        *two_heads("return torch.stack([self.mean(h), self.spread(h)])", "spread", "mean"),
    ),
    right("two heads and a pair", *two_heads("return self.mean(h), self.spread(h)"), note="pair"),
    right("interleaved rows", ("b (n latent)", "b (latent n)")),
    right(
        "rows of logsigma first",
        *split_by("logsigma, mu = h.chunk(2, dim=1)\n        return torch.stack((mu, logsigma))"),
    ),
    right("odd and even rows, logsigma first", *split_by("return torch.stack((h[:, 1::2], h[:, ::2]))")),
    right("chunk and stack", *split_by("return torch.stack(h.chunk(2, dim=-1), dim=0)")),
    right("split into a pair", *split_by("return h.split(self.latent_dim_size, dim=1)"), note="pair"),
    right("a list of two", *split_by("return list(h.tensor_split(2, dim=1))"), note="pair"),
    right("view and transpose", *split_by("return h.view(len(h), 2, -1).transpose(0, 1)")),
    right(
        "reshape and permute, interleaved", *split_by("return h.reshape(-1, self.latent_dim_size, 2).permute(2, 0, 1)")
    ),
    right("unflatten and movedim", *split_by("return h.unflatten(1, (2, -1)).movedim(1, 0)")),
    right("unbind in sampling", (ENCODE, "mu, logsigma = self.encoder(x).unbind(0)")),
    right("indices in sampling", (ENCODE, "code = self.encoder(x)\n        mu, logsigma = code[0], code[1]")),
    # The sample
    right("rsample", z_is("torch.distributions.Normal(mu, logsigma.exp()).rsample()")),
    right(
        "rsample of an independent normal",
        z_is("torch.distributions.Independent(torch.distributions.Normal(mu, logsigma.exp()), 1).rsample()"),
    ),
    right("torch normal of size", z_is("torch.normal(0, 1, size=mu.shape) * logsigma.exp() + mu")),
    right("randn of a shape on a device", (NOISE, "torch.randn(mu.shape, device=mu.device, dtype=mu.dtype)")),
    right("randn of two sizes", (NOISE, "torch.randn(x.shape[0], self.latent_dim_size)")),
    right("addcmul", z_is("torch.addcmul(mu, logsigma.exp(), torch.randn_like(mu))")),
    right("in place on the noise", z_is("torch.randn_like(mu).mul_(logsigma.exp()).add_(mu)")),
    right("normal in place of an empty tensor", (NOISE, "torch.empty_like(mu).normal_()")),
    right("noise turned round", z_is("mu - logsigma.exp() * torch.randn_like(mu)")),
    right("the root of the variance", z_is("mu + torch.sqrt((2 * logsigma).exp()) * torch.randn_like(mu)")),
    right("a tiny number for safety", z_is("mu + (logsigma.exp() + 1e-8) * torch.randn_like(mu)")),
    right("sigma clamped far away", z_is("mu + logsigma.clamp(-20, 20).exp() * torch.randn_like(mu)")),
    right("e to the power", z_is("mu + torch.e**logsigma * torch.randn_like(mu)")),
    right("einops for the noise", z_is("mu + torch.einsum('b l, b l -> b l', logsigma.exp(), torch.randn_like(mu))")),
    right(
        "a helper for the sample",
        (Z, "z = self.reparameterise(mu, logsigma)"),
        (
            "def forward",
            "@staticmethod\n    def reparameterise(mu, logsigma):\n        return mu + logsigma.exp() * torch.randn_like(mu)\n\n    def forward",
        ),
    ),
    right(
        "noise without gradients",
        (Z, f"with torch.no_grad():\n            eps = {NOISE}\n        z = mu + logsigma.exp() * eps"),
    ),
    right(
        "noise drawn from a numpy-like grid of torch",
        (NOISE, "torch.stack([torch.randn(self.latent_dim_size) for _ in mu])"),
    ),
    right(
        "noise for each half of the batch",
        (NOISE, "torch.cat([torch.randn(len(part), mu.shape[1]) for part in mu.tensor_split(2)])"),
    ),
    right("noise of double precision", (NOISE, "torch.randn(mu.shape, dtype=torch.float64).float()")),
    right("more noise than is used", (NOISE, "torch.randn(1024, mu.shape[1])[: len(mu)]")),
    right("a shuffled batch of noise", (NOISE, "torch.randn_like(mu)[torch.randperm(len(mu))]")),
    right("noise turned round and turned back to front", (NOISE, "-torch.randn_like(mu).flip(0)")),
    right(
        "Box and Muller's noise",
        (NOISE, "(torch.sqrt(-2 * (1 - torch.rand_like(mu)).log()) * torch.cos(2 * torch.pi * torch.rand_like(mu)))"),
    ),
    right(
        "a multivariate normal",
        z_is("torch.distributions.MultivariateNormal(mu, torch.diag_embed((2 * logsigma).exp())).rsample()"),
    ),
    right("noise drawn latent by latent", (NOISE, "torch.stack([torch.randn(len(mu)) for _ in mu[0]], 1)")),
    right(
        "forward's own noise",
        (RETURN, "z = torch.randn_like(mu) * logsigma.exp() + mu\n        return self.decoder(z), mu, logsigma"),
    ),
    right("noise cut off where none is", (NOISE, "torch.randn_like(mu).clamp(-8, 8)")),
    right("log sigma clamped from -20 to 2", z_is("mu + logsigma.clamp(-20, 2).exp() * torch.randn_like(mu)")),
    right("noise with a random sign", (NOISE, "(torch.randn_like(mu) * torch.randn_like(mu).sign())")),
    # Both modes
    right(
        "other code in eval mode, that draws as well",
        z_is(
            "mu + logsigma.exp() * torch.randn_like(mu) if self.training else torch.distributions.Normal(mu, logsigma.exp()).rsample()"
        ),
    ),
    right(
        "other noise in eval mode",
        z_is("mu + logsigma.exp() * (torch.randn_like(mu) if self.training else -torch.randn(mu.shape))"),
    ),
    right("Dropout of nothing", (CONV1, f"{CONV1} nn.Dropout(0.0),")),
    right("built in eval mode", ("def sample_latent_vector", "    self.eval()\n\n    def sample_latent_vector")),
    # What is returned
    right("one stacked tensor", (SAMPLED, "return torch.stack((z, mu, logsigma))")),
    right("a list", (SAMPLED, "return [z, mu, logsigma]"), (RETURN, "return [self.decoder(z), mu, logsigma]")),
    right(
        "a named tuple",
        (
            "class VAE(",
            "from typing import NamedTuple\n\n\nclass Output(NamedTuple):\n    x: Tensor\n    mu: Tensor\n    logsigma: Tensor\n\n\nclass VAE(",
        ),
        (RETURN, "return Output(self.decoder(z), mu, logsigma)"),
    ),
    right("forward without sample_latent_vector", (SAMPLE, f"{ENCODE}\n        {Z}")),
    right(
        "forward encodes once more",
        (RETURN, "mu, logsigma = self.encoder(x)\n        return self.decoder(z), mu, logsigma"),
    ),
    right("prints while running", (Z, f"{Z}\n        print(f'mean {{mu.mean():.2f}}', z.shape)")),
    # The whole
    right(
        "an autoencoder made a VAE",
        """from solutions.autoencoder import Autoencoder


class VAE(Autoencoder):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__(latent_dim_size, hidden_dim_size)
        self.encoder = nn.Sequential(
            *self.encoder[:-1],
            Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (n latent) -> n b latent", n=2),
        )

    def sample_latent_vector(self, x):
        mu, logsigma = self.encoder(x)
        return mu + torch.exp(logsigma) * torch.randn_like(logsigma), mu, logsigma

    def forward(self, x):
        z, *statistics = self.sample_latent_vector(x)
        return self.decoder(z), *statistics
""",
    ),
    right(
        "an autoencoder of twice the latents",
        """from solutions.autoencoder import Autoencoder


class VAE(Autoencoder):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__(2 * latent_dim_size, hidden_dim_size)
        self.latent_dim_size = latent_dim_size
        self.encoder.append(nn.Unflatten(1, (2, latent_dim_size))).append(Rearrange("b n l -> n b l"))
        self.decoder[0] = Linear(latent_dim_size, hidden_dim_size)

    def sample_latent_vector(self, x):
        mu, logsigma = self.encoder(x)
        return mu + torch.exp(logsigma) * torch.randn_like(logsigma), mu, logsigma

    def forward(self, x):
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
    ),
    right(
        "functions and parameters",
        """class VAE(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        sizes = dict(
            conv1=(16, 1, 4, 4), conv2=(32, 16, 4, 4), hidden=(1568, hidden_dim_size), hidden_bias=(hidden_dim_size,),
            mean=(hidden_dim_size, latent_dim_size), mean_bias=(latent_dim_size,),
            spread=(hidden_dim_size, latent_dim_size), spread_bias=(latent_dim_size,),
            back=(latent_dim_size, hidden_dim_size), back_bias=(hidden_dim_size,),
            flat=(hidden_dim_size, 1568), flat_bias=(1568,), up1=(32, 16, 4, 4), up2=(16, 1, 4, 4),
        )
        for name, size in sizes.items():
            self.register_parameter(name, nn.Parameter(0.1 * torch.randn(size)))

    def encoder(self, x):
        x = F.conv2d(x, self.conv1, stride=2, padding=1).relu()
        x = F.conv2d(x, self.conv2, stride=2, padding=1).relu().flatten(1)
        x = (x @ self.hidden + self.hidden_bias).relu()
        return torch.stack((x @ self.mean + self.mean_bias, x @ self.spread + self.spread_bias))

    def decoder(self, z):
        x = (z @ self.back + self.back_bias).relu()
        x = (x @ self.flat + self.flat_bias).relu().view(-1, 32, 7, 7)
        x = F.conv_transpose2d(x, self.up1, stride=2, padding=1).relu()
        return F.conv_transpose2d(x, self.up2, stride=2, padding=1)

    def sample_latent_vector(self, x):
        mu, logsigma = self.encoder(x)
        eps = torch.randn_like(mu)
        return eps * logsigma.exp() + mu, mu, logsigma

    def forward(self, x):
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
""",
    ),
    right(
        "lazy layers and ReLUs in place",
        ("ReLU(),", "nn.ReLU(inplace=True),", 6),
        ("Linear(32 * 7 * 7, hidden_dim_size),", "nn.LazyLinear(hidden_dim_size),"),
        (TO_LATENT, "nn.LazyLinear(2 * latent_dim_size),"),
    ),
    right("channels last when flattening", ("b c h w -> b (c h w)", "b c h w -> b (h w c)"), note="(h w c)"),
    right(
        "width before height on the way back",
        ("b (c h w) -> b c h w", "b (c w h) -> b c h w"),
        note="width before height",
    ),
    right(
        "torch's layers without bias",
        (CONV1, "nn.Conv2d(1, 16, 4, 2, 1, bias=False),"),
        (CONV2, "nn.Conv2d(16, 32, 4, 2, 1, bias=False),"),
    ),
    right(
        "noise in a buffer that is kept and filled anew",
        ("self.encoder = Sequential(", "self.eps = torch.zeros(0)\n        self.encoder = Sequential("),
        ("torch.randn_like(mu)", "self.noise(mu)"),
        (
            "def sample_latent_vector",
            "def noise(self, mu):\n        if self.eps.shape != mu.shape:\n            self.eps = torch.empty_like(mu)\n"
            "        return self.eps.detach().clone().normal_()\n\n    def sample_latent_vector",
        ),
    ),
    right(
        "a generator with a seed that torch draws",
        (
            "torch.randn_like(mu)",
            "torch.randn(mu.shape, generator=torch.Generator().manual_seed(int(torch.randint(2**31, ()))))",
        ),
    ),
    right("noise drawn image by image", ("torch.randn_like(mu)", "torch.stack([torch.randn_like(m) for m in mu])")),
    right("noise for a larger batch cut", ("torch.randn_like(mu)", "torch.randn(len(mu) + 3, mu.shape[1])[3:]")),
    right(
        "noise in double with its sign turned",
        ("torch.randn_like(mu)", "-torch.randn_like(mu, dtype=torch.double).float()"),
    ),
    right("noise latent by latent", ("torch.randn_like(mu)", "torch.randn(mu.shape[1], len(mu)).T")),
    right(
        "forward's noise drawn second, in double",
        (RETURN, f"z = mu + logsigma.exp() * torch.randn_like(mu, dtype=torch.double).float()\n        {RETURN}"),
    ),
    right("forward's noise drawn second", (RETURN, f"{Z}\n        {RETURN}")),
)
