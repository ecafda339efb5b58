"""VAEs that are not right: what a hurried learner types. Mistakes that an autoencoder can have too are only sampled."""

from functools import partial

from suite.corpus import Wrong

wrong = partial(Wrong, "vae")

CONV1, CONV2 = "Conv2d(1, 16, 4, stride=2, padding=1),", "Conv2d(16, 32, 4, stride=2, padding=1),"
TO_LATENT = "Linear(hidden_dim_size, 2 * latent_dim_size),"
FROM_LATENT, FROM_HIDDEN = "Linear(latent_dim_size, hidden_dim_size),", "Linear(hidden_dim_size, 32 * 7 * 7),"
UP1, UP2 = ("ConvTranspose2d(32, 16, 4, stride=2, padding=1),", "ConvTranspose2d(16, 1, 4, stride=2, padding=1),")
SPLIT = 'Rearrange("b (n latent) -> n b latent", n=2),'
ENCODE = "mu, logsigma = self.encoder(x)"
NOISE, Z = "torch.randn_like(mu)", "z = mu + logsigma.exp() * torch.randn_like(mu)"
SAMPLED = "return z, mu, logsigma"
SAMPLE, RETURN = "z, mu, logsigma = self.sample_latent_vector(x)", "return self.decoder(z), mu, logsigma"
SAME_NOISE_IN_BATCH = "torch.randn(mu.shape[1])"


def split_by(code: str) -> tuple[tuple[str, str], ...]:
    """The encoder without its split, called `layers`, and a method `encoder` around it."""
    method = f"def encoder(self, x):\n        h = self.layers(x)\n        {code}\n\n    def sample_latent_vector"
    return (
        ("self.encoder = Sequential(", "self.layers = Sequential("),
        (SPLIT, ""),
        ("def sample_latent_vector", method),
    )


def z_is(code: str) -> tuple[str, str]:
    return (Z, f"z = {code}")


SPREAD = (
    wrong("exp is forgotten", "exp-forgotten", z_is("mu + logsigma * torch.randn_like(mu)")),
    wrong("exp of half of logsigma", "logvar", z_is("mu + (0.5 * logsigma).exp() * torch.randn_like(mu)")),
    wrong("exp of twice logsigma", "variance-for-sigma", z_is("mu + (2 * logsigma).exp() * torch.randn_like(mu)")),
    wrong("sigma squared", "variance-for-sigma", z_is("mu + logsigma.exp() ** 2 * torch.randn_like(mu)")),
    wrong("the root of sigma", "logvar", z_is("mu + logsigma.exp().sqrt() * torch.randn_like(mu)")),
    wrong("softplus in place of exp", "softplus-for-exp", z_is("mu + F.softplus(logsigma) * torch.randn_like(mu)")),
    wrong("sigmoid in place of exp", "sigmoid-for-exp", z_is("mu + torch.sigmoid(logsigma) * torch.randn_like(mu)")),
    wrong("two to the power of logsigma", "wrong-base", z_is("mu + 2**logsigma * torch.randn_like(mu)")),
    wrong("ten to the power of logsigma", "wrong-base", z_is("mu + 10**logsigma * torch.randn_like(mu)")),
    wrong("log in place of exp", "log-for-exp", z_is("mu + logsigma.abs().log() * torch.randn_like(mu)")),
    wrong("exp of minus logsigma", "sign-of-logsigma", z_is("mu + (-logsigma).exp() * torch.randn_like(mu)")),
    wrong("divided by sigma", "sign-of-logsigma", z_is("mu + torch.randn_like(mu) / logsigma.exp()")),
    wrong("sigma is not used", "sigma-ignored", z_is("mu + torch.randn_like(mu)")),
    wrong("sigma is added", "sigma-added", z_is("mu + torch.randn_like(mu) + logsigma.exp()")),
    wrong("logsigma is added", "logsigma-added", z_is("mu + torch.randn_like(mu) + logsigma")),
    wrong("sigma without noise", "sigma-without-noise", z_is("mu + logsigma.exp()")),
    wrong("the mean is missing", "mean-missing", z_is("logsigma.exp() * torch.randn_like(mu)")),
    wrong("only noise", "standard-noise", z_is("torch.randn_like(mu)")),
    wrong("mu minus turned round", "mean-subtracted", z_is("logsigma.exp() * torch.randn_like(mu) - mu")),
    wrong("mean and noise scaled together", "mean-scaled", z_is("(mu + torch.randn_like(mu)) * logsigma.exp()")),
    wrong("noise around mu scaled by mu", "mean-for-sigma", z_is("mu + mu * torch.randn_like(mu)")),
    wrong(
        "mean and logsigma swapped in the formula",
        "mean-and-logsigma-swapped",
        z_is("logsigma + mu.exp() * torch.randn_like(mu)"),
    ),
    wrong(
        "mean and logsigma unpacked in the wrong order",
        "mean-and-logsigma-swapped",
        (ENCODE, "logsigma, mu = self.encoder(x)"),
    ),
    wrong("the noise gets an exp", "noise-inside-exp", z_is("mu + torch.exp(logsigma * torch.randn_like(mu))")),
    wrong(
        "sigma in place of logsigma from the encoder",
        "sigma-instead-of-logsigma",
        *split_by("mu, logsigma = h.chunk(2, dim=1)\n        return torch.stack((mu, logsigma.exp()))"),
        z_is("mu + logsigma * torch.randn_like(mu)"),
    ),
    wrong(
        "exp taken in the encoder and again",
        "sigma-instead-of-logsigma",
        *split_by("mu, logsigma = h.chunk(2, dim=1)\n        return torch.stack((mu, logsigma.exp()))"),
    ),
    wrong(
        "softplus in the encoder",
        "softplus-logsigma",
        *split_by("mu, sigma = h.chunk(2, dim=1)\n        return torch.stack((mu, F.softplus(sigma)))"),
        z_is("mu + logsigma * torch.randn_like(mu)"),
    ),
    wrong(
        "ReLU on logsigma in the encoder",
        "relu-on-logsigma",
        *split_by("mu, sigma = h.chunk(2, dim=1)\n        return torch.stack((mu, F.relu(sigma)))"),
    ),
    wrong(
        "the encoder halves a log variance",
        "logvar-halved",
        *split_by("mu, logvar = h.chunk(2, dim=1)\n        return torch.stack((mu, logvar / 2))"),
    ),
    wrong(
        "logsigma clamped tightly",
        "clamped-logsigma",
        *split_by("mu, logsigma = h.chunk(2, dim=1)\n        return torch.stack((mu, logsigma.clamp(-1, 1)))"),
    ),
    wrong(
        "logsigma clamped in the sample",
        "wrong-spread",
        z_is("mu + logsigma.clamp(max=0).exp() * torch.randn_like(mu)"),
    ),
    wrong(
        "tanh on the mean",
        "tanh-on-mean",
        *split_by("mu, logsigma = h.chunk(2, dim=1)\n        return torch.stack((mu.tanh(), logsigma))"),
    ),
)

NOISES = (
    wrong("no noise", "no-noise", z_is("mu")),
    wrong("noise of a hundredth", "noise-scaled", z_is("mu + 0.01 * logsigma.exp() * torch.randn_like(mu)")),
    wrong("noise of a half", "noise-scaled", z_is("mu + 0.5 * logsigma.exp() * torch.randn_like(mu)")),
    wrong("one noise for the whole batch", "noise-shared-across-batch", (NOISE, SAME_NOISE_IN_BATCH)),
    wrong(
        "one noise for the latents of an image", "noise-shared-across-latents", (NOISE, "torch.randn(mu.shape[0], 1)")
    ),
    wrong("one number for everything", "one-noise-for-all", (NOISE, "torch.randn(1)")),
    wrong("one number from Python", "one-noise-for-all", (NOISE, "__import__('random').gauss(0, 1)")),
    wrong("uniform noise", "uniform-noise", (NOISE, "torch.rand_like(mu)")),
    wrong("uniform noise about zero", "uniform-noise", (NOISE, "(2 * torch.rand_like(mu) - 1)")),
    wrong("uniform noise of variance one", "uniform-noise", (NOISE, "(12**0.5 * (torch.rand_like(mu) - 0.5))")),
    wrong("noise of plus and minus one", "not-normal", (NOISE, "torch.randn_like(mu).sign()")),
    wrong("Laplace noise", "not-normal", (NOISE, "torch.distributions.Laplace(0.0, 0.5**0.5).sample(mu.shape)")),
    wrong("exponential noise", "not-normal", (NOISE, "(torch.empty_like(mu).exponential_() - 1)")),
    wrong("the noise is never negative", "folded-noise", (NOISE, "torch.randn_like(mu).abs()")),
    wrong("ones in place of noise", "sigma-without-noise", (NOISE, "torch.ones_like(mu)")),
    wrong("a seed is set in the method", "noise-frozen", (ENCODE, f"torch.manual_seed(0)\n        {ENCODE}")),
    wrong(
        "the noise is drawn in init",
        "noise-frozen",
        ("def sample_latent_vector", "    self.eps = torch.randn(latent_dim_size)\n\n    def sample_latent_vector"),
        (NOISE, "self.eps"),
    ),
    wrong(
        "a pool of noise is drawn in init",
        "noise-frozen",
        (
            "def sample_latent_vector",
            "    self.eps = torch.randn(4096, latent_dim_size)\n\n    def sample_latent_vector",
        ),
        (NOISE, "self.eps[: len(mu)]"),
    ),
    wrong(
        "a generator with a seed of its own",
        "noise-not-torch",
        (
            "def sample_latent_vector",
            "    self.generator = torch.Generator().manual_seed(0)\n\n    def sample_latent_vector",
        ),
        (NOISE, "torch.randn(mu.shape, generator=self.generator)"),
    ),
    wrong(
        "noise from NumPy",
        "noise-not-torch",
        (NOISE, "torch.from_numpy(__import__('numpy').random.randn(*mu.shape)).float()"),
    ),
    wrong("noise of 512 rows", "hard-coded-batch", (NOISE, "torch.randn(512, mu.shape[1])")),
    wrong(
        "the same noise for mean and spread",
        "wrong-spread",
        z_is("(eps := torch.randn_like(mu)) + mu + logsigma.exp() * eps"),
    ),
)

GRADIENTS = (
    wrong("torch normal", "detached-sample", z_is("torch.normal(mu, logsigma.exp())")),
    wrong(
        "sample in place of rsample", "detached-sample", z_is("torch.distributions.Normal(mu, logsigma.exp()).sample()")
    ),
    wrong("z without gradients", "detached-sample", (Z, f"with torch.no_grad():\n            {Z}")),
    wrong("z detached", "detached-sample", (SAMPLED, "return z.detach(), mu, logsigma")),
    wrong("mu detached in z", "detached-mu", z_is("mu.detach() + logsigma.exp() * torch.randn_like(mu)")),
    wrong("sigma detached in z", "detached-sigma", z_is("mu + logsigma.exp().detach() * torch.randn_like(mu)")),
    wrong("sigma through item-like data", "detached-sigma", z_is("mu + logsigma.data.exp() * torch.randn_like(mu)")),
    wrong("mu and logsigma are returned detached", "detached", (SAMPLED, "return z, mu.detach(), logsigma.detach()")),
    wrong("forward detaches z", "detached-sample", (RETURN, "return self.decoder(z.detach()), mu, logsigma")),
    wrong("forward detaches logsigma", "detached", (RETURN, "return self.decoder(z), mu, logsigma.detach()")),
    wrong(
        "the encoder runs without gradients",
        "detached-sample",
        (ENCODE, f"with torch.no_grad():\n            {ENCODE}"),
    ),
)

RETURNS = (
    wrong(
        "sampling returns z alone",
        "returns-one",
        (SAMPLED, "return z"),
        (SAMPLE, "z = self.sample_latent_vector(x)\n        mu, logsigma = self.encoder(x)"),
    ),
    wrong("sampling returns mu and logsigma alone", "returns-too-few", (SAMPLED, "return mu, logsigma")),
    wrong("sampling returns nothing", "returns-none", (SAMPLED, "")),
    wrong(
        "sampling returns mu logsigma z",
        "wrong-return-order",
        (SAMPLED, "return mu, logsigma, z"),
        (SAMPLE, "mu, logsigma, z = self.sample_latent_vector(x)"),
    ),
    wrong(
        "sampling returns mu z logsigma",
        "wrong-return-order",
        (SAMPLED, "return mu, z, logsigma"),
        (SAMPLE, "mu, z, logsigma = self.sample_latent_vector(x)"),
    ),
    wrong(
        "sampling returns z logsigma mu",
        "mean-and-logsigma-swapped",
        (SAMPLED, "return z, logsigma, mu"),
        (SAMPLE, "z, logsigma, mu = self.sample_latent_vector(x)"),
    ),
    wrong("sampling returns sigma", "returns-sigma", (SAMPLED, "return z, mu, logsigma.exp()")),
    wrong("sampling returns the variance", "returns-variance", (SAMPLED, "return z, mu, (2 * logsigma).exp()")),
    wrong("sampling returns a log variance", "returns-logvar", (SAMPLED, "return z, mu, 2 * logsigma")),
    wrong("sampling returns mu twice", "returns-same-twice", (SAMPLED, "return z, mu, mu")),
    wrong(
        "sampling takes mu and logsigma",
        "wrong-signature",
        ("sample_latent_vector(self, x: Tensor)", "sample_latent_vector(self, mu, logsigma)"),
        (ENCODE, ""),
        (SAMPLE, "mu, logsigma = self.encoder(x)\n        z, mu, logsigma = self.sample_latent_vector(mu, logsigma)"),
    ),
    wrong("sampling is called reparameterise", "missing-method", ("sample_latent_vector", "reparameterise", 2)),
    wrong("forward returns only the reconstruction", "returns-one", (RETURN, "return self.decoder(z)")),
    wrong("forward returns reconstruction and z", "returns-too-few", (RETURN, "return self.decoder(z), z")),
    wrong("forward returns four things", "returns-too-many", (RETURN, "return self.decoder(z), z, mu, logsigma")),
    wrong("forward returns z in place of the image", "returns-code", (RETURN, "return z, mu, logsigma")),
    wrong("forward returns the image last", "wrong-return-order", (RETURN, "return mu, logsigma, self.decoder(z)")),
    wrong(
        "forward swaps mu and logsigma", "mean-and-logsigma-swapped", (RETURN, "return self.decoder(z), logsigma, mu")
    ),
    wrong("forward returns sigma", "returns-sigma", (RETURN, "return self.decoder(z), mu, logsigma.exp()")),
    wrong("forward returns z and logsigma", "returns-z-for-mu", (RETURN, "return self.decoder(z), z, logsigma")),
    wrong(
        "forward returns a dict",
        "not-a-tensor",
        (RETURN, 'return {"x": self.decoder(z), "mu": mu, "logsigma": logsigma}'),
    ),
    wrong("forward forgets to return", "returns-none", (RETURN, RETURN.removeprefix("return "))),
    wrong("forward decodes mu", "decodes-mean", (RETURN, "return self.decoder(mu), mu, logsigma")),
    wrong(
        "forward samples without exp",
        "exp-forgotten",
        (RETURN, "return self.decoder(mu + logsigma * torch.randn_like(mu)), mu, logsigma"),
    ),
    wrong("forward decodes logsigma", "decodes-logsigma", (RETURN, "return self.decoder(logsigma), mu, logsigma")),
    wrong(
        "forward ends in a sigmoid", "final-activation", (RETURN, "return torch.sigmoid(self.decoder(z)), mu, logsigma")
    ),
    wrong("forward adds the input", "residual", (RETURN, "return self.decoder(z) + x, mu, logsigma")),
    wrong("forward puts a ReLU on z", "activation-on-latent", (RETURN, "return self.decoder(F.relu(z)), mu, logsigma")),
    wrong("forward puts tanh on z", "activation-on-latent", (RETURN, "return self.decoder(z.tanh()), mu, logsigma")),
    wrong("forward changes the image in place", "changes-input", (RETURN, "x -= x.mean()\n        " + RETURN)),
    wrong(
        "forward unpacks in the wrong order",
        "returns-z-for-mu",
        (SAMPLE, "mu, z, logsigma = self.sample_latent_vector(x)"),
        (RETURN, "return self.decoder(z), mu, logsigma"),
    ),
    wrong("sampling returns three dots", "left-in-place", (SAMPLED, "return ...")),
    wrong("the noise is three dots", "left-in-place", (NOISE, "...")),
)

LAYERS = (
    wrong(
        "an extra layer that is never used",
        "extra-layers",
        ("self.decoder =", "self.spare = Linear(hidden_dim_size, latent_dim_size)\n        self.decoder ="),
    ),
    wrong(
        "all weights start at zero",
        "bad-initialisation",
        (
            "def sample_latent_vector",
            "    for each in self.parameters():\n            nn.init.zeros_(each)\n\n    def sample_latent_vector",
        ),
    ),
    wrong(
        "the encoder's end is not split",
        "not-split",
        (SPLIT, ""),
        (ENCODE, "mu, logsigma = self.encoder(x).chunk(2, dim=1)"),
    ),
    wrong(
        "split to batch first",
        "split-on-wrong-axis",
        ("-> n b latent", "-> b n latent"),
        (ENCODE, "mu, logsigma = self.encoder(x).unbind(1)"),
    ),
    wrong(
        "split to the last axis",
        "split-on-wrong-axis",
        ('"b (n latent) -> n b latent"', '"b (latent n) -> b latent n"'),
        (ENCODE, "mu, logsigma = self.encoder(x).unbind(-1)"),
    ),
    wrong("split with view to two first", "mixed-rows", *split_by("return h.view(2, -1, self.latent_dim_size)")),
    wrong(
        "the latents are not doubled",
        "latents-not-doubled",
        (TO_LATENT, "Linear(hidden_dim_size, latent_dim_size),"),
        (SPLIT, ""),
        (ENCODE, "mu = logsigma = self.encoder(x)"),
    ),
    wrong(
        "one head used twice",
        "latents-not-doubled",
        (TO_LATENT, "Linear(hidden_dim_size, latent_dim_size),"),
        (SPLIT, 'Rearrange("b l -> 1 b l"),'),
        (ENCODE, "h = self.encoder(x)[0]\n        mu, logsigma = h, h"),
    ),
    wrong(
        "the decoder takes both",
        "decoder-takes-both",
        (FROM_LATENT, "Linear(2 * latent_dim_size, hidden_dim_size),"),
        (RETURN, "return self.decoder(torch.cat((mu, logsigma), 1)), mu, logsigma"),
    ),
    wrong(
        "two whole encoders",
        "extra-layers",
        (
            "self.decoder =",
            "from copy import deepcopy\n\n        self.encoder_sigma = deepcopy(self.encoder)\n        self.decoder =",
        ),
    ),
    wrong(
        "the second head is made but the first used twice",
        "detached",
        (
            "self.encoder =",
            "self.mean, self.spread = Linear(hidden_dim_size, latent_dim_size), Linear(hidden_dim_size, latent_dim_size)\n        self.encoder =",
        ),
        ("self.encoder = Sequential(", "self.layers = Sequential("),
        (f"{TO_LATENT} {SPLIT}", ""),
        (
            "def sample_latent_vector",
            "def encoder(self, x):\n        h = self.layers(x)\n        return torch.stack((self.mean(h), self.mean(h)))\n\n    def sample_latent_vector",
        ),
    ),
    wrong(
        "the first half of the head used twice",
        "same-head-twice",
        *split_by("mu, _ = h.chunk(2, dim=1)\n        return torch.stack((mu, mu))"),
    ),
    wrong("no ReLU after the second convolution", "missing-relu", (f"{CONV2} ReLU(),", CONV2)),
    wrong("no ReLU between the decoder's linear layers", "missing-relu", (f"{FROM_LATENT} ReLU(),", FROM_LATENT)),
    wrong("ReLU on both heads", "final-relu", (SPLIT, f"ReLU(), {SPLIT}")),
    wrong("sigmoid after the decoder", "final-activation", (UP2, f"{UP2} nn.Sigmoid(),")),
    wrong("Dropout in the encoder", "random-half", (SPLIT, f"nn.Dropout(0.1), {SPLIT}")),
    wrong(
        "noise in the encoder",
        "random-half",
        *split_by("return torch.stack(h.chunk(2, dim=1)) + 0.1 * torch.randn(2, len(h), self.latent_dim_size)"),
    ),
    wrong(
        "convolutions with bias",
        "conv-bias",
        ("Conv2d(1,", "nn.Conv2d(1,"),
        ("Conv2d(16, 32", "nn.Conv2d(16, 32"),
        ("ConvTranspose2d(32", "nn.ConvTranspose2d(32"),
        ("ConvTranspose2d(16", "nn.ConvTranspose2d(16"),
    ),
    wrong("BatchNorm", "batch-norm", (CONV2, f"{CONV2} nn.BatchNorm2d(32),")),
    wrong(
        "latent size 5 written out",
        "hard-coded-sizes",
        (TO_LATENT, "Linear(hidden_dim_size, 10),"),
        (FROM_LATENT, "Linear(5, hidden_dim_size),"),
    ),
    wrong(
        "hidden size 100 written out",
        "hard-coded-sizes",
        ("Linear(32 * 7 * 7, hidden_dim_size)", "Linear(32 * 7 * 7, 100)"),
        (TO_LATENT, "Linear(100, 2 * latent_dim_size),"),
    ),
    wrong("super init is forgotten", "forgotten-super-init", ("super().__init__()", "pass")),
    wrong("encoder left out", "missing-half", ("self.encoder = ", "self.unused = ")),
    wrong(
        "sizes are not kept",
        "attribute-missing",
        ("self.latent_dim_size = latent_dim_size self.hidden_dim_size = hidden_dim_size", ""),
    ),
)

TWO_AT_ONCE = (
    wrong(
        "encoder with tanh that nothing calls",
        "final-activation",
        ("self.encoder = Sequential(", "self.down = Sequential("),
        (
            "def sample_latent_vector",
            "def encoder(self, x):\n        return self.down(x).tanh()\n\n    def sample_latent_vector",
        ),
        (ENCODE, "mu, logsigma = self.down(x)"),
    ),
    wrong(
        "decoder with sigmoid that nothing calls",
        "final-activation",
        ("self.decoder = Sequential(", "self.up = Sequential("),
        ("def forward", "def decoder(self, z):\n        return self.up(z).sigmoid()\n\n    def forward"),
        (RETURN, "return self.up(z), mu, logsigma"),
    ),
    wrong(
        "uniform noise in a sample that forward does not use",
        "uniform-noise",
        (NOISE, "torch.rand_like(mu)"),
        (SAMPLE, f"{ENCODE}\n        {Z}"),
    ),
    wrong(
        "no ReLU and exp forgotten",
        "missing-relu",
        (f"{CONV2} ReLU(),", CONV2),
        z_is("mu + logsigma * torch.randn_like(mu)"),
    ),
    wrong("two ReLUs missing", "missing-relu", (f"{CONV1} ReLU(),", CONV1), (f"{CONV2} ReLU(),", CONV2)),
    wrong(
        "a ReLU missing and a sigma for a logsigma",
        "missing-relu+sigma-instead-of-logsigma",
        *split_by("mu, logsigma = h.chunk(2, dim=1)\n        return torch.stack((mu, logsigma.exp()))"),
        (f"{CONV2} ReLU(),", CONV2),
    ),
    wrong(
        "a ReLU missing in interleaved rows",
        "missing-relu",
        (f"{CONV2} ReLU(),", CONV2),
        ("b (n latent)", "b (latent n)"),
    ),
    wrong(
        "two ReLUs missing in interleaved rows",
        "missing-relu",
        (f"{CONV1} ReLU(),", CONV1),
        (f"{CONV2} ReLU(),", CONV2),
        ("b (n latent)", "b (latent n)"),
    ),
    wrong(
        "exp forgotten and one noise for the batch",
        "exp-forgotten+noise-shared-across-batch",
        z_is(f"mu + logsigma * {SAME_NOISE_IN_BATCH}"),
    ),
    wrong(
        "uniform noise and exp forgotten", "exp-forgotten+uniform-noise", z_is("mu + logsigma * torch.rand_like(mu)")
    ),
    wrong(
        "uniform noise and half of logsigma",
        "logvar+uniform-noise",
        z_is("mu + (logsigma / 2).exp() * torch.rand_like(mu)"),
    ),
    wrong(
        "the mean missing and one noise for the batch",
        "mean-missing+noise-shared-across-batch",
        z_is(f"logsigma.exp() * {SAME_NOISE_IN_BATCH}"),
    ),
    wrong("exp forgotten and mu detached", "exp-forgotten", z_is("mu.detach() + logsigma * torch.randn_like(mu)")),
)

HURRIED = (
    wrong("torch normal of logsigma", "exp-forgotten", z_is("torch.normal(mu, logsigma)")),
    wrong(
        "a normal distribution of logsigma", "exp-forgotten", z_is("torch.distributions.Normal(mu, logsigma).rsample()")
    ),
    wrong(
        "forward does not unpack",
        "tuple-as-input",
        (f"{SAMPLE} {RETURN}", "z = self.sample_latent_vector(x)\n        return self.decoder(z)"),
    ),
    wrong("noise in the shape of the image", "shapes-do-not-fit", (NOISE, "torch.randn(x.shape)")),
    wrong("chunk along the last axis", "wrong-shape", (ENCODE, "mu, logsigma = self.encoder(x).chunk(2, dim=-1)")),
    wrong("a matrix product with the noise", "shapes-do-not-fit", z_is("mu + logsigma.exp() @ torch.randn_like(mu)")),
    wrong("noise in the shape of z", "unknown-name", (NOISE, "torch.randn_like(z)")),
    wrong("z added up in mu itself", "in-place-change", z_is("mu; z += logsigma.exp() * torch.randn_like(mu)")),
    wrong("exp in place", "in-place-change", z_is("mu + logsigma.exp_() * torch.randn_like(mu)")),
    wrong(
        "the mean alone in eval mode's place",
        "no-noise",
        z_is("mu if self.training else mu + logsigma.exp() * torch.randn_like(mu)"),
    ),
    wrong(
        "forward decodes the pair of statistics",
        "shapes-do-not-fit",
        (RETURN, "return self.decoder(self.encoder(x).flatten(0)), mu, logsigma"),
    ),
    wrong(
        "a sample of a sample",
        "noise-scaled",
        z_is("torch.normal(mu, logsigma.exp()) + logsigma.exp() * torch.randn_like(mu)"),
    ),
    wrong(
        "the autoencoder again",
        "latents-not-doubled",
        (TO_LATENT, "Linear(hidden_dim_size, latent_dim_size),"),
        (SPLIT, ""),
        (RETURN, "return self.decoder(self.encoder(x))"),
    ),
)

# Typed in a hurry after the rest was done, to see what happens: the first and the last had no cause then.
AFTERWARDS = (
    wrong("sigma cut off at 1", "wrong-spread", z_is("mu + logsigma.exp().clamp(max=1) * torch.randn_like(mu)")),
    wrong("sigma with a floor", "wrong-spread", z_is("mu + (logsigma.exp() + 0.5) * torch.randn_like(mu)")),
    wrong(
        "noise expanded over the latents",
        "noise-shared-across-latents",
        z_is("mu + logsigma.exp() * torch.randn(len(mu), 1).expand_as(mu)"),
    ),
    wrong(
        "the mean of two samples",
        "noise-scaled",
        (SAMPLE, SAMPLE + "\n        z = (z + self.sample_latent_vector(x)[0]) / 2"),
    ),
)

# What a trained model does: `model.eval()` is called, and something else comes out.
IN_EVAL = (
    wrong(
        "the mean unless training",
        "mean-in-eval",
        z_is("mu + logsigma.exp() * torch.randn_like(mu) if self.training else mu"),
    ),
    wrong(
        "the mean unless training, by a return",
        "mean-in-eval",
        (Z, f"if not self.training:\n            return mu, mu, logsigma\n        {Z}"),
    ),
    wrong(
        "forward decodes the mean in eval mode",
        "mean-in-eval",
        (RETURN, "return self.decoder(z if self.training else mu), mu, logsigma"),
    ),
    wrong(
        "half the noise in eval mode",
        "noise-scaled",
        z_is("mu + logsigma.exp() * torch.randn_like(mu) * (1.0 if self.training else 0.5)"),
    ),
    wrong(
        "sigmoid on the reconstruction in eval mode",
        "final-activation",
        (RETURN, "out = self.decoder(z)\n        return out if self.training else out.sigmoid(), mu, logsigma"),
    ),
    wrong(
        "the reconstruction alone in eval mode",
        "returns-one",
        (RETURN, f"if not self.training:\n            return self.decoder(z)\n        {RETURN}"),
    ),
    wrong(
        "sigma returned in eval mode",
        "returns-sigma",
        (RETURN, "return self.decoder(z), mu, logsigma if self.training else logsigma.exp()"),
    ),
    wrong("z cut off in eval mode", "detached-sample", (Z, f"{Z}\n        z = z if self.training else z.detach()")),
)

# Right for the sizes that every message shows.
CHECKED_SIZES = (
    wrong("a view of three latents", "hard-coded-sizes", *split_by("return h.view(-1, 2, 3).transpose(0, 1)")),
    wrong(
        "three latents in the split", "hard-coded-sizes", (SPLIT, 'Rearrange("b (n latent) -> n b latent", latent=3),')
    ),
    wrong("noise of three latents", "hard-coded-sizes", (NOISE, "torch.randn(len(mu), 3)")),
    wrong(
        "37 hidden numbers",
        "hard-coded-sizes",
        ("hidden_dim_size),", "37),", 2),
        ("Linear(hidden_dim_size,", "Linear(37,", 2),
    ),
)

# Noise that is standard normal, number by number, and not independent.
HALF = "half = torch.randn((len(mu) + 1) // 2, mu.shape[1])\n        z = mu + logsigma.exp() * "
REPEATED = (
    wrong(
        "the second half of the batch like the first",
        "noise-shared-across-batch",
        (Z, f"{HALF}torch.cat((half, half))[: len(mu)]"),
    ),
    wrong("the second half negated", "noise-shared-across-batch", (Z, f"{HALF}torch.cat((half, -half))[: len(mu)]")),
    wrong(
        "the second half in reverse",
        "noise-shared-across-batch",
        (Z, f"{HALF}torch.cat((half, half.flip(0)))[: len(mu)]"),
    ),
    wrong(
        "the last image with the first one's noise",
        "noise-shared-across-batch",
        (Z, f"eps = {NOISE}\n        eps[-1] = eps[0]\n        z = mu + logsigma.exp() * eps"),
    ),
    wrong(
        "forward's own noise, the second half negated",
        "noise-shared-across-batch",
        (SAMPLE, f"{ENCODE}\n        {HALF}torch.cat((half, -half))[: len(mu)]"),
    ),
    wrong(
        "512 numbers again and again",
        "noise-repeated",
        (NOISE, "torch.randn(512).repeat(mu.numel() // 512 + 1)[: mu.numel()].view_as(mu)"),
    ),
    wrong("picked from 512 numbers", "noise-repeated", (NOISE, "torch.randn(512)[torch.randint(512, mu.shape)]")),
    wrong(
        "each number with either sign",
        "noise-repeated",
        (NOISE, "(torch.randn(100)[torch.randint(100, mu.shape)] * torch.randn_like(mu).sign())"),
    ),
)
# Right for a batch, and not for one image.
ONE_IMAGE = (
    wrong(
        "noise whitened over the batch",
        "noise-whitened",
        (Z, f"eps = {NOISE}\n        eps = (eps - eps.mean(0)) / eps.std(0)\n        z = mu + logsigma.exp() * eps"),
    ),
    wrong("no noise for one image", "no-noise", z_is("mu + logsigma.exp() * torch.randn_like(mu) * (len(mu) > 1)")),
    wrong(
        "the mean of one image in forward",
        "decodes-mean",
        (RETURN, "return self.decoder(z if len(x) > 1 else mu), mu, logsigma"),
    ),
    wrong(
        "noise without its mean",
        "noise-whitened",
        (Z, f"eps = {NOISE}\n        z = mu + logsigma.exp() * (eps - eps.mean(0))"),
    ),
    wrong(
        "a seed of its own for one image",
        "noise-frozen",
        (Z, f"if len(mu) == 1:\n            torch.manual_seed(0)\n        {Z}"),
    ),
)
KEPT = "self.eps = torch.zeros(0, latent_dim_size)\n        self.kept = {}\n        self.encoder = Sequential("
DRAWN_WHERE_KEPT = "self.kept.setdefault(mu.shape, torch.randn_like(mu))"
KEPT_IN_EVAL = f"({NOISE} if self.training else {DRAWN_WHERE_KEPT})"
OWN_NOISE = "mu, logsigma = self.encoder(x)\n        z = mu + logsigma.exp() * "

# Noise that comes again, where only the same shape, the next call or eval mode shows it.
KEPT_NOISES = (
    wrong(
        "a buffer of noise made anew for another shape",
        "noise-frozen",
        ("self.encoder = Sequential(", KEPT),
        (Z, "if self.eps.shape != mu.shape:\n            self.eps = torch.randn_like(mu)\n        z = mu + logsigma.exp() * self.eps"),
    ),
    wrong("noise kept for each shape", "noise-frozen", ("self.encoder = Sequential(", KEPT), (NOISE, DRAWN_WHERE_KEPT)),
    wrong("noise kept for each shape in eval", "noise-frozen", ("self.encoder = Sequential(", KEPT), (NOISE, KEPT_IN_EVAL)),
    wrong(
        "noise kept for each shape by forward in eval",
        "noise-frozen",
        ("self.encoder = Sequential(", KEPT),
        (SAMPLE, OWN_NOISE + KEPT_IN_EVAL),
    ),
    wrong(
        "a fixed seed in eval",
        "noise-frozen",
        (Z, f"if not self.training:\n            torch.manual_seed(1)\n        {Z}"),
    ),
    wrong("the process's seed set again", "noise-frozen", (Z, f"torch.manual_seed(torch.initial_seed())\n        {Z}")),
    wrong(
        "a generator of the process's seed",
        "noise-frozen",
        (NOISE, "torch.randn(mu.shape, generator=torch.Generator().manual_seed(torch.initial_seed()))"),
    ),
    wrong("the shape as a seed", "noise-frozen", (Z, f"torch.manual_seed(len(x))\n        {Z}")),
    wrong("the image as a seed", "noise-frozen", (Z, f"torch.manual_seed(int(x.abs().sum()))\n        {Z}")),
    wrong(
        "noise that is drawn at each second call",
        "noise-frozen",
        ("self.encoder = Sequential(", "self.calls = 0\n        " + KEPT),
        (Z, "self.calls += 1\n        if self.calls % 2 or self.eps.shape != mu.shape:\n            self.eps = torch.randn_like(mu)\n        z = mu + logsigma.exp() * self.eps"),
    ),
)  # fmt: skip


def noise(code: str) -> tuple[str, str]:
    return (NOISE, code)


def spread(code: str) -> tuple[str, str]:
    return z_is(f"mu + {code} * torch.randn_like(mu)")


def heads(mean: str = "m", logsigma: str = "s") -> tuple[tuple[str, str], ...]:
    """An encoder that gives these of its last layer's two halves."""
    return split_by(f"m, s = h.chunk(2, dim=1)\n        return torch.stack(({mean}, {logsigma}))")


def decoded(*steps: str) -> tuple[str, str]:
    """What forward does at its end."""
    return (RETURN, "\n        ".join(steps))


OWN = "return self.decoder(mu + logsigma.exp() * eps), mu, logsigma"

OTHER_SPREADS = (
    wrong("seven tenths of sigma", "noise-scaled", spread("0.7 * logsigma.exp()")),
    wrong("half of sigma", "noise-scaled", spread("logsigma.exp() / 2")),
    wrong("sigma and a tenth", "wrong-spread", spread("(logsigma.exp() + 0.1)")),
    wrong("sigma and a hundredth", "wrong-spread", spread("(logsigma.exp() + 1e-2)")),
    wrong("softplus and a tenth", "wrong-spread", spread("(F.softplus(logsigma) + 0.1)")),
    wrong("softplus and log of it", "wrong-spread", spread("F.softplus(logsigma).log()")),
    wrong("log sigma within one", "wrong-spread", spread("logsigma.clamp(-1, 1).exp()")),
    wrong("log sigma at most a half", "wrong-spread", spread("logsigma.clamp(max=0.5).exp()")),
    wrong("the size of log sigma", "wrong-spread", spread("logsigma.abs()")),
    wrong("tanh before exp", "wrong-spread", spread("logsigma.tanh().exp()")),
    wrong("a third power of sigma", "wrong-spread", spread("(3 * logsigma).exp()")),
    wrong("a fixed spread", "sigma-ignored+noise-scaled", spread("0.5")),
    wrong("one sigma for an image", "wrong-spread", spread("logsigma.exp().mean(1, keepdim=True)")),
    wrong("the neighbour's sigma", "wrong-spread", spread("logsigma.roll(1, 0).exp()")),
    wrong("the mean at double length", "mean-changed", z_is("2 * mu + logsigma.exp() * torch.randn_like(mu)")),
    wrong("tanh of the mean", "mean-changed", z_is("mu.tanh() + logsigma.exp() * torch.randn_like(mu)")),
    wrong("a ReLU on z itself", "sample-changed", z_is("(mu + logsigma.exp() * torch.randn_like(mu)).relu()")),
    wrong("z cut off at two", "sample-changed", z_is("(mu + logsigma.exp() * torch.randn_like(mu)).clamp(-2, 2)")),
    wrong("z at half its size", "sample-changed", z_is("(mu + logsigma.exp() * torch.randn_like(mu)) / 2")),
    wrong("a Laplace distribution", "not-normal", z_is("torch.distributions.Laplace(mu, logsigma.exp()).rsample()")),
    wrong(
        "a multivariate normal of sigma",
        "logvar",
        z_is("torch.distributions.MultivariateNormal(mu, torch.diag_embed(logsigma.exp())).rsample()"),
    ),
    wrong("the formula solved for the noise", "mean-scaled", z_is("(torch.randn_like(mu) - mu) / logsigma.exp()")),
)

OTHER_NOISES = (
    wrong("noise within two", "clamped-noise", noise("torch.randn_like(mu).clamp(-2, 2)")),
    wrong("noise within three", "clamped-noise", noise("torch.randn_like(mu).clamp(-3, 3)")),
    wrong("noise with a mean of a tenth", "noise-shifted", noise("(torch.randn_like(mu) + 0.1)")),
    wrong("noise through tanh", "not-normal", noise("torch.randn_like(mu).tanh()")),
    wrong("noise between minus and plus a half", "uniform-noise", noise("(torch.rand_like(mu) - 0.5)")),
    wrong("noise of half precision", "coarse-noise", noise("torch.randn_like(mu).half().float()")),
    wrong("noise of two decimals", "coarse-noise", noise("(torch.randn_like(mu) * 100).round() / 100")),
    wrong("noise of length one", "noise-whitened", noise("F.normalize(torch.randn_like(mu), dim=1)")),
    wrong(
        "noise whitened over larger batches",
        "noise-whitened",
        (
            Z,
            f"eps = {NOISE}\n        if len(eps) > 1:\n            eps = (eps - eps.mean(0)) / eps.std(0)\n        z = mu + logsigma.exp() * eps",
        ),
    ),
    wrong(
        "the sum of two noises whitened",
        "not-finite",
        (
            Z,
            "eps = torch.randn(2, *mu.shape).sum(0)\n        eps = (eps - eps.mean(0)) / eps.std(0)\n        z = mu + logsigma.exp() * eps",
        ),
    ),
    wrong(
        "noise centred over larger batches",
        "noise-whitened",
        (
            Z,
            f"eps = {NOISE}\n        eps = eps - eps.mean(0) if len(eps) > 1 else eps\n        z = mu + logsigma.exp() * eps",
        ),
    ),
    wrong("noise of Student's", "not-normal", noise("torch.distributions.StudentT(3.0).sample(mu.shape)")),
    wrong(
        "forward's own noise from a pool",
        "noise-repeated",
        decoded("eps = torch.randn(512)[torch.randint(512, mu.shape)]", OWN),
    ),
    wrong(
        "forward's own 512 numbers again and again",
        "noise-repeated",
        decoded("eps = torch.randn(512).repeat(mu.numel() // 512 + 1)[: mu.numel()].view_as(mu)", OWN),
    ),
    wrong(
        "forward's own whitened noise",
        "noise-whitened",
        decoded("eps = torch.randn_like(mu)", "eps = (eps - eps.mean(0)) / eps.std(0) if len(eps) > 1 else eps", OWN),
    ),
    wrong("forward's own shared noise", "noise-shared-across-batch", decoded("eps = torch.randn(1, mu.shape[1])", OWN)),
)

OTHER_HEADS = (
    wrong("log of softplus in the encoder", "softplus-logsigma", *heads(logsigma="F.softplus(s).log()")),
    wrong("a log sigma that is clamped at two", "clamped-output", *heads(logsigma="s.clamp(-2, 2)")),
    wrong("a log sigma of at most 0", "clamped-output", *heads(logsigma="s.clamp(max=0)")),
    wrong("a log sigma that is never negative", "wrong-logsigma", *heads(logsigma="s.abs()")),
    wrong("sigma of a log variance from the encoder", "sigma-instead-of-logsigma", *heads(logsigma="(s / 2).exp()")),
    wrong("a log variance of twice the numbers", "scaled-output", *heads(logsigma="2 * s")),
    wrong("a log sigma of 0", "wrong-logsigma", *heads(logsigma="torch.zeros_like(s) + 0 * s")),
    wrong("a log sigma for the whole image", "wrong-logsigma", *heads(logsigma="s.mean(1, keepdim=True).expand_as(s)")),
    wrong("means of length one", "wrong-mean", *heads(mean="F.normalize(m, dim=1)")),
    wrong("means centred over the batch", "images-mixed", *heads(mean="m - m.mean(0)")),
    wrong("a transpose that mixes images", "images-mixed", *split_by("return h.T.reshape(2, len(h), -1)")),
)

OTHER_RETURNS = (
    wrong("half of log sigma returned", "returns-half-logsigma", (SAMPLED, "return z, mu, logsigma / 2")),
    wrong("the exp of its half returned", "returns-sigma", (SAMPLED, "return z, mu, (logsigma / 2).exp()")),
    wrong("log sigma returned with its sign turned", "returns-wrong-logsigma", (SAMPLED, "return z, mu, -logsigma")),
    wrong("log sigma returned within one", "returns-wrong-logsigma", (SAMPLED, "return z, mu, logsigma.clamp(-1, 1)")),
    wrong(
        "half of log sigma from forward", "returns-half-logsigma", decoded("return self.decoder(z), mu, logsigma / 2")
    ),
    wrong(
        "a distribution for mu",
        "not-a-tensor",
        (SAMPLED, "return z, torch.distributions.Normal(mu, logsigma.exp()), logsigma"),
    ),
    wrong("tanh of mu returned", "returns-wrong-mean", (SAMPLED, "return z, mu.tanh(), logsigma")),
    wrong(
        "a reconstruction within one", "clamped-output", decoded("return self.decoder(z).clamp(-1, 1), mu, logsigma")
    ),
    wrong("a doubled reconstruction", "scaled-output", decoded("return 2 * self.decoder(z), mu, logsigma")),
    wrong(
        "z of length one decoded", "normalised-latents", decoded("return self.decoder(F.normalize(z)), mu, logsigma")
    ),
    wrong("z and mu decoded", "decodes-wrong-sum", decoded("return self.decoder(z + mu), mu, logsigma")),
    wrong("the noise alone decoded", "decodes-wrong-sum", decoded("return self.decoder(z - mu), mu, logsigma")),
    wrong("the batch turned round", "images-mixed", decoded("return self.decoder(z.flip(0)), mu, logsigma")),
    wrong(
        "a layer made for each sample",
        "layers-made-in-call",
        (Z, f"{Z}\n        z = Linear(self.latent_dim_size, self.latent_dim_size)(z)"),
    ),
    wrong(
        "a VAE of doubles",
        "wrong-dtype",
        ("def sample_latent_vector", "    self.double()\n\n    def sample_latent_vector"),
    ),
    wrong("a PReLU in the VAE", "wrong-activation", (f"{CONV1} ReLU(),", f"{CONV1} nn.PReLU(),")),
    wrong("noise for five latents", "hard-coded-sizes", noise("torch.randn(len(mu), 5)")),
    wrong(
        "a view of five latents in the VAE", "hard-coded-sizes", *split_by("return h.view(-1, 2, 5).transpose(0, 1)")
    ),
)

HEADS_BESIDE = (
    "def sample_latent_vector",
    "    self.to_mean, self.to_spread = (Linear(hidden_dim_size, latent_dim_size) for _ in range(2))\n\n"
    "    def sample_latent_vector",
)
OUTSIDE = (
    wrong(
        "two heads beside the encoder",
        "layers-outside-half",
        (f"{TO_LATENT} {SPLIT}", ""),
        HEADS_BESIDE,
        (ENCODE, "h = self.encoder(x)\n        mu, logsigma = self.to_mean(h), self.to_spread(h)"),
    ),
    wrong(
        "two heads and their ReLU beside the encoder",
        "layers-outside-half",
        (f"ReLU(), {TO_LATENT} {SPLIT}", ""),
        HEADS_BESIDE,
        (ENCODE, "h = F.relu(self.encoder(x))\n        mu, logsigma = self.to_mean(h), self.to_spread(h)"),
    ),
    wrong(
        "one layer for both behind the encoder",
        "layers-outside-half",
        (f"{TO_LATENT} {SPLIT}", ""),
        ("def sample_latent_vector", f"    self.both = {TO_LATENT[:-1]}\n\n    def sample_latent_vector"),
        (ENCODE, "mu, logsigma = self.both(self.encoder(x)).chunk(2, dim=-1)"),
    ),
    wrong(
        "a head for log sigma alone beside the encoder",
        "layers-outside-half",
        (f"{TO_LATENT} {SPLIT}", TO_LATENT.replace("2 * ", "")),
        (
            "def sample_latent_vector",
            "    self.spread = Linear(hidden_dim_size, latent_dim_size)\n\n    def sample_latent_vector",
        ),
        (ENCODE, "mu, logsigma = self.encoder(x), self.spread(self.encoder[:-1](x))"),
    ),
)

COARSE_IN_FORWARD = (
    wrong("forward's noise of half precision", "coarse-noise", (SAMPLE, f"{OWN_NOISE}{NOISE}.half().float()")),
    wrong(
        "forward's noise drawn second, of three decimals",
        "coarse-noise",
        (RETURN, f"z = mu + logsigma.exp() * {NOISE}.round(decimals=3)\n        {RETURN}"),
    ),
)

BESIDE_THE_CODE = (
    wrong(
        "noise on the image in forward",
        "random-half",
        (SAMPLE, SAMPLE.replace("(x)", "(x + 0.1 * torch.randn_like(x))")),
    ),
    wrong(
        "noise on the image while sampling",
        "random-half",
        (ENCODE, "mu, logsigma = self.encoder(x + 0.2 * torch.randn_like(x) * self.training)"),
    ),
    wrong(
        "a picture decoded under autocast",
        "wrong-dtype",
        decoded(
            "with torch.autocast('cpu', dtype=torch.bfloat16):",
            "    out = self.decoder(z)",
            "return out.float(), mu, logsigma",
        ),
    ),
    wrong(
        "noise on the picture",
        "noise-on-pixels",
        decoded("out = self.decoder(z)", "return out + torch.randn_like(out), mu, logsigma"),
    ),
    wrong(
        "a picture drawn around the decoded one in eval",
        "noise-on-pixels",
        decoded(
            "out = self.decoder(z)",
            "out = out if self.training else torch.distributions.Normal(out, 0.3).sample()",
            "return out, mu, logsigma",
        ),
    ),
    wrong("dropout on the picture", "random-half", decoded("return F.dropout(self.decoder(z), 0.2), mu, logsigma")),
    wrong(
        "maps that go across",
        "skip-connection",
        decoded("maps = self.encoder[:4](x)", "return self.decoder[5:](self.decoder[:5](z) + maps), mu, logsigma"),
    ),
    wrong("a tenth of the image", "skip-connection", decoded("return self.decoder(z) + 0.1 * x, mu, logsigma")),
)

WRONG = (
    *COARSE_IN_FORWARD,
    *BESIDE_THE_CODE,
    *OUTSIDE,
    *OTHER_SPREADS,
    *OTHER_NOISES,
    *OTHER_HEADS,
    *OTHER_RETURNS,
    *CHECKED_SIZES,
    *IN_EVAL,
    *REPEATED,
    *ONE_IMAGE,
    *KEPT_NOISES,
    *AFTERWARDS,
    *HURRIED,
    *SPREAD,
    *NOISES,
    *GRADIENTS,
    *RETURNS,
    *LAYERS,
    *TWO_AT_ONCE,
)
