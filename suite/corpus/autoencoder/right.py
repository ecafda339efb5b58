"""Autoencoders that are right, in other styles than the reference's."""

from functools import partial

from suite.corpus import Right
from suite.corpus.autoencoder.wrong import (
    CONV1,
    CONV2,
    FLATTEN,
    FROM_HIDDEN,
    FROM_LATENT,
    RETURN,
    SIZES,
    TO_HIDDEN,
    TO_LATENT,
    UNFLATTEN,
    UP1,
    UP2,
    then,
)

right = partial(Right, "autoencoder")

INIT = """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
"""
FORWARD = """
    def forward(self, x):
        return self.decoder(self.encoder(x))
"""

SHAPE = 'Float[Tensor, "batch 1 28 28"]'

EDITS = (
    right("the reference itself"),
    right(
        "shapes annotated by jaxtyping",
        (
            "def forward(self, x: Tensor) -> Tensor:",
            f"from jaxtyping import Float\n\n    def forward(self, x: {SHAPE}) -> {SHAPE}:",
        ),
    ),
    right(
        "torch's layers without bias",
        ("Sequential(", "nn.Sequential(", 2),
        ("Conv2d(1,", "nn.Conv2d(1,"),
        (CONV2, "nn.Conv2d(16, 32, 4, 2, 1, bias=False),"),
        ("Conv2d(1,", "Conv2d(bias=False, in_channels=1, out_channels="),
        ("out_channels= 16, 4, stride", "out_channels=16, kernel_size=4, stride"),
        (UP1, "nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False),"),
        (UP2, "nn.ConvTranspose2d(16, 1, 4, 2, 1, bias=False),"),
    ),
    right("torch's Flatten and Unflatten", (FLATTEN, "nn.Flatten(),"), (UNFLATTEN, "nn.Unflatten(1, (32, 7, 7)),")),
    right("ReLU in place", ("ReLU(),", "nn.ReLU(inplace=True),", 6)),
    right("each ReLU twice", ("ReLU(),", "ReLU(), ReLU(),", 6)),
    right("layers that do nothing in between", then(TO_LATENT, "nn.Identity(),"), then(UP2, "nn.Dropout(0.0),")),
    right(
        "channels last when flattening",
        ("b c h w -> b (c h w)", "b c h w -> b (h w c)"),
        ("b (c h w) -> b c h w", "b (h w c) -> b c h w"),
        note="(h w c)",
    ),
    right(
        "width before height on the way back",
        ("b (c h w) -> b c h w", "b (c w h) -> b c h w"),
        note="width before height",
    ),
    right("another order on either side", ("b c h w -> b (c h w)", "b c h w -> b (w h c)"), note="width before height"),
    right(
        "the decoder before the encoder",
        ("self.encoder = Sequential(", "self.second = lambda: Sequential("),
        ("self.decoder = Sequential(", "self.decoder = Sequential("),
        (
            "def forward",
            "    second, self.second = self.second, None\n        self.encoder = second()\n\n    def forward",
        ),
    ),
    right("prints while running", (RETURN, f"print('x', x.shape, x.mean())\n        {RETURN}")),
    right("sizes by keyword only", ("self, latent_dim_size", "self, *, latent_dim_size")),
    right(
        "sizes with defaults and more arguments",
        ("hidden_dim_size: int)", "hidden_dim_size: int = 128, channels=(16, 32), **other)"),
    ),
    right("stored channels last", ("def forward", "    self.to(memory_format=torch.channels_last)\n\n    def forward")),
    right(
        "weights by nn.init",
        (
            "def forward",
            "    for each in self.parameters():\n            nn.init.kaiming_normal_(each) if each.dim() > 1 else nn.init.zeros_(each)\n\n    def forward",
        ),
    ),
    right(
        "orthogonal weights",
        (
            "def forward",
            "    for each in self.parameters():\n            nn.init.orthogonal_(each) if each.dim() > 1 else nn.init.zeros_(each)\n\n    def forward",
        ),
    ),
    right(
        "weights from an unscaled normal",
        ("def forward", "    for each in self.parameters():\n            nn.init.normal_(each)\n\n    def forward"),
        note="slow or fails",
    ),
    right(
        "a spare buffer",
        (
            SIZES,
            "self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size\n        self.register_buffer('mean', torch.tensor(0.1307))",
        ),
    ),
    right(
        "lazy linear layers",
        (TO_HIDDEN, "nn.LazyLinear(hidden_dim_size),"),
        (TO_LATENT, "nn.LazyLinear(latent_dim_size),"),
        (FROM_LATENT, "nn.LazyLinear(hidden_dim_size),"),
        (FROM_HIDDEN, "nn.LazyLinear(32 * 7 * 7),"),
    ),
    right(
        "lazy convolutions",
        (CONV1, "nn.LazyConv2d(16, 4, 2, 1, bias=False),"),
        (CONV2, "nn.LazyConv2d(32, 4, 2, 1, bias=False),"),
        (UP1, "nn.LazyConvTranspose2d(16, 4, 2, 1, bias=False),"),
        (UP2, "nn.LazyConvTranspose2d(1, 4, 2, 1, bias=False),"),
    ),
    right(
        "float64 as default left alone", ("super().__init__()", "super().__init__()\n        torch.get_default_dtype()")
    ),
    right(
        "a hook that looks",
        (
            "def forward",
            "    self.encoder.register_forward_hook(lambda module, inputs, output: None)\n\n    def forward",
        ),
    ),
    right("padding 0, and the edges cut off on all sides", (UP2, "ConvTranspose2d(16, 1, 4, 2, 0), nn.ZeroPad2d(-1),")),
    right("a ReLU on what a ReLU gave", then(FLATTEN, "ReLU(),")),
    right(
        "layers without weights made in forward",
        (RETURN, "return nn.Sequential(nn.Identity(), nn.Dropout(0.0))(self.decoder(self.encoder(x)))"),
    ),
    right(
        "clamped where no image gets to",
        (RETURN, "return self.decoder(self.encoder(x).clamp(-1e3, 1e3)).clamp(-1e4, 1e4)"),
    ),
    right("double precision and back at the end", (RETURN, "return self.decoder(self.encoder(x).double().float())")),
)

STYLES = (
    right(
        "functions and parameters",
        INIT
        + """
        def weight(*shape):
            return nn.Parameter(torch.randn(shape) / shape[0] ** 0.5)

        self.w1, self.w2 = weight(16, 1, 4, 4), weight(32, 16, 4, 4)
        self.w3, self.b3 = weight(hidden_dim_size, 1568), weight(hidden_dim_size)
        self.w4, self.b4 = weight(latent_dim_size, hidden_dim_size), weight(latent_dim_size)
        self.v1, self.c1 = weight(hidden_dim_size, latent_dim_size), weight(hidden_dim_size)
        self.v2, self.c2 = weight(1568, hidden_dim_size), weight(1568)
        self.v3, self.v4 = weight(32, 16, 4, 4), weight(16, 1, 4, 4)

    def encoder(self, x):
        x = F.relu(F.conv2d(x, self.w1, stride=2, padding=1))
        x = F.relu(F.conv2d(x, self.w2, stride=2, padding=1)).flatten(1)
        return F.linear(F.relu(F.linear(x, self.w3, self.b3)), self.w4, self.b4)

    def decoder(self, z):
        x = F.relu(F.linear(F.relu(F.linear(z, self.v1, self.c1)), self.v2, self.c2)).view(-1, 32, 7, 7)
        x = F.relu(F.conv_transpose2d(x, self.v3, stride=2, padding=1))
        return F.conv_transpose2d(x, self.v4, stride=2, padding=1)
"""
        + FORWARD,
    ),
    right(
        "hand-made linear layers with the weight the other way round",
        """class Affine(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter((torch.rand(n_in, n_out) * 2 - 1) / n_in**0.5)
        self.bias = nn.Parameter(torch.zeros(1, n_out))

    def forward(self, x):
        return x @ self.weight + self.bias


"""
        + INIT
        + """
        self.encoder = Sequential(
            Conv2d(1, 16, 4, 2, 1), ReLU(), Conv2d(16, 32, 4, 2, 1), ReLU(), nn.Flatten(),
            Affine(1568, hidden_dim_size), ReLU(), Affine(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Affine(latent_dim_size, hidden_dim_size), ReLU(), Affine(hidden_dim_size, 1568), ReLU(),
            nn.Unflatten(1, (32, 7, 7)), ConvTranspose2d(32, 16, 4, 2, 1), ReLU(), ConvTranspose2d(16, 1, 4, 2, 1),
        )
"""
        + FORWARD,
    ),
    right(
        "linear layers by einsum, in dictionaries of parameters",
        INIT
        + """
        n = {"to_hidden": (1568, hidden_dim_size), "to_latent": (hidden_dim_size, latent_dim_size),
             "from_latent": (latent_dim_size, hidden_dim_size), "from_hidden": (hidden_dim_size, 1568)}
        self.weights = nn.ParameterDict({k: torch.randn(i, o) / i**0.5 for k, (i, o) in n.items()})
        self.biases = nn.ParameterDict({k: torch.zeros(o) for k, (i, o) in n.items()})
        self.down = nn.ModuleDict({"first": Conv2d(1, 16, 4, 2, 1), "second": Conv2d(16, 32, 4, 2, 1)})
        self.up = nn.ModuleDict({"first": ConvTranspose2d(32, 16, 4, 2, 1), "second": ConvTranspose2d(16, 1, 4, 2, 1)})

    def linear(self, x, name):
        return torch.einsum("b i, i o -> b o", x, self.weights[name]) + self.biases[name]

    def encoder(self, x):
        x = self.down["second"](self.down["first"](x).relu()).relu()
        return self.linear(self.linear(x.reshape(len(x), -1), "to_hidden").relu(), "to_latent")

    def decoder(self, z):
        x = self.linear(self.linear(z, "from_latent").relu(), "from_hidden").relu()
        return self.up["second"](self.up["first"](x.reshape(-1, 32, 7, 7)).relu())
"""
        + FORWARD,
    ),
    right(
        "subclasses of Sequential",
        """class Encoder(nn.Sequential):
    def __init__(self, latent, hidden):
        super().__init__(
            nn.Sequential(Conv2d(1, 16, 4, 2, 1), ReLU()),
            nn.Sequential(Conv2d(16, 32, 4, 2, 1), ReLU()),
            nn.Sequential(nn.Flatten(), Linear(1568, hidden), ReLU(), Linear(hidden, latent)),
        )


class Decoder(nn.Sequential):
    def __init__(self, latent, hidden):
        super().__init__()
        self.append(Linear(latent, hidden)).append(ReLU()).append(Linear(hidden, 1568)).append(ReLU())
        self.append(nn.Unflatten(1, (32, 7, 7)))
        self.add_module("up1", nn.Sequential(ConvTranspose2d(32, 16, 4, 2, 1), ReLU()))
        self.add_module("up2", ConvTranspose2d(16, 1, 4, 2, 1))


"""
        + INIT
        + """
        self.decoder = Decoder(latent_dim_size, hidden_dim_size)
        self.encoder = Encoder(latent_dim_size, hidden_dim_size)
"""
        + FORWARD,
    ),
    right(
        "lists of modules and a loop",
        INIT
        + """
        self.down = nn.ModuleList([Conv2d(1, 16, 4, 2, 1), Conv2d(16, 32, 4, 2, 1)])
        self.inner = nn.ModuleList([Linear(1568, hidden_dim_size), Linear(hidden_dim_size, latent_dim_size)])
        self.outer = nn.ModuleList([Linear(latent_dim_size, hidden_dim_size), Linear(hidden_dim_size, 1568)])
        self.up = nn.ModuleList([ConvTranspose2d(32, 16, 4, 2, 1), ConvTranspose2d(16, 1, 4, 2, 1)])

    def encoder(self, x):
        for layer in self.down:
            x = F.relu(layer(x))
        x = x.reshape(x.shape[0], -1)
        for i, layer in enumerate(self.inner):
            x = layer(x) if i else F.relu(layer(x))
        return x

    def decoder(self, x):
        for layer in self.outer:
            x = F.relu(layer(x))
        x = x.view(x.shape[0], 32, 7, 7)
        for i, layer in enumerate(self.up):
            x = layer(x) if i else F.relu(layer(x))
        return x
"""
        + FORWARD,
    ),
    right(
        "one function builds both halves",
        """def block(layer, last=False):
    return [layer] if last else [layer, ReLU()]


def halves(latent, hidden):
    down = [*block(Conv2d(1, 16, 4, 2, 1)), *block(Conv2d(16, 32, 4, 2, 1)), nn.Flatten()]
    down += [*block(Linear(1568, hidden)), *block(Linear(hidden, latent), last=True)]
    up = [*block(Linear(latent, hidden)), *block(Linear(hidden, 1568)), nn.Unflatten(1, (32, 7, 7))]
    up += [*block(ConvTranspose2d(32, 16, 4, 2, 1)), *block(ConvTranspose2d(16, 1, 4, 2, 1), last=True)]
    return Sequential(*down), Sequential(*up)


"""
        + INIT
        + """
        self.encoder, self.decoder = halves(latent_dim_size, hidden_dim_size)
"""
        + FORWARD,
    ),
    right(
        "sizes in a dataclass",
        """@dataclass
class Sizes:
    latent: int
    hidden: int
    channels: tuple[int, ...] = (1, 16, 32)

    @property
    def flat(self) -> int:
        return self.channels[-1] * 7 * 7


"""
        + INIT
        + """
        self.sizes = sizes = Sizes(latent_dim_size, hidden_dim_size)
        one, few, many = sizes.channels
        self.encoder = Sequential(
            Conv2d(one, few, 4, 2, 1), ReLU(), Conv2d(few, many, 4, 2, 1), ReLU(), nn.Flatten(),
            Linear(sizes.flat, sizes.hidden), ReLU(), Linear(sizes.hidden, sizes.latent),
        )
        self.decoder = Sequential(
            Linear(sizes.latent, sizes.hidden), ReLU(), Linear(sizes.hidden, sizes.flat), ReLU(),
            nn.Unflatten(1, (many, 7, 7)), ConvTranspose2d(many, few, 4, 2, 1), ReLU(), ConvTranspose2d(few, one, 4, 2, 1),
        )
"""
        + FORWARD,
    ),
    right(
        "everything in forward, the halves as slices of it",
        INIT
        + """
        self.conv1, self.conv2 = Conv2d(1, 16, 4, 2, 1), Conv2d(16, 32, 4, 2, 1)
        self.fc1, self.fc2 = Linear(1568, hidden_dim_size), Linear(hidden_dim_size, latent_dim_size)
        self.fc3, self.fc4 = Linear(latent_dim_size, hidden_dim_size), Linear(hidden_dim_size, 1568)
        self.up1, self.up2 = ConvTranspose2d(32, 16, 4, 2, 1), ConvTranspose2d(16, 1, 4, 2, 1)

    def encoder(self, x):
        return self.fc2(F.relu(self.fc1(F.relu(self.conv2(F.relu(self.conv1(x)))).flatten(start_dim=1))))

    def decoder(self, z):
        return self.up2(F.relu(self.up1(F.relu(self.fc4(F.relu(self.fc3(z)))).unflatten(1, (32, 7, 7)))))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.dim() == 4
        hidden = self.conv1(x).clamp(min=0)
        hidden = torch.maximum(self.conv2(hidden), torch.zeros(()))
        latent = self.fc2(torch.relu(self.fc1(hidden.reshape(x.shape[0], -1))))
        hidden = torch.relu(self.fc4(torch.relu(self.fc3(latent))))
        return self.up2(torch.relu(self.up1(hidden.reshape(x.shape[0], 32, 7, 7))))
""",
    ),
    right(
        "convolutions by unfold, and padding by hand",
        INIT
        + """
        self.kernel1 = nn.Parameter(torch.randn(16, 16) / 4)
        self.kernel2 = nn.Parameter(torch.randn(256, 32) / 16)
        self.inner = Sequential(Linear(1568, hidden_dim_size), ReLU(), Linear(hidden_dim_size, latent_dim_size))
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 1568), ReLU(),
            nn.Unflatten(1, (32, 7, 7)), ConvTranspose2d(32, 16, 4, 2, 1), ReLU(), ConvTranspose2d(16, 1, 4, 2, 1),
        )

    def encoder(self, x):
        patches = F.unfold(F.pad(x, (1, 1, 1, 1)), 4, stride=2)
        x = F.relu(self.kernel1 @ patches).unflatten(2, (14, 14))
        patches = F.unfold(x, 4, stride=2, padding=1).transpose(1, 2)
        x = F.relu(patches @ self.kernel2).transpose(1, 2)
        return self.inner(x.flatten(1))
"""
        + FORWARD,
    ),
    right(
        "transposed convolutions as convolutions of a stretched image",
        """class Up(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in, 4, 4) / (4 * n_in**0.5))

    def forward(self, x):
        b, c, h, w = x.shape
        stretched = x.new_zeros(b, c, 2 * h - 1, 2 * w - 1)
        stretched[:, :, ::2, ::2] = x
        return F.conv2d(stretched, self.weight, padding=2)


"""
        + INIT
        + """
        self.encoder = Sequential(
            Conv2d(1, 16, 4, 2, 1), ReLU(), Conv2d(16, 32, 4, 2, 1), ReLU(), nn.Flatten(),
            Linear(1568, hidden_dim_size), ReLU(), Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 1568), ReLU(),
            nn.Unflatten(1, (32, 7, 7)), Up(32, 16), ReLU(), Up(16, 1),
        )
"""
        + FORWARD,
    ),
    right(
        "layers with names, by OrderedDict",
        INIT
        + """
        from collections import OrderedDict

        self.encoder = nn.Sequential(OrderedDict(
            conv1=Conv2d(1, 16, 4, 2, 1), relu1=ReLU(), conv2=Conv2d(16, 32, 4, 2, 1), relu2=ReLU(),
            flatten=nn.Flatten(), hidden=Linear(1568, hidden_dim_size), relu3=ReLU(),
            latent=Linear(hidden_dim_size, latent_dim_size),
        ))
        self.decoder = nn.Sequential(OrderedDict(
            hidden=Linear(latent_dim_size, hidden_dim_size), relu1=ReLU(), flat=Linear(hidden_dim_size, 1568),
            relu2=ReLU(), image=nn.Unflatten(1, (32, 7, 7)), up1=ConvTranspose2d(32, 16, 4, 2, 1), relu3=ReLU(),
            up2=ConvTranspose2d(16, 1, 4, 2, 1),
        ))
"""
        + FORWARD,
    ),
    right(
        "one ReLU for all places, and permute",
        INIT
        + """
        self.relu = ReLU()
        self.conv1, self.conv2 = Conv2d(1, 16, 4, 2, 1), Conv2d(16, 32, 4, 2, 1)
        self.mlp = Sequential(Linear(1568, hidden_dim_size), self.relu, Linear(hidden_dim_size, latent_dim_size))
        self.back = Sequential(Linear(latent_dim_size, hidden_dim_size), self.relu, Linear(hidden_dim_size, 1568), self.relu)
        self.up1, self.up2 = ConvTranspose2d(32, 16, 4, 2, 1), ConvTranspose2d(16, 1, 4, 2, 1)

    def encoder(self, x):
        x = self.relu(self.conv2(self.relu(self.conv1(x))))
        return self.mlp(x.permute(0, 2, 3, 1).flatten(1))

    def decoder(self, z):
        x = self.back(z).unflatten(1, (7, 7, 32)).permute(0, 3, 1, 2)
        return self.up2(self.relu(self.up1(x)))
"""
        + FORWARD,
        note="(h w c)",
    ),
)

CAREFUL = (
    right(
        "sizes looked at",
        ("super().__init__()", "super().__init__()\n        assert 0 < latent_dim_size < hidden_dim_size"),
    ),
)
BOTH_MODES = (
    right(
        "one way in training, another in eval mode",
        (
            RETURN,
            f"if self.training:\n            {RETURN}\n        z = self.encoder(x)\n        return self.decoder(z)",
        ),
    ),
    right("built in eval mode", ("def forward", "    self.eval()\n\n    def forward")),
    right(
        "a train of its own",
        (
            "def forward",
            "def train(self, epochs=True):\n        self.epochs = epochs\n        return super().train(bool(epochs))\n\n    def forward",
        ),
    ),
    right(
        "a train that trains",
        ("def forward", "def train(self, loader, epochs):\n        raise NotImplementedError\n\n    def forward"),
    ),
)

PROTOTYPES = (
    right("one argument more, behind the sizes", ("hidden_dim_size: int)", "hidden_dim_size: int, channels: int = 1)")),
    right(
        "copies of a layer made at the top of the file",
        (
            "class Autoencoder(nn.Module):",
            "import copy\n\nwith torch.random.fork_rng([]):\n    FIRST = Conv2d(1, 16, 4, stride=2, padding=1)\n\n\n"
            "class Autoencoder(nn.Module):",
        ),
        ("Conv2d(1, 16, 4, stride=2, padding=1),", "copy.deepcopy(FIRST),"),
    ),
    right(
        "classes of layers as default arguments",
        ("hidden_dim_size: int)", "hidden_dim_size: int, dense=Linear, between=ReLU())"),
        ("Linear(hidden_dim_size, latent_dim_size),", "dense(hidden_dim_size, latent_dim_size),"),
        ("ReLU(),", "between,", 6),
    ),
    right(
        "methods around layers that stand beside each other",
        ("self.encoder = Sequential(", "self.down = Sequential("),
        ("Linear(hidden_dim_size, latent_dim_size),", "nn.Identity(),"),
        (
            "def forward",
            "    self.squeeze = Linear(hidden_dim_size, latent_dim_size)\n\n    def encoder(self, x):\n"
            "        return self.squeeze(self.down(x))\n\n    def forward",
        ),
    ),
)

RIGHT = (*EDITS, *STYLES, *CAREFUL, *BOTH_MODES, *PROTOTYPES)
