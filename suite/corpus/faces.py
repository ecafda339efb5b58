"""Models of faces: what goes wrong between 28x28 grey pixels and 64x64 coloured ones, and the ways in which it goes right."""

from functools import partial

from suite.corpus import Right, Wrong

wrong, right = partial(Wrong, "faces"), partial(Right, "faces")
PLAIN, VAE = "FaceAutoencoder", "FaceVAE"

CONV1, CONV2, CONV3 = (f"Conv2d({channels}, 4, stride=2, padding=1)," for channels in ("3, 16", "16, 32", "32, 64"))
UP1, UP2, UP3 = (f"ConvTranspose2d({channels}, 4, stride=2, padding=1)," for channels in ("64, 32", "32, 16", "16, 3"))
FLATTEN, SPLIT = 'Rearrange("b c h w -> b (c h w)"),', 'Rearrange("b (n latent) -> n b latent", n=2),'
UNFLATTEN = 'Rearrange("b (c h w) -> b c h w", c=64, h=8, w=8),'
TO_HIDDEN, TO_LATENT = "Linear(64 * 8 * 8, hidden_dim_size),", "Linear(hidden_dim_size, latent_dim_size),"
TO_BOTH = "Linear(hidden_dim_size, 2 * latent_dim_size),"
FROM_HIDDEN = "Linear(hidden_dim_size, 64 * 8 * 8),"
REBUILD, SAMPLE = "return self.decoder(self.encoder(x))", "z = mu + logsigma.exp() * torch.randn_like(mu)"
ENCODE, DECODE = "mu, logsigma = self.encoder(x)", "return self.decoder(z), mu, logsigma"
MNIST = """class FaceAutoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1), ReLU(), Conv2d(16, 32, 4, stride=2, padding=1), ReLU(),
            Rearrange("b c h w -> b (c h w)"), Linear(32 * 7 * 7, hidden_dim_size), ReLU(),
            Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 32 * 7 * 7), ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7), ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(), ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))
"""

WRONG = (
    # What is left over from the digits
    wrong("the digits' model as it is", "wrong-channels", MNIST, part=PLAIN),
    wrong("one channel in", "wrong-channels", (CONV1, CONV1.replace("3, 16", "1, 16")), part=PLAIN),
    wrong("one channel out", "wrong-channels", (UP3, UP3.replace("16, 3", "16, 1")), part=PLAIN),
    wrong("sides of seven", "wrong-linear", ("64 * 8 * 8", "64 * 7 * 7", 2), ("h=8, w=8", "h=7, w=7"), part=PLAIN),
    wrong("two convolutions", "missing-convolution", (f"ReLU(), {CONV3}", ""), (f"{UP1} ReLU(),", ""), ("64 * 8 * 8", "32 * 16 * 16", 2), ("c=64, h=8, w=8", "c=32, h=16, w=16"), part=PLAIN),
    wrong("four convolutions", "extra-convolution", (CONV3, f"{CONV3} ReLU(), Conv2d(64, 128, 4, stride=2, padding=1),"), (UP1, f"ConvTranspose2d(128, 64, 4, stride=2, padding=1), ReLU(), {UP1}"), ("64 * 8 * 8", "128 * 4 * 4", 2), ("c=64, h=8, w=8", "c=128, h=4, w=4"), part=PLAIN),
    wrong("channels doubled", "wrong-channels", (CONV1, CONV1.replace("16", "32")), (CONV2, CONV2.replace("16, 32", "32, 32")), part=PLAIN),
    wrong("unflattened to a wrong side", "shapes-do-not-fit", ("c=64, h=8, w=8", "c=64, h=7, w=7"), part=PLAIN),
    wrong("channels and side exchanged", "shapes-do-not-fit", ("c=64, h=8, w=8", "c=8, h=64, w=8"), part=PLAIN),
    wrong("biases", "conv-bias", (CONV3, f"nn.{CONV3}"), part=PLAIN),
    wrong("no ReLU after the third convolution", "missing-relu", (f"{CONV3} ReLU(),", CONV3), part=PLAIN),
    wrong("no ReLU after the first transposed convolution", "missing-relu", (f"{UP1} ReLU(),", UP1), part=PLAIN),
    wrong("no ReLU after the second transposed convolution", "missing-relu", (f"{UP2} ReLU(),", UP2), part=PLAIN),
    wrong("no ReLU before the latents", "missing-relu", (f"{TO_HIDDEN} ReLU(),", TO_HIDDEN), part=PLAIN),
    wrong("tanh for pixels in -1 to 1", "final-activation", (UP3, f"{UP3} nn.Tanh(),"), part=PLAIN),
    wrong("sigmoid for pixels", "final-activation", (UP3, f"{UP3} nn.Sigmoid(),"), part=PLAIN),
    wrong("BatchNorm between the convolutions", "batch-norm", (CONV2, f"{CONV2} nn.BatchNorm2d(32),"), part=PLAIN),
    wrong("LeakyReLU everywhere", "wrong-activation", ("ReLU(),", "nn.LeakyReLU(0.2),", 8), part=PLAIN),
    wrong("stride forgotten in the last layer", "wrong-stride-or-padding", (UP3, "ConvTranspose2d(16, 3, 4, stride=1, padding=1),"), part=PLAIN),
    wrong("pixels normalised again", "normalised-input", (REBUILD, "return self.decoder(self.encoder((x - 0.5) / 0.5))"), part=PLAIN),
    wrong("pixels brought back to 0 to 1", "denormalised-output", (REBUILD, "return self.decoder(self.encoder(x)) * 0.5 + 0.5"), part=PLAIN),
    wrong("pixels clamped", "clamped-output", (REBUILD, "return self.decoder(self.encoder(x)).clamp(-1, 1)"), part=PLAIN),
    wrong("image turned round", "transposed-image", (REBUILD, "return self.decoder(self.encoder(x.transpose(2, 3)))"), part=PLAIN),
    wrong("colours last", "shapes-do-not-fit", (REBUILD, "return self.decoder(self.encoder(x.permute(0, 2, 3, 1)))"), part=PLAIN),
    wrong("the code alone", "returns-code", (REBUILD, "return self.encoder(x)"), part=PLAIN),
    wrong("nothing returned by forward", "returns-none", (REBUILD, "self.decoder(self.encoder(x))"), part=PLAIN),
    wrong("sizes not kept", "attribute-missing", ("self.hidden_dim_size = hidden_dim_size", ""), part=PLAIN),
    wrong("latents of a fixed number", "hard-coded-sizes", (TO_LATENT, "Linear(hidden_dim_size, 10),"), ("Linear(latent_dim_size, hidden_dim_size),", "Linear(10, hidden_dim_size),"), part=PLAIN),
    wrong("weights of zero", "bad-initialisation", ("def forward", "    nn.init.zeros_(self.encoder[0].weight)\n\n    def forward"), part=PLAIN),
    wrong("the reconstruction cut off", "detached", (REBUILD, "return self.decoder(self.encoder(x).detach())"), part=PLAIN),
    wrong("a convolution that nothing calls", "extra-layers", ("def forward", f"    self.spare = {CONV3.rstrip(',')}\n\n    def forward"), part=PLAIN),
    wrong("an encoder of which forward does not know", "final-activation", ("self.encoder = Sequential(", "self.down = Sequential("), ("def forward", "def encoder(self, x):\n        return self.down(x).tanh()\n\n    def forward"), (REBUILD, "return self.decoder(self.down(x))"), part=PLAIN),
    wrong("a decoder of which forward does not know", "final-activation", ("self.decoder = Sequential(", "self.up = Sequential("), ("def forward", "def decoder(self, z):\n        return self.up(z).tanh()\n\n    def forward"), (REBUILD, "return self.up(self.encoder(x))"), part=PLAIN),
    # The VAE
    wrong("an autoencoder for a VAE", "latents-not-doubled", (TO_BOTH, TO_LATENT), (SPLIT, ""), part=VAE),
    wrong("not split", "not-split", (SPLIT, ""), part=VAE),
    wrong("split behind the batch", "split-on-wrong-axis", (SPLIT, 'Rearrange("b (n latent) -> b n latent", n=2),'), part=VAE),
    wrong("one colour channel in the VAE", "wrong-channels", (CONV1, CONV1.replace("3, 16", "1, 16")), (UP3, UP3.replace("16, 3", "16, 1")), part=VAE),
    wrong("no ReLU after the VAE's third convolution", "missing-relu", (f"{CONV3} ReLU(),", CONV3), part=VAE),
    wrong("tanh behind the VAE's decoder", "final-activation", (UP3, f"{UP3} nn.Tanh(),"), part=VAE),
    wrong("a face's heads beside its encoder", "layers-outside-half", (f"{TO_BOTH} {SPLIT}", ""), ("def sample_latent_vector", "    self.to_mean, self.to_spread = (Linear(hidden_dim_size, latent_dim_size) for _ in range(2))\n\n    def sample_latent_vector"), (ENCODE, "h = self.encoder(x)\n        mu, logsigma = self.to_mean(h), self.to_spread(h)"), part=VAE),
    wrong("a face's first convolution made once", "shared-between-models", ("class FaceAutoencoder(nn.Module):", f"FIRST = {CONV1.rstrip(',')}\n\n\nclass FaceAutoencoder(nn.Module):"), (CONV1, "FIRST,"), part=PLAIN),
    wrong("a face with noise on it", "noise-on-pixels", (DECODE, "out = self.decoder(z)\n        return out + 0.5 * torch.randn_like(out), mu, logsigma"), part=VAE),
    wrong("a face's maps that go across", "skip-connection", (REBUILD, "maps = self.encoder[:6](x)\n        return self.decoder[5:](self.decoder[:5](self.encoder[6:](maps)) + maps)"), part=PLAIN),
    wrong("a face decoded from bfloat16 noise", "coarse-noise", (DECODE, "z = mu + logsigma.exp() * torch.randn_like(mu).bfloat16().float()\n        return self.decoder(z), mu, logsigma"), part=VAE),
    wrong("a face's noise kept for its shape", "noise-frozen", ("self.encoder = Sequential(", "self.kept = {}\n        self.encoder = Sequential("), (SAMPLE, SAMPLE.replace("torch.randn_like(mu)", "self.kept.setdefault((mu.shape, self.training), torch.randn_like(mu))")), part=VAE),
    wrong("a face's noise kept in eval", "noise-frozen", (SAMPLE, f"if not self.training:\n            torch.manual_seed(3)\n        {SAMPLE}"), part=VAE),
    wrong("exp forgotten", "exp-forgotten", (SAMPLE, "z = mu + logsigma * torch.randn_like(mu)"), part=VAE),
    wrong("a log variance", "logvar", (SAMPLE, "z = mu + (logsigma / 2).exp() * torch.randn_like(mu)"), part=VAE),
    wrong("uniform noise", "uniform-noise", ("randn_like", "rand_like"), part=VAE),
    wrong("one noise for all faces", "noise-shared-across-batch", ("torch.randn_like(mu)", "torch.randn(mu.shape[1])"), part=VAE),
    wrong("mean and log sigma exchanged", "mean-and-logsigma-swapped", (ENCODE, "logsigma, mu = self.encoder(x)"), part=VAE),
    wrong("uniform noise where forward does not look", "uniform-noise", ("randn_like", "rand_like"), ("z, mu, logsigma = self.sample_latent_vector(x)", "mu, logsigma = self.encoder(x)\n        z = mu + logsigma.exp() * torch.randn_like(mu)"), part=VAE),
    wrong("the mean decoded", "decodes-mean", (DECODE, "return self.decoder(mu), mu, logsigma"), part=VAE),
    wrong("the reconstruction alone", "returns-one", (DECODE, "return self.decoder(z)"), part=VAE),
    wrong("tanh on the reconstruction", "final-activation", (DECODE, "return self.decoder(z).tanh(), mu, logsigma"), part=VAE),
    wrong("sigma returned", "returns-sigma", (DECODE, "return self.decoder(z), mu, logsigma.exp()"), part=VAE),
    wrong("torch normal in the VAE", "detached-sample", (SAMPLE, "z = torch.normal(mu, logsigma.exp())"), part=VAE),
    wrong("a convolution of the VAE that nothing calls", "extra-layers", ("def sample_latent_vector", f"    self.spare = {CONV3.rstrip(',')}\n\n    def sample_latent_vector"), part=VAE),
    wrong("the VAE's sizes not kept", "attribute-missing", ("self.latent_dim_size = latent_dim_size", ""), part=VAE),
    wrong("the VAE's weights all one", "bad-initialisation", ("def sample_latent_vector", "    nn.init.ones_(self.decoder[0].weight)\n\n    def sample_latent_vector"), part=VAE),
    wrong("no noise for one face", "no-noise", (SAMPLE, f"{SAMPLE} * (len(x) > 1)"), part=VAE),
    wrong("the second half of the faces negated", "noise-shared-across-batch", (SAMPLE, "half = torch.randn((len(x) + 1) // 2, mu.shape[1])\n        z = mu + logsigma.exp() * torch.cat((half, -half))[: len(x)]"), part=VAE),
    wrong("3 latents for faces", "hard-coded-sizes", (TO_LATENT, "Linear(hidden_dim_size, 3),"), ("Linear(latent_dim_size, hidden_dim_size),", "Linear(3, hidden_dim_size),"), part=PLAIN),
    wrong("noise of three latents", "hard-coded-sizes", (SAMPLE, "z = mu + logsigma.exp() * torch.randn(len(mu), 3)"), part=VAE),
    # What a trained model does
    wrong("clamped in eval mode", "clamped-output", (REBUILD, "out = self.decoder(self.encoder(x))\n        return out if self.training else out.clamp(0, 1)"), part=PLAIN),
    wrong("the mean unless training", "mean-in-eval", (SAMPLE, f"{SAMPLE} if self.training else mu"), part=VAE),
    wrong("the mean decoded in eval mode", "mean-in-eval", (DECODE, "return self.decoder(z if self.training else mu), mu, logsigma"), part=VAE),
    # Kinds that the digits have too, in larger networks
    wrong("Mish behind two of the convolutions", "wrong-activation", (f"{CONV1} ReLU(),", f"{CONV1} nn.Mish(),"), (f"{CONV3} ReLU(),", f"{CONV3} nn.Mish(),"), part=PLAIN),
    wrong("PReLU for a face", "wrong-activation", (f"{UP1} ReLU(),", f"{UP1} nn.PReLU(),"), part=PLAIN),
    wrong("circular padding for a face", "padding-mode", (CONV3, 'nn.Conv2d(32, 64, 4, 2, 1, bias=False, padding_mode="circular"),'), part=PLAIN),
    wrong("Upsample for a face", "upsampling", (UP3, 'nn.Upsample(scale_factor=2), nn.Conv2d(16, 3, 4, padding="same", bias=False),'), part=PLAIN),
    wrong("max-pooling for a face", "pooling-for-stride", (CONV2, 'nn.Conv2d(16, 32, 4, padding="same", bias=False), nn.MaxPool2d(2),'), part=PLAIN),
    wrong("faces that mix", "images-mixed", (REBUILD, "z = self.encoder(x)\n        return self.decoder(z - z.mean(0))"), part=PLAIN),
    wrong("something else in the middle of a decoder", None, (f"{UP1} ReLU(),", f"{UP1} nn.Softshrink(),"), part=PLAIN),
    wrong("something else in the middle of an encoder", None, (f"{CONV2} ReLU(),", f"{CONV2} nn.Softshrink(),"), part=VAE),
    wrong("sigma and a tenth for a face", "wrong-spread", (SAMPLE, "z = mu + (logsigma.exp() + 0.1) * torch.randn_like(mu)"), part=VAE),
    wrong("whitened noise for faces", "noise-whitened", (SAMPLE, "eps = torch.randn_like(mu)\n        eps = (eps - eps.mean(0)) / eps.std(0) if len(eps) > 1 else eps\n        z = mu + logsigma.exp() * eps"), part=VAE),
    wrong("not a module", "not-a-module", ("(nn.Module)", ""), ("super().__init__()", ""), part=VAE),
)  # fmt: skip

HALVES = """def down(channels):
    steps = []
    for before, behind in zip(channels, channels[1:]):
        steps += [Conv2d(before, behind, 4, stride=2, padding=1), ReLU()]
    return steps


def up(channels):
    steps = []
    for before, behind in zip(channels, channels[1:]):
        steps += [ConvTranspose2d(before, behind, 4, stride=2, padding=1), ReLU()]
    return steps[:-1]


"""

LOOPS = (
    HALVES
    + """class FaceAutoencoder(nn.Module):
    channels = (3, 16, 32, 64)

    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        flat = 64 * 8 * 8
        self.encoder = Sequential(
            *down(self.channels), nn.Flatten(), Linear(flat, hidden_dim_size), ReLU(),
            Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, flat), ReLU(),
            nn.Unflatten(1, (64, 8, 8)), *up(self.channels[::-1]),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))
"""
)

LAZY = """class FaceAutoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = nn.Sequential(
            nn.LazyConv2d(16, 4, 2, 1, bias=False), nn.ReLU(), nn.LazyConv2d(32, 4, 2, 1, bias=False), nn.ReLU(),
            nn.LazyConv2d(64, 4, 2, 1, bias=False), nn.ReLU(), nn.Flatten(), nn.LazyLinear(hidden_dim_size), nn.ReLU(),
            nn.LazyLinear(latent_dim_size),
        )
        self.decoder = nn.Sequential(
            nn.LazyLinear(hidden_dim_size), nn.ReLU(), nn.LazyLinear(4096), nn.ReLU(), nn.Unflatten(1, (64, 8, 8)),
            nn.LazyConvTranspose2d(32, 4, 2, 1, bias=False), nn.ReLU(),
            nn.LazyConvTranspose2d(16, 4, 2, 1, bias=False), nn.ReLU(), nn.LazyConvTranspose2d(3, 4, 2, 1, bias=False),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))
"""

INHERITED = """class FaceVAE(FaceAutoencoder):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__(latent_dim_size, hidden_dim_size)
        self.encoder[-1] = Linear(hidden_dim_size, 2 * latent_dim_size)
        self.encoder.append(Rearrange("b (n latent) -> n b latent", n=2))

    def sample_latent_vector(self, x):
        mu, logsigma = self.encoder(x)
        return torch.distributions.Normal(mu, logsigma.exp()).rsample(), mu, logsigma

    def forward(self, x):
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
"""

DIGITS_METHODS = """class FaceVAE(FaceAutoencoder):
    def __init__(self, latent_dim_size, hidden_dim_size):
        FaceAutoencoder.__init__(self, latent_dim_size, hidden_dim_size)
        self.encoder = Sequential(
            *self.encoder[:-1], Linear(hidden_dim_size, 2 * latent_dim_size),
            Rearrange("b (n latent) -> n b latent", n=2),
        )

    from solutions.vae import VAE
    sample_latent_vector, forward = VAE.sample_latent_vector, VAE.forward
"""

HEADS = """class FaceVAE(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        whole = FaceAutoencoder(latent_dim_size, hidden_dim_size)
        self.body, self.decoder = whole.encoder[:-1], whole.decoder
        self.mean = Linear(hidden_dim_size, latent_dim_size)
        self.spread = Linear(hidden_dim_size, latent_dim_size)

    def encoder(self, x):
        h = self.body(x)
        return torch.stack((self.mean(h), self.spread(h)))

    def sample_latent_vector(self, x):
        mu, logsigma = self.encoder(x)
        return mu + torch.exp(logsigma) * torch.randn_like(logsigma), mu, logsigma

    def forward(self, x):
        z, mu, logsigma = self.sample_latent_vector(x)
        return self.decoder(z), mu, logsigma
"""

RIGHT = (
    right("the reference"),
    right("layers from a list of channels", LOOPS, part=PLAIN),
    right("lazy layers", LAZY, part=PLAIN),
    right("torch's own layers without bias", ("Conv2d(3, 16, 4, stride=2, padding=1)", "nn.Conv2d(3, 16, 4, 2, 1, bias=False)"), ("ConvTranspose2d(16, 3, 4, stride=2, padding=1)", "nn.ConvTranspose2d(16, 3, 4, 2, 1, bias=False)"), part=PLAIN),
    right("height and width before the channel", (FLATTEN, 'Rearrange("b c h w -> b (h w c)"),'), note="(h w c)", part=PLAIN),
    right("width before height", (UNFLATTEN, 'Rearrange("b (c w h) -> b c h w", c=64, h=8, w=8),'), note="both are 8", part=PLAIN),
    right("a VAE that inherits from the autoencoder", INHERITED, part=VAE),
    right("the digits' own methods", DIGITS_METHODS, part=VAE),
    right("two heads for a face", HEADS, part=VAE),
    right("chunk for the split", (SPLIT, ""), (ENCODE, "mu, logsigma = self.encoder(x)"), ("self.decoder = Sequential(", "self.encoder.append(Rearrange('b (n latent) -> n b latent', n=2))\n        self.decoder = Sequential("), part=VAE),
    right("noise times exp the other way round", (SAMPLE, "eps = torch.randn(mu.shape)\n        z = torch.addcmul(mu, eps, logsigma.exp())"), part=VAE),
)  # fmt: skip
