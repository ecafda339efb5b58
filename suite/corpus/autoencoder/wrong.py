"""Autoencoders that are not right: what a hurried learner types."""

from functools import partial

from suite.corpus import Wrong

wrong = partial(Wrong, "autoencoder")

CONV1, CONV2 = "Conv2d(1, 16, 4, stride=2, padding=1),", "Conv2d(16, 32, 4, stride=2, padding=1),"
FLATTEN, UNFLATTEN = ('Rearrange("b c h w -> b (c h w)"),', 'Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),')
TO_HIDDEN, TO_LATENT = "Linear(32 * 7 * 7, hidden_dim_size),", "Linear(hidden_dim_size, latent_dim_size),"
FROM_LATENT, FROM_HIDDEN = "Linear(latent_dim_size, hidden_dim_size),", "Linear(hidden_dim_size, 32 * 7 * 7),"
UP1, UP2 = ("ConvTranspose2d(32, 16, 4, stride=2, padding=1),", "ConvTranspose2d(16, 1, 4, stride=2, padding=1),")
RETURN = "return self.decoder(self.encoder(x))"
SIZES = "self.latent_dim_size = latent_dim_size self.hidden_dim_size = hidden_dim_size"


def no_relu(layer: str) -> tuple[str, str]:
    return (f"{layer} ReLU(),", layer)


def then(layer: str, *more: str) -> tuple[str, str]:
    """Other layers put behind this one."""
    return (layer, " ".join((layer, *more)))


RELUS = (
    wrong("no ReLU after the first convolution", "missing-relu", no_relu(CONV1)),
    wrong("no ReLU after the second convolution", "missing-relu", no_relu(CONV2)),
    wrong("no ReLU between the encoder's linear layers", "missing-relu", no_relu(TO_HIDDEN)),
    wrong("no ReLU between the decoder's linear layers", "missing-relu", no_relu(FROM_LATENT)),
    wrong("no ReLU after the decoder's second linear layer", "missing-relu", no_relu(FROM_HIDDEN)),
    wrong("no ReLU between the transposed convolutions", "missing-relu", no_relu(UP1)),
    wrong("no ReLU in the encoder", "missing-relu", *map(no_relu, (CONV1, CONV2, TO_HIDDEN))),
    wrong("no ReLU in the decoder", "missing-relu", *map(no_relu, (FROM_LATENT, FROM_HIDDEN, UP1))),
    wrong("no ReLU anywhere", "missing-relu", ("ReLU(),", "", 6)),
    wrong("two ReLUs of the encoder missing", "missing-relu", no_relu(CONV1), no_relu(TO_HIDDEN)),
    wrong("ReLU after the last layer of the encoder", "final-relu", then(TO_LATENT, "ReLU(),")),
    wrong("ReLU after the last layer of the decoder", "final-relu", then(UP2, "ReLU(),")),
    wrong("ReLU after every layer", "final-relu", then(TO_LATENT, "ReLU(),"), then(UP2, "ReLU(),")),
    wrong(
        "a ReLU is missing and one too many stands at the end",
        "missing-relu+final-relu",
        no_relu(CONV2),
        then(TO_LATENT, "ReLU(),"),
    ),
    wrong("tanh after the encoder", "final-activation", then(TO_LATENT, "nn.Tanh(),")),
    wrong("sigmoid after the encoder", "final-activation", then(TO_LATENT, "nn.Sigmoid(),")),
    wrong("softmax after the encoder", "final-activation", then(TO_LATENT, "nn.Softmax(dim=1),")),
    wrong("tanh after the decoder", "final-activation", then(UP2, "nn.Tanh(),")),
    wrong("sigmoid after the decoder", "final-activation", then(UP2, "nn.Sigmoid(),")),
    wrong("LeakyReLU for ReLU", "wrong-activation", ("ReLU(),", "nn.LeakyReLU(0.2),", 6)),
    wrong("LeakyReLU in the decoder", "wrong-activation", (f"{UP1} ReLU(),", f"{UP1} nn.LeakyReLU(),")),
    wrong("GELU for ReLU", "wrong-activation", ("ReLU(),", "nn.GELU(),", 6)),
    wrong("tanh between the linear layers", "wrong-activation", (f"{TO_HIDDEN} ReLU(),", f"{TO_HIDDEN} nn.Tanh(),")),
    wrong(
        "LeakyReLU and a sigmoid at the end, as in a GAN",
        "wrong-activation",
        ("ReLU(),", "nn.LeakyReLU(0.2),", 6),
        then(UP2, "nn.Sigmoid(),"),
    ),
)

LAYERS = (
    wrong(
        "a bias of the convolutions that starts at zero",
        "conv-bias",
        ("Conv2d(1,", "nn.Conv2d(1,"),
        ("def forward", "    nn.init.zeros_(self.encoder[0].bias)\n\n    def forward"),
    ),
    wrong(
        "torch's convolutions with their bias",
        "conv-bias",
        ("Conv2d(1,", "nn.Conv2d(1,"),
        ("Conv2d(16, 32", "nn.Conv2d(16, 32"),
    ),
    wrong(
        "torch's transposed convolutions with their bias", "conv-bias", ("ConvTranspose2d(", "nn.ConvTranspose2d(", 2)
    ),
    wrong(
        "linear layers without bias",
        "linear-without-bias",
        (TO_LATENT, "Linear(hidden_dim_size, latent_dim_size, bias=False),"),
    ),
    wrong(
        "BatchNorm after the convolutions",
        "batch-norm",
        then(CONV1, "nn.BatchNorm2d(16),"),
        then(CONV2, "nn.BatchNorm2d(32),"),
    ),
    wrong("BatchNorm without weights", "batch-norm", then(CONV1, "nn.BatchNorm2d(16, affine=False),")),
    wrong(
        "Dropout after the hidden layer",
        "random-half",
        (f"{TO_HIDDEN} ReLU(),", f"{TO_HIDDEN} ReLU(), nn.Dropout(0.2),"),
    ),
    wrong(
        "kernel 3", "wrong-kernel", ("Conv2d(1, 16, 4,", "Conv2d(1, 16, 3,"), ("Conv2d(16, 32, 4,", "Conv2d(16, 32, 3,")
    ),
    wrong("kernel 5 in the decoder", "wrong-kernel", (UP2, "ConvTranspose2d(16, 1, 5, stride=2, padding=1),")),
    wrong(
        "channels 1 to 32 to 16",
        "wrong-channels",
        (CONV1, CONV1.replace("16", "32")),
        (CONV2, "Conv2d(32, 32, 4, stride=2, padding=1),"),
    ),
    wrong(
        "channels 1 to 16 to 16",
        "wrong-channels",
        (CONV2, CONV2.replace("32", "16")),
        (TO_HIDDEN, "Linear(16 * 7 * 7, hidden_dim_size),"),
    ),
    wrong(
        "three colour channels",
        "wrong-channels",
        (CONV1, CONV1.replace("(1,", "(3,")),
        (UP2, UP2.replace(" 1,", " 3,")),
    ),
    wrong(
        "no hidden layer in the encoder",
        "missing-linear",
        (f"{TO_HIDDEN} ReLU(), {TO_LATENT}", "Linear(32 * 7 * 7, latent_dim_size),"),
    ),
    wrong(
        "no hidden layer in the decoder",
        "missing-linear",
        (f"{FROM_LATENT} ReLU(), {FROM_HIDDEN}", "Linear(latent_dim_size, 32 * 7 * 7),"),
    ),
    wrong(
        "one hidden layer too many",
        "extra-layers",
        (f"{TO_HIDDEN} ReLU(),", f"{TO_HIDDEN} ReLU(), Linear(hidden_dim_size, hidden_dim_size), ReLU(),"),
    ),
    wrong(
        "a third convolution",
        "extra-layers",
        then(f"{CONV2} ReLU(),", "Conv2d(32, 32, 3, stride=1, padding=1), ReLU(),"),
    ),
    wrong("one transposed convolution too few", "missing-convolution", (f"{UP1} ReLU(), {UP2}", "")),
    wrong(
        "latent and hidden size swapped",
        "sizes-swapped",
        ("latent_dim_size: int, hidden_dim_size: int", "hidden_dim_size: int, latent_dim_size: int"),
        (
            SIZES,
            "self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size\n        latent_dim_size, hidden_dim_size = hidden_dim_size, latent_dim_size",
        ),
    ),
    wrong(
        "hidden and latent size swapped in the encoder",
        "sizes-swapped",
        (TO_HIDDEN, "Linear(32 * 7 * 7, latent_dim_size),"),
        (TO_LATENT, "Linear(latent_dim_size, hidden_dim_size),"),
    ),
    wrong(
        "hidden size 128 written out",
        "hard-coded-sizes",
        (TO_HIDDEN, "Linear(32 * 7 * 7, 128),"),
        (TO_LATENT, "Linear(128, latent_dim_size),"),
    ),
    wrong(
        "latent size 5 written out",
        "hard-coded-sizes",
        (TO_LATENT, "Linear(hidden_dim_size, 5),"),
        (FROM_LATENT, "Linear(5, hidden_dim_size),"),
    ),
    wrong(
        "latents doubled as in a VAE", "latents-doubled", (TO_LATENT, "Linear(hidden_dim_size, 2 * latent_dim_size),")
    ),
    wrong(
        "layers in a plain list",
        "layers-in-plain-list",
        ("self.encoder = Sequential(", "self.layers = ["),
        (f"{TO_LATENT} )", f"{TO_LATENT} ]"),
        (RETURN, "for layer in self.layers:\n            x = layer(x)\n        return self.decoder(x)"),
    ),
    wrong(
        "layers in a plain dict inside the encoder",
        "layers-in-plain-list",
        ("self.encoder = Sequential(", "self.layers = dict(convs=Sequential("),
        (FLATTEN, f"), linears=Sequential({FLATTEN}"),
        (f"{TO_LATENT} )", f"{TO_LATENT} ))"),
        (
            "def forward",
            'def encoder(self, x):\n        return self.layers["linears"](self.layers["convs"](x))\n\n    def forward',
        ),
    ),
    wrong(
        "the decoder is missing",
        "missing-half",
        (
            f"self.decoder = Sequential( {FROM_LATENT} ReLU(), {FROM_HIDDEN} ReLU(), {UNFLATTEN} {UP1} ReLU(), {UP2} )",
            "",
        ),
        (RETURN, "return self.encoder(x)"),
    ),
    wrong("the encoder is called down", "missing-half", ("self.encoder", "self.down", 2)),
    wrong("the decoder is misspelt", "missing-half", ("self.decoder =", "self.decorder =")),
    wrong(
        "an extra layer that is never used",
        "extra-layers",
        (
            SIZES,
            f"{SIZES.replace(' self.h', chr(10) + '        self.h')}\n        self.spare = Linear(hidden_dim_size, hidden_dim_size)",
        ),
    ),
    wrong(
        "all weights start at zero",
        "bad-initialisation",
        ("def forward", "    for each in self.parameters():\n            nn.init.zeros_(each)\n\n    def forward"),
    ),
    wrong(
        "all weights start at one",
        "bad-initialisation",
        (
            "def forward",
            "    for each in self.parameters():\n            nn.init.constant_(each, 1.0)\n\n    def forward",
        ),
    ),
    wrong(
        "frozen encoder", "frozen-weights", ("def forward", "    self.encoder.requires_grad_(False)\n\n    def forward")
    ),
    wrong(
        "one weight for both halves",
        "tied-weights",
        ("def forward", "    self.decoder[5].weight = self.encoder[2].weight\n\n    def forward"),
    ),
)

PICTURES = (
    wrong(
        "view behind a convolution",
        "view-of-other-order",
        (f"{FLATTEN} {TO_HIDDEN}", f"View(), {TO_HIDDEN}"),
        (
            "class Autoencoder",
            "class View(nn.Module):\n    def forward(self, x):\n        return x.view(len(x), -1)\n\n\nclass Autoencoder",
        ),
    ),
    wrong(
        "stride forgotten",
        "shapes-do-not-fit",
        (CONV1, "Conv2d(1, 16, 4, padding=1),"),
        (CONV2, "Conv2d(16, 32, 4, padding=1),"),
    ),
    wrong(
        "padding forgotten in the encoder",
        "shapes-do-not-fit",
        (CONV1, "Conv2d(1, 16, 4, stride=2),"),
        (CONV2, "Conv2d(16, 32, 4, stride=2),"),
    ),
    wrong(
        "padding forgotten in the decoder",
        "wrong-stride-or-padding",
        (UP1, "ConvTranspose2d(32, 16, 4, stride=2),"),
        (UP2, "ConvTranspose2d(16, 1, 4, stride=2),"),
    ),
    wrong(
        "max-pooling in place of strides",
        "pooling-for-stride",
        (CONV1, 'nn.Conv2d(1, 16, 4, padding="same", bias=False), nn.MaxPool2d(2),'),
        (CONV2, 'nn.Conv2d(16, 32, 4, padding="same", bias=False), nn.MaxPool2d(2),'),
    ),
    wrong(
        "average pooling in place of strides",
        "pooling-for-stride",
        (CONV1, 'nn.Conv2d(1, 16, 4, padding="same", bias=False), nn.AvgPool2d(2),'),
        (CONV2, 'nn.Conv2d(16, 32, 4, padding="same", bias=False), nn.AvgPool2d(2),'),
    ),
    wrong(
        "reflecting padding",
        "padding-mode",
        (CONV1, 'nn.Conv2d(1, 16, 4, 2, 1, bias=False, padding_mode="reflect"),'),
        (CONV2, 'nn.Conv2d(16, 32, 4, 2, 1, bias=False, padding_mode="reflect"),'),
    ),
    wrong("flatten forgotten", "shapes-do-not-fit", (FLATTEN, "")),
    wrong("unflatten forgotten", "shapes-do-not-fit", (UNFLATTEN, "")),
    wrong(
        "batch and channels flattened together", "shapes-do-not-fit", ("b c h w -> b (c h w)", "b c h w -> c (b h w)")
    ),
    wrong("a batch of 512 written out", "hard-coded-batch", (FLATTEN, "nn.Unflatten(0, (512, -1)), nn.Flatten(2),")),
    wrong(
        "a batch of 512 in view",
        "hard-coded-batch",
        (RETURN, "return self.decoder(self.encoder(x)).view(512, 1, 28, 28)"),
    ),
    wrong("the image is turned on its side", "transposed-image", then(UP2, 'Rearrange("b c h w -> b c w h"),')),
)

FORWARD = (
    wrong(
        "encoder with tanh that forward does not call",
        "final-activation",
        ("self.encoder = Sequential(", "self.down = Sequential("),
        ("def forward", "def encoder(self, x):\n        return self.down(x).tanh()\n\n    def forward"),
        (RETURN, "return self.decoder(self.down(x))"),
    ),
    wrong(
        "decoder with sigmoid that forward does not call",
        "final-activation",
        ("self.decoder = Sequential(", "self.up = Sequential("),
        ("def forward", "def decoder(self, z):\n        return self.up(z).sigmoid()\n\n    def forward"),
        (RETURN, "return self.up(self.encoder(x))"),
    ),
    wrong("forward returns the code", "returns-code", (RETURN, "return self.encoder(x)")),
    wrong(
        "forward returns code and reconstruction",
        "returns-tuple",
        (RETURN, "z = self.encoder(x)\n        return self.decoder(z), z"),
    ),
    wrong("forward forgets to return", "returns-none", ("return self.decoder", "self.decoder")),
    wrong("forward is missing", "missing-forward", ("def forward", "def froward")),
    wrong(
        "forward is indented into init",
        "missing-forward",
        (
            f'def forward(self, x: Tensor) -> Tensor: """The reconstruction of x: (b, 1, 28, 28) → (b, 1, 28, 28).""" {RETURN}',
            f"    def forward(self, x):\n            {RETURN}",
        ),
    ),
    wrong("forward returns three dots", "left-in-place", (RETURN, "return ...")),
    wrong(
        "the decoder is three dots",
        "left-in-place",
        (
            f"self.decoder = Sequential( {FROM_LATENT} ReLU(), {FROM_HIDDEN} ReLU(), {UNFLATTEN} {UP1} ReLU(), {UP2} )",
            "self.decoder = ...",
        ),
    ),
    wrong(
        "the encoder is None",
        "left-in-place",
        ("self.encoder = Sequential(", "self.encoder = None\n        Sequential("),
    ),
    wrong(
        "forward ends in a sigmoid", "final-activation", (RETURN, "return torch.sigmoid(self.decoder(self.encoder(x)))")
    ),
    wrong("forward clamps to 0 and 1", "clamped-output", (RETURN, "return self.decoder(self.encoder(x)).clamp(0, 1)")),
    wrong(
        "forward puts a ReLU on the code",
        "activation-on-latent",
        (RETURN, "return self.decoder(F.relu(self.encoder(x)))"),
    ),
    wrong(
        "forward normalises again",
        "normalised-input",
        (RETURN, "return self.decoder(self.encoder((x - 0.1307) / 0.3081))"),
    ),
    wrong("forward adds the input", "residual", (RETURN, "return x + self.decoder(self.encoder(x))")),
    wrong("forward returns the input", "returns-input", (RETURN, "self.decoder(self.encoder(x))\n        return x")),
    wrong(
        "forward decodes something random",
        "random-half",
        (RETURN, "z = self.encoder(x)\n        return self.decoder(z + 0.1 * torch.randn_like(z))"),
    ),
    wrong("forward detaches the code", "detached", (RETURN, "return self.decoder(self.encoder(x).detach())")),
    wrong(
        "forward without gradients",
        "detached",
        (RETURN, "with torch.no_grad():\n            z = self.encoder(x)\n        return self.decoder(z)"),
    ),
    wrong("forward squeezes", "squeezed-batch", (RETURN, "return self.decoder(self.encoder(x)).squeeze()")),
    wrong("forward squeezes the code", "squeezed-batch", (RETURN, "return self.decoder(self.encoder(x).squeeze())")),
    wrong(
        "the input is changed in place",
        "changes-input",
        (RETURN, "out = self.decoder(self.encoder(x))\n        x -= x.mean()\n        return out"),
    ),
    wrong(
        "the encoder clamps the image in place",
        "in-place-change",
        ("self.encoder = Sequential(", "self.down = Sequential("),
        (
            "def forward",
            "def encoder(self, x):\n        out = self.down(x)\n        x.clamp_(min=0)\n        return out\n\n    def forward",
        ),
    ),
    wrong("weights in float64", "wrong-dtype", (f"{UP2} )", f"{UP2}\n        )\n        self.double()")),
    wrong(
        "an encoder in half precision", "wrong-dtype", (f"{UP2} )", f"{UP2}\n        )\n        self.encoder.half()")
    ),
    wrong("weights in bfloat16", "wrong-dtype", (f"{UP2} )", f"{UP2}\n        )\n        self.to(torch.bfloat16)")),
    wrong("images made float64", "wrong-dtype", (RETURN, "return self.decoder(self.encoder(x.double()))")),
    wrong("forward takes the labels too", "wrong-signature", ("forward(self, x: Tensor)", "forward(self, x, labels)")),
    wrong("sizes are not kept", "attribute-missing", (SIZES, "")),
    wrong(
        "sizes are kept under shorter names",
        "attribute-missing",
        (SIZES, "self.latent_dim, self.hidden_dim = latent_dim_size, hidden_dim_size"),
    ),
    wrong(
        "the kept sizes have changed places",
        "attribute-wrong",
        (SIZES, "self.latent_dim_size, self.hidden_dim_size = hidden_dim_size, latent_dim_size"),
    ),
    wrong("a typo in a name", "unknown-name", (TO_LATENT, "Linear(hidden_dim_size, latent_size),")),
    wrong(
        "a comma is missing between two layers",
        "layer-as-input",
        (f"{TO_HIDDEN} ReLU(),", "Linear(32 * 7 * 7, hidden_dim_size) (ReLU()),"),
    ),
)

CLASSES = (
    wrong("super init is forgotten", "forgotten-super-init", ("super().__init__()", "pass")),
    wrong(
        "super init after the layers",
        "forgotten-super-init",
        ("super().__init__()", "pass"),
        ("def forward", "    super().__init__()\n\n    def forward"),
    ),
    wrong(
        "not a module",
        "not-a-module",
        ("(nn.Module)", ""),
        ("super().__init__()", "pass"),
        ("def forward", "def __call__"),
    ),
    wrong(
        "a function that makes a model",
        "not-a-class",
        "def Autoencoder(latent_dim_size, hidden_dim_size):\n    return Sequential()\n",
    ),
    wrong(
        "a model in place of the class",
        "instance-instead-of-class",
        "class Net(nn.Module):\n    pass\n\n\nAutoencoder = Net()\n",
    ),
    wrong(
        "nothing is asked for the sizes",
        "wrong-signature",
        ("latent_dim_size: int, hidden_dim_size: int", "latent: int = 5, hidden: int = 128"),
        (SIZES, "latent_dim_size, hidden_dim_size = latent, hidden"),
    ),
    wrong("the class is empty", "wrong-signature", "class Autoencoder(nn.Module):\n    pass\n"),
    wrong("init is misspelt", "wrong-signature", ("def __init__", "def __int__")),
    wrong("an endless loop", "takes-too-long", (RETURN, "while True:\n            x = x + 0")),
    wrong("forward calls itself", "endless-recursion", (RETURN, "return self.decoder(self.encoder(self(x)))")),
    wrong(
        "plain tensors for weights",
        "plain-tensor",
        """
class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        self.kernel1, self.kernel2 = torch.randn(16, 1, 4, 4) / 4, torch.randn(32, 16, 4, 4) / 16
        self.to_hidden, self.to_latent = nn.Linear(1568, hidden_dim_size), nn.Linear(hidden_dim_size, latent_dim_size)
        self.from_latent, self.from_hidden = nn.Linear(latent_dim_size, hidden_dim_size), nn.Linear(hidden_dim_size, 1568)
        self.up1, self.up2 = ConvTranspose2d(32, 16, 4, 2, 1), ConvTranspose2d(16, 1, 4, 2, 1)

    def encoder(self, x):
        x = F.relu(F.conv2d(x, self.kernel1, stride=2, padding=1))
        x = F.relu(F.conv2d(x, self.kernel2, stride=2, padding=1))
        return self.to_latent(F.relu(self.to_hidden(x.flatten(1))))

    def decoder(self, z):
        x = F.relu(self.from_hidden(F.relu(self.from_latent(z))))
        return self.up2(F.relu(self.up1(x.view(-1, 32, 7, 7))))

    def forward(self, x):
        return self.decoder(self.encoder(x))
""",
    ),
    wrong("the encoder is half written", "missing-linear", (f"{FLATTEN} {TO_HIDDEN} ReLU(), {TO_LATENT}", "")),
    wrong(
        "everything is linear layers",
        "missing-convolution",
        (f"{CONV1} ReLU(), {CONV2} ReLU(), {FLATTEN} {TO_HIDDEN}", "nn.Flatten(), Linear(784, hidden_dim_size),"),
        (
            f"{FROM_HIDDEN} ReLU(), {UNFLATTEN} {UP1} ReLU(), {UP2}",
            "Linear(hidden_dim_size, 784), nn.Unflatten(1, (1, 28, 28)),",
        ),
    ),
)

HURRIED = (
    wrong(
        "no self before the halves", "no-layers", ("self.encoder = ", "encoder = "), ("self.decoder = ", "decoder = ")
    ),
    wrong(
        "a list inside Sequential",
        "not-a-layer",
        ("self.encoder = Sequential(", "self.encoder = Sequential(["),
        (f"{TO_LATENT} )", f"{TO_LATENT} ])"),
    ),
    wrong(
        "brackets in place of Sequential",
        "layers-in-plain-list",
        ("self.encoder = Sequential(", "self.encoder = ("),
        (RETURN, "for layer in self.encoder:\n            x = layer(x)\n        return self.decoder(x)"),
    ),
    wrong("ReLU without its brackets", "not-a-layer", (f"{UP1} ReLU(),", f"{UP1} ReLU,")),
    wrong("F.relu among the layers", "not-a-layer", (f"{UP1} ReLU(),", f"{UP1} F.relu,")),
    wrong("forward without self", "wrong-signature", ("def forward(self, x: Tensor)", "def forward(x)")),
    wrong("the encoder is not called", "layer-as-input", (RETURN, "return self.decoder(self.encoder)")),
    wrong("flat size reckoned wrongly", "wrong-linear", (TO_HIDDEN, "Linear(32 * 8 * 8, hidden_dim_size),")),
    wrong("rows and channels exchanged when unflattening", "shapes-do-not-fit", ("c=32, h=7, w=7", "c=7, h=7, w=32")),
    wrong(
        "ReLU missing and sigmoid at the end of the decoder",
        "missing-relu+final-activation",
        no_relu(FROM_HIDDEN),
        then(UP2, "nn.Sigmoid(),"),
    ),
    wrong("BatchNorm in the decoder", "batch-norm", then(UP1, "nn.BatchNorm2d(16),")),
    wrong("BatchNorm without weights in the decoder", "batch-norm", then(UP1, "nn.BatchNorm2d(16, affine=False),")),
    wrong("a device written out", "fixed-device", (RETURN, "return self.decoder(self.encoder(x.cuda()))")),
    wrong("half precision", "wrong-dtype", (RETURN, "return self.decoder(self.encoder(x)).half()")),
    wrong(
        "the convolutions in the wrong order",
        "shapes-do-not-fit",
        (f"{CONV1} ReLU(), {CONV2}", f"{CONV2} ReLU(), {CONV1}"),
    ),
    wrong(
        "height and width exchanged in forward",
        "transposed-image",
        (RETURN, "return self.decoder(self.encoder(x.transpose(2, 3)))"),
    ),
    wrong("the decoder's layers called on the image", "shapes-do-not-fit", (RETURN, "return self.decoder(x)")),
)

CHECKED_SIZES = (
    wrong(
        "37 hidden numbers",
        "hard-coded-sizes",
        ("hidden_dim_size)", "37)", 2),
        ("Linear(hidden_dim_size,", "Linear(37,", 2),
    ),
    wrong(
        "3 latents",
        "hard-coded-sizes",
        (TO_LATENT, "Linear(hidden_dim_size, 3),"),
        (FROM_LATENT, "Linear(3, hidden_dim_size),"),
    ),
    wrong("kept as 3 and 37", "hard-coded-sizes", (SIZES, "self.latent_dim_size, self.hidden_dim_size = 3, 37")),
    wrong("a view of 3 latents", "hard-coded-sizes", (RETURN, "return self.decoder(self.encoder(x).view(-1, 3))")),
    wrong(
        "the first three latents",
        "hard-coded-sizes",
        (RETURN, "return self.decoder(F.pad(self.encoder(x)[:, :3], (0, self.latent_dim_size - 3)))"),
    ),
)
IN_EVAL = (
    wrong(
        "clamped in eval mode",
        "clamped-output",
        (RETURN, "out = self.decoder(self.encoder(x))\n        return out if self.training else out.clamp(0, 1)"),
    ),
    wrong(
        "sigmoid in eval mode",
        "final-activation",
        (RETURN, "out = self.decoder(self.encoder(x))\n        return out if self.training else torch.sigmoid(out)"),
    ),
    wrong(
        "pixels brought back in eval mode",
        "denormalised-output",
        (RETURN, "out = self.decoder(self.encoder(x))\n        return out if self.training else out * 0.3081 + 0.1307"),
    ),
    wrong(
        "the code beside the image in eval mode",
        "returns-tuple",
        (RETURN, "z = self.encoder(x)\n        return self.decoder(z) if self.training else (self.decoder(z), z)"),
    ),
    wrong(
        "the code in eval mode",
        "returns-code",
        (RETURN, "z = self.encoder(x)\n        return self.decoder(z) if self.training else z"),
    ),
    wrong(
        "no gradients in eval mode",
        "detached",
        (RETURN, f"with torch.set_grad_enabled(self.training):\n            {RETURN}"),
    ),
    wrong(
        "tanh of the encoder in eval mode",
        "final-activation",
        ("self.encoder = Sequential(", "self.down = Sequential("),
        (
            "def forward",
            "def encoder(self, x):\n        z = self.down(x)\n        return z if self.training else z.tanh()\n\n    def forward",
        ),
    ),
)


def in_every_place(activation: str) -> tuple[str, str, int]:
    return ("ReLU(),", f"{activation},", 6)


def behind(layer: str, activation: str) -> tuple[str, str]:
    """Another function behind this layer, in place of its ReLU."""
    return (f"{layer} ReLU(),", f"{layer} {activation},")


def called(*steps: str) -> tuple[str, str]:
    """What forward does in place of its one line."""
    return (RETURN, "\n        ".join(steps))


INIT_END = "def forward"

# Numbers of another type, and weights that are other things than they seem.
TYPES = (
    wrong("a model in double precision", "wrong-dtype", (INIT_END, "    self.double()\n\n    def forward")),
    wrong("a model in half precision", "wrong-dtype", (INIT_END, "    self.half()\n\n    def forward")),
    wrong("a bfloat16 model", "wrong-dtype", (INIT_END, "    self.to(torch.bfloat16)\n\n    def forward")),
    wrong("one layer of float64", "wrong-dtype", (TO_HIDDEN, "nn.Linear(1568, hidden_dim_size, dtype=torch.float64),")),
    wrong(
        "a code of half precision",
        "wrong-dtype",
        called("z = self.encoder(x).half().float()", "return self.decoder(z)"),
    ),
    wrong("PReLU everywhere", "wrong-activation", in_every_place("nn.PReLU()")),
    wrong("a PReLU for each of 16 channels", "wrong-activation", behind(CONV1, "nn.PReLU(16)")),
    wrong("PReLU at the end", "wrong-activation", then(UP2, "nn.PReLU(),")),
    wrong("InstanceNorm with weights", "batch-norm", then(CONV2, "nn.InstanceNorm2d(32, affine=True),")),
    wrong(
        "a scale that is learned",
        "extra-layers",
        (INIT_END, "    self.scale = nn.Parameter(torch.ones(1))\n\n    def forward"),
        called("return self.scale * self.decoder(self.encoder(x))"),
    ),
    wrong(
        "weight_norm on a convolution",
        "weight-norm",
        (CONV1, f"nn.utils.parametrizations.weight_norm({CONV1.rstrip(',')}),"),
    ),
    wrong(
        "a layer made in forward",
        "layers-made-in-call",
        called(
            "z = self.encoder(x)", "z = Linear(self.latent_dim_size, self.latent_dim_size)(z)", "return self.decoder(z)"
        ),
    ),
    wrong("a randomised ReLU", "random-half", behind(CONV2, "nn.RReLU()")),
)

WRITTEN_OUT = (
    wrong("a view of five latents", "hard-coded-sizes", called("return self.decoder(self.encoder(x).view(len(x), 5))")),
    wrong(
        "128 hidden numbers in a Rearrange",
        "hard-coded-sizes",
        behind(TO_HIDDEN, 'ReLU(), Rearrange("b (h k) -> b (h k)", h=128)'),
    ),
    wrong(
        "an Unflatten of ten latents", "hard-coded-sizes", then(TO_LATENT, "nn.Unflatten(1, (10, 1)), nn.Flatten(),")
    ),
    wrong("a multiple of three latents", "hard-coded-sizes", then(TO_LATENT, 'Rearrange("b (l k) -> b (l k)", l=3),')),
    wrong(
        "256 hidden numbers",
        "hard-coded-sizes",
        ("hidden_dim_size)", "256)", 2),
        ("Linear(hidden_dim_size,", "Linear(256,", 2),
    ),
    wrong(
        "two latents",
        "hard-coded-sizes",
        (TO_LATENT, "Linear(hidden_dim_size, 2),"),
        (FROM_LATENT, "Linear(2, hidden_dim_size),"),
    ),
    wrong(
        "half the hidden size",
        "wrong-linear",
        (TO_HIDDEN, "Linear(32 * 7 * 7, hidden_dim_size // 2),"),
        (TO_LATENT, "Linear(hidden_dim_size // 2, latent_dim_size),"),
    ),
)

PLACES = (
    wrong("Mish for ReLU", "wrong-activation", in_every_place("nn.Mish()")),
    wrong("SELU for ReLU", "wrong-activation", in_every_place("nn.SELU()")),
    wrong("GELU by its tanh formula", "wrong-activation", in_every_place('nn.GELU("tanh")')),
    wrong("a steep LeakyReLU", "wrong-activation", in_every_place("nn.LeakyReLU(0.3)")),
    wrong("SiLU behind both convolutions", "wrong-activation", behind(CONV1, "nn.SiLU()"), behind(CONV2, "nn.SiLU()")),
    wrong("Mish between the decoder's linear layers", "wrong-activation", behind(FROM_LATENT, "nn.Mish()")),
    wrong(
        "GELU behind the linear layers",
        "wrong-activation",
        behind(FROM_LATENT, "nn.GELU()"),
        behind(FROM_HIDDEN, "nn.GELU()"),
    ),
    wrong("softmax over the channels", "wrong-activation", behind(CONV1, "nn.Softmax(dim=1)")),
    wrong(
        "circular padding", "padding-mode", (CONV1, 'nn.Conv2d(1, 16, 4, 2, 1, bias=False, padding_mode="circular"),')
    ),
    wrong(
        "copies of the edge in the second convolution",
        "padding-mode",
        (CONV2, 'nn.Conv2d(16, 32, 4, 2, 1, bias=False, padding_mode="replicate"),'),
    ),
    wrong(
        "padding with black", "padding-mode", (CONV1, "nn.ConstantPad2d(1, -0.1307 / 0.3081), Conv2d(1, 16, 4, 2, 0),")
    ),
    wrong(
        "padding on one side", "wrong-stride-or-padding", (CONV1, "nn.ZeroPad2d((0, 2, 0, 2)), Conv2d(1, 16, 4, 2, 0),")
    ),
    wrong(
        "a corner cut off",
        "wrong-stride-or-padding",
        (UP2, "ConvTranspose2d(16, 1, 4, 2, 0), nn.ZeroPad2d((0, -2, 0, -2)),"),
    ),
    wrong("a frame of zeros", "wrong-stride-or-padding", (UP2, "ConvTranspose2d(16, 1, 4, 2, 2), nn.ZeroPad2d(1),")),
    wrong(
        "max-pooling once",
        "pooling-for-stride",
        (CONV2, 'nn.Conv2d(16, 32, 4, padding="same", bias=False), nn.MaxPool2d(2),'),
    ),
    wrong(
        "average pooling behind the ReLU",
        "pooling-for-stride",
        (f"{CONV1} ReLU(),", "Conv2d(1, 16, 4, 1, 2), ReLU(), nn.AvgPool2d(2),"),
    ),
    wrong(
        "Upsample and a convolution",
        "upsampling",
        (UP1, 'nn.Upsample(scale_factor=2), nn.Conv2d(32, 16, 4, padding="same", bias=False),'),
        (UP2, 'nn.Upsample(scale_factor=2), nn.Conv2d(16, 1, 4, padding="same", bias=False),'),
    ),
    wrong(
        "a bilinear Upsample at the end",
        "upsampling",
        (UP2, 'nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(16, 1, 4, padding="same", bias=False),'),
    ),
    wrong("GroupNorm without weights", "batch-norm", then(CONV2, "nn.GroupNorm(4, 32, affine=False),")),
    wrong(
        "LayerNorm of the hidden numbers",
        "batch-norm",
        then(TO_HIDDEN, "nn.LayerNorm(hidden_dim_size, elementwise_affine=False),"),
    ),
    wrong(
        "LayerNorm of the latents",
        "batch-norm",
        then(TO_LATENT, "nn.LayerNorm(latent_dim_size, elementwise_affine=False),"),
    ),
    wrong("BatchNorm behind a ReLU", "batch-norm", behind(CONV1, "ReLU(), nn.BatchNorm2d(16, affine=False)")),
    wrong("BatchNorm of the image", "batch-norm", (CONV1, f"nn.BatchNorm2d(1, affine=False), {CONV1}")),
    wrong("a clamp at the encoder's end", "clamped-output", then(TO_LATENT, "nn.Hardtanh(),")),
    wrong("a softsign at the decoder's end", "final-activation", then(UP2, "nn.Softsign(),")),
)

DONE_IN_FORWARD = (
    wrong(
        "clamped to what pixels can be",
        "clamped-output",
        called("return self.decoder(self.encoder(x)).clamp(-0.4242, 2.8215)"),
    ),
    wrong("multiplied by 255", "scaled-output", called("return 255 * self.decoder(self.encoder(x))")),
    wrong(
        "a sigmoid, then normalised",
        "final-activation",
        called("return (self.decoder(self.encoder(x)).sigmoid() - 0.1307) / 0.3081"),
    ),
    wrong("the sign turned round", "wrong-sign", called("return -self.decoder(self.encoder(x))")),
    wrong("mirrored", "flipped-image", called("return self.decoder(self.encoder(x)).flip(-1)")),
    wrong(
        "a code of length 1", "normalised-latents", called("return self.decoder(F.normalize(self.encoder(x), dim=1))")
    ),
    wrong("a doubled code", "scaled-latents", called("return self.decoder(2 * self.encoder(x))")),
    wrong("a clamped code", "clamped-latents", called("return self.decoder(self.encoder(x).clamp(-1, 1))")),
    wrong("a hard code", "changed-latents", called("return self.decoder(self.encoder(x).round())")),
    wrong(
        "codes centred over the batch",
        "images-mixed",
        called("z = self.encoder(x)", "return self.decoder(z - z.mean(0))"),
    ),
    wrong("a softmax over the batch", "images-mixed", called("return self.decoder(self.encoder(x).softmax(0))")),
    wrong(
        "the image scaled by the batch's range",
        "images-mixed",
        called("return self.decoder(self.encoder((x - x.min()) / (x.max() - x.min())))"),
    ),
    wrong(
        "a reshape that mixes the batch",
        "images-mixed",
        called("out = self.decoder(self.encoder(x))", "return out.permute(1, 2, 3, 0).reshape(x.shape)"),
    ),
    wrong("the first image for all", "images-mixed", called("return self.decoder(self.encoder(x[:1])).expand_as(x)")),
    wrong("an image of 0 to 1 expected", "clamped-input", called("return self.decoder(self.encoder(x.clamp(0, 1)))")),
    wrong("the image divided by 255", "changed-input", called("return self.decoder(self.encoder(x / 255))")),
    wrong("only what is missing", "residual", called("return x - self.decoder(self.encoder(x))")),
    wrong(
        "noise from a seed",
        None,
        called("torch.manual_seed(0)", "z = self.encoder(x)", "return self.decoder(z + 0.1 * torch.randn_like(z))"),
    ),
    wrong(
        "forward under autocast",
        "wrong-dtype",
        called(
            "with torch.autocast('cpu', dtype=torch.bfloat16):",
            "    out = self.decoder(self.encoder(x))",
            "return out.float()",
        ),
    ),
    wrong("two passes", "encodes-again", called("return self.decoder(self.encoder(self.decoder(self.encoder(x))))")),
    wrong(
        "feature maps added across",
        "skip-connection",
        called(
            "maps = self.encoder[:4](x)",
            "code = self.encoder[4:](maps)",
            "return self.decoder[5:](self.decoder[:5](code) + maps)",
        ),
    ),
    wrong(
        "hidden numbers added across",
        "skip-connection",
        called(
            "hidden = self.encoder[:7](x)", "return self.decoder[1:](self.decoder[0](self.encoder[7](hidden)) + hidden)"
        ),
    ),
    wrong("a tenth of the image added", "skip-connection", called("return self.decoder(self.encoder(x)) + 0.1 * x")),
    wrong("a gate made of the image", "skip-connection", called("return self.decoder(self.encoder(x)) * x.sigmoid()")),
    wrong(
        "a little noise on the pixels while training",
        "random-half",
        called("out = self.decoder(self.encoder(x))", "return out + 0.1 * torch.randn_like(out) * self.training"),
    ),
)

SQUEEZING = f"{FLATTEN} {TO_HIDDEN} ReLU(), {TO_LATENT}"
WIDENING = f"{FROM_LATENT} ReLU(), {FROM_HIDDEN} ReLU(), {UNFLATTEN}"


def with_layers(*lines: str) -> tuple[str, str]:
    """More lines at the end of __init__."""
    return ("def forward", "".join(f"    {line}\n    " for line in lines) + "\n    def forward")


SIGNATURE = "self, latent_dim_size: int, hidden_dim_size: int"
SIGNATURES = (
    wrong(
        "the sizes in the other order",
        "wrong-signature",
        (SIGNATURE, "self, hidden_dim_size: int, latent_dim_size: int"),
    ),
    wrong(
        "channels in front of the sizes",
        "wrong-signature",
        (SIGNATURE, "self, channels=1, latent_dim_size=5, hidden_dim_size=128"),
    ),
    wrong(
        "an output padding for kernel 3",
        "layer-arguments",
        (UP1, "ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1),"),
    ),
)

TWO_ACTIVATIONS = (
    wrong(
        "tanh at first and GELU at last",
        "wrong-activation",
        (f"{CONV1} ReLU(),", f"{CONV1} nn.Tanh(),"),
        (f"{TO_HIDDEN} ReLU(),", f"{TO_HIDDEN} nn.GELU(),"),
    ),
    wrong(
        "SiLU and LeakyReLU in the decoder",
        "wrong-activation",
        (f"{FROM_LATENT} ReLU(), {FROM_HIDDEN} ReLU(),", f"{FROM_LATENT} nn.SiLU(), {FROM_HIDDEN} nn.LeakyReLU(),"),
    ),
)
OUTSIDE = (
    wrong(
        "the encoder's last layer beside it",
        "layers-outside-half",
        (f"ReLU(), {TO_LATENT}", "ReLU(),"),
        with_layers(f"self.squeeze = {TO_LATENT[:-1]}"),
        (RETURN, "return self.decoder(self.squeeze(self.encoder(x)))"),
    ),
    wrong(
        "the decoder's first layer beside it",
        "layers-outside-half",
        (f"{FROM_LATENT} ReLU(),", ""),
        with_layers(f"self.widen = {FROM_LATENT[:-1]}"),
        (RETURN, "return self.decoder(self.widen(self.encoder(x)).relu())"),
    ),
    wrong(
        "a bottleneck beside both halves",
        "layers-outside-half",
        (SQUEEZING, ""),
        (WIDENING, ""),
        with_layers(f"self.bottleneck = Sequential({SQUEEZING} {WIDENING})"),
        (RETURN, "return self.decoder(self.bottleneck(self.encoder(x)))"),
    ),
    wrong(
        "the last transposed convolution beside the decoder",
        "layers-outside-half",
        (f"{UP1} ReLU(), {UP2}", f"{UP1} ReLU(),"),
        with_layers(f"self.pixels = {UP2[:-1]}"),
        (RETURN, "return self.pixels(self.decoder(self.encoder(x)))"),
    ),
)

MIRRORED = """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        self.c1, self.c2 = Conv2d(1, 16, 4, stride=2, padding=1), Conv2d(16, 32, 4, stride=2, padding=1)
        self.l1, self.l2 = Linear(32 * 7 * 7, hidden_dim_size), Linear(hidden_dim_size, latent_dim_size)
        self.b2, self.b1 = nn.Parameter(torch.zeros(hidden_dim_size)), nn.Parameter(torch.zeros(32 * 7 * 7))

    def encoder(self, x):
        return self.l2(self.l1(self.c2(self.c1(x).relu()).relu().flatten(1)).relu())

    def decoder(self, z):
        h = F.linear(F.linear(z, self.l2.weight.T, self.b2).relu(), self.l1.weight.T, self.b1).relu()
        h = F.conv_transpose2d(h.unflatten(1, (32, 7, 7)), self.c2.weight, stride=2, padding=1).relu()
        return F.conv_transpose2d(h, self.c1.weight, stride=2, padding=1)

    def forward(self, x):
        return self.decoder(self.encoder(x))
"""
OWN_CONVOLUTIONS = (
    MIRRORED.replace("self.b2, self.b1 =", "self.d2, self.d1 = ConvTranspose2d(32, 16, 4, 2, 1), ConvTranspose2d(16, 1, 4, 2, 1)\n        self.b2, self.b1 =")
    .replace("F.conv_transpose2d(h.unflatten(1, (32, 7, 7)), self.c2.weight, stride=2, padding=1)", "self.d2(h.unflatten(1, (32, 7, 7)))")
    .replace("F.conv_transpose2d(h, self.c1.weight, stride=2, padding=1)", "self.d1(h)")
)  # fmt: skip

TIED = (
    wrong("the encoder's matrices turned round, with biases", "tied-weights", MIRRORED),
    wrong("the encoder's matrices turned round, with convolutions", "tied-weights", OWN_CONVOLUTIONS),
    wrong("an encoder and no decoder", "missing-half", MIRRORED.replace("self.b2, self.b1 =", "unused =").partition("    def decoder")[0]),
)  # fmt: skip

AT_THE_TOP = "class Autoencoder(nn.Module):"
SHARED = (
    wrong(
        "a convolution made at the top of the file",
        "shared-between-models",
        (AT_THE_TOP, f"FIRST = {CONV1[:-1]}\n\n\n{AT_THE_TOP}"),
        (CONV1, "FIRST,"),
    ),
    wrong(
        "a convolution as a default argument",
        "shared-between-models",
        ("hidden_dim_size: int)", "hidden_dim_size: int, last=ConvTranspose2d(16, 1, 4, stride=2, padding=1))"),
        (UP2, "last,"),
    ),
    wrong(
        "convolutions in the class's body",
        "shared-between-models",
        (f"{CONV1} ReLU(), {CONV2}", "self.shrink,"),
        ("def __init__", f"shrink = Sequential({CONV1} ReLU(), {CONV2})\n\n    def __init__"),
    ),
    wrong(
        "a cache of linear layers",
        "shared-between-models",
        (AT_THE_TOP, f"from functools import cache\n\ndense = cache(Linear)\n\n\n{AT_THE_TOP}"),
        (TO_LATENT, "dense(hidden_dim_size, latent_dim_size),"),
    ),
    wrong(
        "a weight out of a table",
        "shared-between-models",
        (AT_THE_TOP, f"WEIGHTS = {{}}\n\n\n{AT_THE_TOP}"),
        with_layers(
            "last = self.encoder[-1]",
            "last.weight = WEIGHTS.setdefault((latent_dim_size, hidden_dim_size), last.weight)",
        ),
    ),
)

WRONG = (
    *SIGNATURES,
    *TWO_ACTIVATIONS,
    *OUTSIDE,
    *TIED,
    *SHARED,
    *TYPES,
    *WRITTEN_OUT,
    *PLACES,
    *DONE_IN_FORWARD,
    *CHECKED_SIZES,
    *IN_EVAL,
    *HURRIED,
    *RELUS,
    *LAYERS,
    *PICTURES,
    *FORWARD,
    *CLASSES,
)
