"""Fresh answers to autoencoder and autoencoder_trainer: what learners would get wrong."""

from suite.corpus import Fresh, Right

GIVEN_INIT = '''class AutoencoderTrainer:
    """Trains `model_class` on the args' data set; `step` counts the optimiser steps since `train` began."""

    model_class: type[nn.Module] = Autoencoder

    def __init__(self, args: AutoencoderArgs) -> None:
        self.args = args
        self.step = 0
        self.device = utils.get_device()
        self.trainset = utils.get_dataset(args.dataset)
        self.trainloader = DataLoader(self.trainset, batch_size=args.batch_size, shuffle=True)
        self.model = self.model_class(args.latent_dim_size, args.hidden_dim_size)
        self.model.to(self.device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas, fused=True)
        if args.use_wandb:
            utils.prepare_wandb()
        self.live_view = utils.LiveView(self)
'''

GIVEN_REST = '''
    @property
    def holdout(self) -> Tensor:
        """The images that `log_samples` shows, (10, 1, 28, 28); a trainer for another data set has others."""
        return utils.HOLDOUT_DATA

    @torch.inference_mode()
    def log_samples(self) -> None:
        """Shows the loss so far, and the holdout images above their reconstructions; logs the latter to W&B."""
        if self.step == 0:
            raise RuntimeError(
                "log_samples() before the first step: increment `self.step` after each training step."
            )
        with torch.random.fork_rng():
            output = self.model(self.holdout.to(self.device))
        reconstructions = output[0] if isinstance(output, tuple) else output
        if self.args.use_wandb:
            import wandb

            images = [wandb.Image(image) for image in utils.to_images(reconstructions)]
            wandb.log({"images": images}, step=self.step)
        self.live_view.update(self.holdout, reconstructions)
'''


def trainer(written: str) -> str:
    """The given class around what the learner wrote."""
    return GIVEN_INIT + written + GIVEN_REST


FRESH = (
    Fresh(
        "autoencoder",
        "encode and decode",
        "The halves are methods called encode and decode, so the model has neither self.encoder nor self.decoder.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.conv1 = Conv2d(1, 16, 4, 2, 1)
        self.conv2 = Conv2d(16, 32, 4, 2, 1)
        self.fc1 = Linear(1568, hidden_dim_size)
        self.fc2 = Linear(hidden_dim_size, latent_dim_size)
        self.fc3 = Linear(latent_dim_size, hidden_dim_size)
        self.fc4 = Linear(hidden_dim_size, 1568)
        self.deconv1 = ConvTranspose2d(32, 16, 4, 2, 1)
        self.deconv2 = ConvTranspose2d(16, 1, 4, 2, 1)

    def encode(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = torch.flatten(x, start_dim=1)
        return self.fc2(F.relu(self.fc1(x)))

    def decode(self, z: Tensor) -> Tensor:
        z = F.relu(self.fc3(z))
        z = F.relu(self.fc4(z))
        z = z.view(-1, 32, 7, 7)
        return self.deconv2(F.relu(self.deconv1(z)))

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))
""",
        causes=("missing-half",),
    ),
    Fresh(
        "autoencoder",
        "the code comes along",
        "forward returns a pair of reconstruction and latent vector instead of the reconstruction alone.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        relu, features = ReLU(), 32 * 7 * 7
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1), relu,
            Conv2d(16, 32, 4, stride=2, padding=1), relu,
            nn.Flatten(),
            Linear(features, hidden_dim_size), relu,
            Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), relu,
            Linear(hidden_dim_size, features), relu,
            nn.Unflatten(1, (32, 7, 7)),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1), relu,
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        latent = self.encoder(x)
        return self.decoder(latent), latent
""",
        causes=("returns-tuple",),
    ),
    Fresh(
        "autoencoder",
        "pooling and upsampling",
        "Sizes change by max pooling and nearest upsampling around 3x3 convolutions, and no transposed convolution is used.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = nn.Sequential(
            Conv2d(1, 16, 3, padding=1),
            ReLU(),
            nn.MaxPool2d(2),
            Conv2d(16, 32, 3, padding=1),
            ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = nn.Sequential(
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            nn.Unflatten(1, (32, 7, 7)),
            nn.Upsample(scale_factor=2),
            Conv2d(32, 16, 3, padding=1),
            ReLU(),
            nn.Upsample(scale_factor=2),
            Conv2d(16, 1, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
        causes=("wrong-kernel",),
    ),
    Fresh(
        "autoencoder",
        "the dense one for BCE",
        "There are no convolutions, only linear layers on 784 pixels, the code passes a ReLU and the output a sigmoid.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super(Autoencoder, self).__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, hidden_dim_size),
            nn.ReLU(True),
            nn.Linear(hidden_dim_size, latent_dim_size),
            nn.ReLU(True),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim_size, hidden_dim_size),
            nn.ReLU(True),
            nn.Linear(hidden_dim_size, 784),
            nn.Sigmoid(),
        )

    def forward(self, x):
        x = self.encoder(x)
        x = self.decoder(x)
        return x.view(-1, 1, 28, 28)
""",
        causes=("missing-convolution",),
    ),
    Fresh(
        "autoencoder",
        "a loop that ends early",
        "The loop that puts a ReLU between the convolutions leaves out the one behind the encoder's second convolution.",
        '''class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        channels = [1, 16, 32]
        sizes = [32 * 7 * 7, hidden_dim_size, latent_dim_size]

        self.encoder = Sequential()
        self.encoder.extend(self.stack(Conv2d, channels, kernel_size=4, stride=2, padding=1))
        self.encoder.append(Rearrange("b c h w -> b (c h w)"))
        self.encoder.extend(self.stack(Linear, sizes))

        self.decoder = Sequential()
        self.decoder.extend(self.stack(Linear, sizes[::-1]))
        self.decoder.append(ReLU())
        self.decoder.append(Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7))
        self.decoder.extend(self.stack(ConvTranspose2d, channels[::-1], kernel_size=4, stride=2, padding=1))

    @staticmethod
    def stack(kind, sizes, **options):
        """Layers of one kind, with a ReLU behind each but the last."""
        layers = []
        for i in range(len(sizes) - 1):
            layers.append(kind(sizes[i], sizes[i + 1], **options))
            if i < len(sizes) - 2:
                layers.append(ReLU())
        return Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
''',
        causes=("missing-relu",),
    ),
    Fresh(
        "autoencoder",
        "LayerNorm and dropout",
        "A LayerNorm in front of the hidden ReLU of each half and dropout of 0.2 behind it are not asked for.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            *self.hidden_block(32 * 7 * 7, hidden_dim_size, dropout),
            Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            *self.hidden_block(latent_dim_size, hidden_dim_size, dropout),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def hidden_block(self, fan_in, fan_out, dropout):
        return [Linear(fan_in, fan_out), nn.LayerNorm(fan_out), ReLU(), nn.Dropout(dropout)]

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
        causes=("batch-norm",),
    ),
    Fresh(
        "autoencoder",
        "a skip connection as in U-Net",
        "forward adds the encoder's 32 feature maps to the decoder's, so information goes round the bottleneck.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Sequential(
                Conv2d(1, 16, 4, stride=2, padding=1), ReLU(), Conv2d(16, 32, 4, stride=2, padding=1), ReLU()
            ),
            Sequential(
                Rearrange("b c h w -> b (c h w)"),
                Linear(32 * 7 * 7, hidden_dim_size),
                ReLU(),
                Linear(hidden_dim_size, latent_dim_size),
            ),
        )
        self.decoder = Sequential(
            Sequential(
                Linear(latent_dim_size, hidden_dim_size),
                ReLU(),
                Linear(hidden_dim_size, 32 * 7 * 7),
                ReLU(),
                Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ),
            Sequential(
                ConvTranspose2d(32, 16, 4, stride=2, padding=1), ReLU(), ConvTranspose2d(16, 1, 4, stride=2, padding=1)
            ),
        )

    def forward(self, x: Tensor) -> Tensor:
        shrink, squeeze = self.encoder
        widen, grow = self.decoder
        features = shrink(x)
        return grow(widen(squeeze(features)) + features)
""",
        causes=("skip-connection",),
    ),
    Fresh(
        "autoencoder",
        "layers in Python lists",
        "The layers stand in plain Python lists, so that the model registers no parameter at all.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder_layers = [
            Conv2d(1, 16, 4, stride=2, padding=1),
            ReLU(),
            Conv2d(16, 32, 4, stride=2, padding=1),
            ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            Linear(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, latent_dim_size),
        ]
        self.decoder_layers = [
            Linear(latent_dim_size, hidden_dim_size),
            ReLU(),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        ]

    def encoder(self, x: Tensor) -> Tensor:
        for layer in self.encoder_layers:
            x = layer(x)
        return x

    def decoder(self, z: Tensor) -> Tensor:
        for layer in self.decoder_layers:
            z = layer(z)
        return z

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
        causes=("layers-in-plain-list",),
    ),
    Fresh(
        "autoencoder",
        "the transposed weights themselves",
        "The decoder has no layers of its own: it uses the encoder's weights transposed, and no biases.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.conv1 = Conv2d(1, 16, 4, stride=2, padding=1)
        self.conv2 = Conv2d(16, 32, 4, stride=2, padding=1)
        self.fc1 = Linear(32 * 7 * 7, hidden_dim_size)
        self.fc2 = Linear(hidden_dim_size, latent_dim_size)

    def encoder(self, x: Tensor) -> Tensor:
        h = self.conv2(self.conv1(x).relu()).relu()
        return self.fc2(self.fc1(h.flatten(1)).relu())

    def decoder(self, z: Tensor) -> Tensor:
        # y = Wx, and back with W^T
        h = torch.einsum("bl,lh->bh", z, self.fc2.weight).relu()
        h = torch.einsum("bh,hf->bf", h, self.fc1.weight).relu()
        h = h.unflatten(1, (32, 7, 7))
        h = F.conv_transpose2d(h, self.conv2.weight, stride=2, padding=1).relu()
        return F.conv_transpose2d(h, self.conv1.weight, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
        causes=("tied-weights",),
    ),
    Fresh(
        "autoencoder",
        "already a VAE",
        "The encoder has two heads and gives twice the numbers, and forward adds Gaussian noise to the code while training.",
        """class Autoencoder(nn.Module):
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

    def reparameterize(self, mu, logvar):
        if not self.training:
            return mu
        std = torch.exp(0.5 * logvar)
        return mu + std * torch.randn_like(std)

    def forward(self, x: Tensor) -> Tensor:
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        return self.decoder(self.reparameterize(mu, logvar))
""",
        causes=("latents-doubled",),
    ),
    Fresh(
        "autoencoder",
        "a tutorial with kernel 3",
        "The convolutions have kernel 3 with output_padding, they have biases, and the output ends in a tanh.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1),
            nn.ReLU(True),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(True),
            nn.Flatten(start_dim=1),
            nn.Linear(32 * 7 * 7, hidden_dim_size),
            nn.ReLU(True),
            nn.Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim_size, hidden_dim_size),
            nn.ReLU(True),
            nn.Linear(hidden_dim_size, 32 * 7 * 7),
            nn.ReLU(True),
            nn.Unflatten(dim=1, unflattened_size=(32, 7, 7)),
            nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(True),
            nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1, output_padding=1),
            nn.Tanh(),
        )

    def forward(self, x):
        x = self.encoder(x)
        x = self.decoder(x)
        return x
""",
        causes=("wrong-kernel",),
    ),
    Fresh(
        "autoencoder",
        "cached layers",
        "The linear layers come from a cached function, so that any two models of one size share them.",
        """import functools


@functools.lru_cache(maxsize=None)
def dense(n_in: int, n_out: int) -> nn.Module:
    return Linear(n_in, n_out)


class Autoencoder(nn.Module):
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
            dense(32 * 7 * 7, hidden_dim_size),
            ReLU(),
            dense(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            dense(latent_dim_size, hidden_dim_size),
            ReLU(),
            dense(hidden_dim_size, 32 * 7 * 7),
            ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ReLU(),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
        causes=("shared-between-models",),
    ),
    Fresh(
        "autoencoder",
        "the decoder begins with a ReLU",
        "The decoder begins with a ReLU, so it does not see the sign of negative latents.",
        (
            "self.decoder = Sequential( Linear(latent_dim_size, hidden_dim_size),",
            "self.decoder = Sequential(\n            ReLU(),\n            Linear(latent_dim_size, hidden_dim_size),",
        ),
        causes=("relu-before-linear",),
    ),
    Fresh(
        "autoencoder",
        "five and 128 by hand",
        "The sizes 128 and 5 are written into the layers, so both arguments are ignored.",
        ("Linear(32 * 7 * 7, hidden_dim_size)", "Linear(32 * 7 * 7, 128)"),
        ("Linear(hidden_dim_size, latent_dim_size)", "Linear(128, 5)"),
        ("Linear(latent_dim_size, hidden_dim_size)", "Linear(5, 128)"),
        ("Linear(hidden_dim_size, 32 * 7 * 7)", "Linear(128, 32 * 7 * 7)"),
        causes=("hard-coded-sizes",),
    ),
    Fresh(
        "autoencoder",
        "kernel 2 in the decoder",
        "The transposed convolutions have kernel 2 without padding, and no ReLU stands between them.",
        ("ConvTranspose2d(32, 16, 4, stride=2, padding=1), ReLU(),", "ConvTranspose2d(32, 16, 2, stride=2),"),
        ("ConvTranspose2d(16, 1, 4, stride=2, padding=1)", "ConvTranspose2d(16, 1, 2, stride=2)"),
        causes=("wrong-kernel",),
    ),
    Fresh(
        "autoencoder",
        "GELU and tanh",
        "GELU stands everywhere in place of ReLU, and the code is squashed by a tanh.",
        ("ReLU()", "nn.GELU()", 6),
        (
            "Linear(hidden_dim_size, latent_dim_size),",
            "Linear(hidden_dim_size, latent_dim_size),\n            nn.Tanh(),",
        ),
        causes=("final-activation", "wrong-activation"),
    ),
    Fresh(
        "autoencoder",
        "super forgotten",
        "The call of super().__init__() is missing, so that assigning the first module raises an AttributeError.",
        ("super().__init__()", ""),
        causes=("forgotten-super-init",),
    ),
    Fresh(
        "autoencoder",
        "denoising and clamped",
        "forward adds noise to the image while training, and cuts the reconstruction to the range from 0 to 1.",
        (
            "return self.decoder(self.encoder(x))",
            "noisy = x + 0.1 * torch.randn_like(x) if self.training else x\n"
            "        return self.decoder(self.encoder(noisy)).clamp(0, 1)",
        ),
        causes=("random-half",),
    ),
    Fresh(
        "autoencoder",
        "the image itself comes back",
        "forward computes the reconstruction but returns x, the image that came in.",
        (
            "return self.decoder(self.encoder(x))",
            "z = self.encoder(x)\n        x_hat = self.decoder(z)\n        return x",
        ),
        causes=("returns-input",),
    ),
    Fresh(
        "autoencoder",
        "squeezed output",
        "forward squeezes the reconstruction, so the channel axis is gone and for one image the batch axis too.",
        ("return self.decoder(self.encoder(x))", "return self.decoder(self.encoder(x)).squeeze()"),
        causes=("squeezed-batch",),
    ),
    Fresh(
        "autoencoder",
        "the decoder alone learns",
        "forward detaches the code and the hidden ReLU of the encoder is missing, so the encoder gets no gradient.",
        ("return self.decoder(self.encoder(x))", "z = self.encoder(x).detach()\n        return self.decoder(z)"),
        ("Linear(32 * 7 * 7, hidden_dim_size), ReLU(),", "Linear(32 * 7 * 7, hidden_dim_size),"),
        causes=("missing-relu",),
    ),
    Fresh(
        "autoencoder",
        "BatchNorm behind the ReLUs",
        "Each inner convolution's ReLU has a BatchNorm2d behind it, and a ReLU follows the last layer of the encoder.",
        (
            "Conv2d(1, 16, 4, stride=2, padding=1), ReLU(),",
            "Conv2d(1, 16, 4, stride=2, padding=1),\n            ReLU(),\n            nn.BatchNorm2d(16),",
        ),
        (
            "Conv2d(16, 32, 4, stride=2, padding=1), ReLU(),",
            "Conv2d(16, 32, 4, stride=2, padding=1),\n            ReLU(),\n            nn.BatchNorm2d(32),",
        ),
        (
            "ConvTranspose2d(32, 16, 4, stride=2, padding=1), ReLU(),",
            "ConvTranspose2d(32, 16, 4, stride=2, padding=1),\n            ReLU(),\n            nn.BatchNorm2d(16),",
        ),
        ("Linear(hidden_dim_size, latent_dim_size),", "Linear(hidden_dim_size, latent_dim_size),\n            ReLU(),"),
        causes=("batch-norm",),
    ),
    Fresh(
        "autoencoder",
        "all weights alike",
        "All parameters are set to 0.01 at the start, so the units of a layer are equal and stay equal.",
        (
            "ConvTranspose2d(16, 1, 4, stride=2, padding=1), )",
            "ConvTranspose2d(16, 1, 4, stride=2, padding=1),\n        )\n"
            "        for parameter in self.parameters():\n            nn.init.constant_(parameter, 0.01)",
        ),
        causes=("bad-initialisation",),
    ),
    # ------------------------------------------------------------------------------------------------------------
    Fresh(
        "autoencoder_trainer",
        "zeroed once an epoch",
        "The gradients are set to zero once an epoch and not for each batch, so they pile up.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        reconstruction = self.model(img)
        loss = F.mse_loss(reconstruction, img)
        loss.backward()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for _ in range(self.args.epochs):
            self.optimizer.zero_grad()
            for img, _label in self.trainloader:
                loss = self.training_step(img.to(self.device))
                self.step += 1
                bar.update()
                bar.set_postfix(loss=loss.item())
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("gradients-not-zeroed",),
    ),
    Fresh(
        "autoencoder_trainer",
        "fit as in Keras",
        "train does its own steps without training_step, shows samples once an epoch, and returns a list of losses.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        loss = F.mse_loss(self.model(img), img)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss

    def train(self):
        self.step = 0
        history = {"loss": []}
        for epoch in range(self.args.epochs):
            running = 0.0
            for x, _ in tqdm(self.trainloader, desc=f"Epoch {epoch + 1}/{self.args.epochs}"):
                x = x.to(self.device)
                self.optimizer.zero_grad()
                loss = F.mse_loss(self.model(x), x)
                loss.backward()
                self.optimizer.step()
                self.step += 1
                running += loss.item()
            history["loss"].append(running / len(self.trainloader))
            self.log_samples()
        return history
"""),
        causes=("log-samples-per-epoch",),
    ),
    Fresh(
        "autoencoder_trainer",
        "the loss of public VAE code",
        "The loss is a binary cross entropy of the sigmoid, summed over everything, and is returned as a float.",
        trainer("""
    def loss_function(self, recon_x, x):
        return F.binary_cross_entropy(torch.sigmoid(recon_x), x.clamp(0, 1), reduction="sum")

    def training_step(self, img):
        self.optimizer.zero_grad()
        recon = self.model(img)
        loss = self.loss_function(recon, img)
        loss.backward()
        train_loss = loss.item()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": train_loss}, step=self.step)
        return train_loss

    def train(self):
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        pbar = tqdm(total=self.args.epochs * len(self.trainloader))
        for epoch in range(1, self.args.epochs + 1):
            for batch_idx, (data, _) in enumerate(self.trainloader):
                data = data.to(self.device)
                loss = self.training_step(data)
                self.step += 1
                pbar.update(1)
                pbar.set_postfix(epoch=epoch, loss=loss)
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        pbar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("returns-number",),
    ),
    Fresh(
        "autoencoder_trainer",
        "autocast to bfloat16",
        "The model and the loss are computed in bfloat16 under autocast, to be quicker, and lose precision.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        with torch.autocast(device_type=img.device.type, dtype=torch.bfloat16):
            x_hat = self.model(img)
            loss = (x_hat - img.to(x_hat.dtype)).square().mean()
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        with tqdm(total=self.args.epochs * len(self.trainloader)) as bar:
            for _epoch in range(self.args.epochs):
                for img, _label in self.trainloader:
                    self.training_step(img.to(self.device, non_blocking=True))
                    self.step += 1
                    bar.update()
                    if not self.step % self.args.log_every_n_steps:
                        self.log_samples()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("lower-precision",),
    ),
    Fresh(
        "autoencoder_trainer",
        "clipping and a schedule",
        "The gradients are clipped to norm 0.1, and a schedule halves the learning rate after each epoch.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        loss = F.mse_loss(self.model(img), img)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), max_norm=0.1)
        self.optimizer.step()
        self._log(loss=loss.item())
        return loss.detach()

    def _log(self, **numbers: float) -> None:
        if self.args.use_wandb:
            import wandb

            wandb.log(numbers, step=self.step)

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=asdict(self.args))
            wandb.watch(self.model)
        scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, step_size=1, gamma=0.5)
        progress_bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for _epoch in range(self.args.epochs):
            for img, _label in self.trainloader:
                loss = self.training_step(img.to(self.device))
                self.step += 1
                progress_bar.set_postfix(loss=loss.item())
                progress_bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
            scheduler.step()
        progress_bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("gradients-clipped", "learning-rate-changes"),
    ),
    Fresh(
        "autoencoder_trainer",
        "early stopping",
        "Training ends as soon as three batches in a row bring no better loss, and W&B is finished after every epoch.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        loss = F.mse_loss(self.model(img), img)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self, patience: int = 3) -> nn.Module:
        self.step = 0
        best, waited = float("inf"), 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for _epoch in range(self.args.epochs):
            for img, _label in self.trainloader:
                loss = self.training_step(img.to(self.device)).item()
                self.step += 1
                bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
                if loss < best - 1e-4:
                    best, waited = loss, 0
                else:
                    waited += 1
                if waited >= patience:
                    print(f"no improvement for {patience} steps, stopping early")
                    bar.close()
                    return self.model
            if self.args.use_wandb:
                wandb.finish()
        bar.close()
        return self.model
"""),
        causes=("stops-early",),
    ),
    Fresh(
        "autoencoder_trainer",
        "half the squared distance",
        "The loss is half the squared distance, summed over the pixels and averaged over the images only.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        residual = torch.flatten(img - self.model(img), 1)
        loss = 0.5 * torch.einsum("bp,bp->b", residual, residual).mean()  # -log N(x; x', 1) up to a constant
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        n_steps = self.args.epochs * len(self.trainloader)
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        progress = tqdm(total=n_steps)
        while self.step < n_steps:
            for img, _ in self.trainloader:
                self.training_step(img.to(self.device))
                self.step += 1
                progress.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        progress.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("mse-summed-per-image", "mse-halved"),
    ),
    Fresh(
        "autoencoder_trainer",
        "gradients of four batches",
        "The gradients of four batches are gathered before the optimiser makes a step, so one batch is no step.",
        trainer("""
    accumulate = 4

    def training_step(self, img: Tensor) -> Tensor:
        loss = F.mse_loss(self.model(img), img)
        (loss / self.accumulate).backward()
        if (self.step + 1) % self.accumulate == 0:
            self.optimizer.step()
            self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        progress_bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for _ in range(self.args.epochs):
            for batch in self.trainloader:
                loss = self.training_step(batch[0].to(self.device))
                self.step += 1
                progress_bar.set_postfix(loss=f"{loss.item():.3f}")
                progress_bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        progress_bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("gradients-accumulated",),
    ),
    Fresh(
        "autoencoder_trainer",
        "at midnight",
        "self.step counts images, the return stands inside the loop over epochs, and the bar counts epochs as its total.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        out = self.model(img)
        loss = torch.mean((out - img) ** 2)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb
            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        bar = tqdm(total=self.args.epochs)
        for epoch in range(self.args.epochs):
            for img, _label in self.trainloader:
                img = img.to(self.device)
                loss = self.training_step(img)
                self.step += img.shape[0]
                bar.update()
                bar.set_postfix(loss=loss.item())
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
            bar.close()
            if self.args.use_wandb:
                wandb.finish()
            return self.model
"""),
        causes=("one-epoch-only",),
    ),
    Fresh(
        "autoencoder_trainer",
        "W&B whether wanted or not",
        "W&B is called without asking use_wandb, so that a training without W&B fails or starts a run.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        import wandb

        loss = F.mse_loss(self.model(img), img)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        progress_bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for _epoch in range(self.args.epochs):
            for img, _label in self.trainloader:
                loss = self.training_step(img.to(self.device))
                self.step += 1
                progress_bar.update()
                progress_bar.set_postfix(loss=loss.item())
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        progress_bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("wandb-although-off",),
    ),
    Fresh(
        "autoencoder_trainer",
        "a loader of its own",
        "train makes a loader of its own that neither shuffles nor keeps the last, smaller batch.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        loss = nn.MSELoss()(self.model(img), img)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        loader = DataLoader(self.trainset, batch_size=self.args.batch_size, drop_last=True)
        bar = tqdm(total=self.args.epochs * len(loader))
        for epoch in range(self.args.epochs):
            for img, label in loader:
                self.training_step(img.to(self.device))
                self.step += 1
                bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("last-batch-dropped",),
    ),
    Fresh(
        "autoencoder_trainer",
        "counted twice",
        "Both training_step and train count, so self.step grows by two for each batch.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        loss = F.mse_loss(self.model(img), img)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        self.step += 1
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for _epoch in range(self.args.epochs):
            self.run_epoch(bar)
        bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model

    def run_epoch(self, bar) -> None:
        for img, _label in self.trainloader:
            loss = self.training_step(img.to(self.device))
            self.step += 1
            bar.set_postfix(loss=loss.item())
            bar.update()
            if self.step % self.args.log_every_n_steps == 0:
                self.log_samples()
"""),
        causes=("counts-twice",),
    ),
    Fresh(
        "autoencoder_trainer",
        "a new Adam for each step",
        "training_step makes a new Adam for each batch, so its running averages are lost and self.optimizer is unused.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        optimizer = torch.optim.Adam(self.model.parameters(), lr=self.args.lr, betas=self.args.betas)
        optimizer.zero_grad()
        loss = F.mse_loss(self.model(img), img)
        loss.backward()
        optimizer.step()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        batches = (img for _ in range(self.args.epochs) for img, _label in self.trainloader)
        for img in tqdm(batches, total=self.args.epochs * len(self.trainloader)):
            self.training_step(img.to(self.device))
            self.step += 1
            if self.step % self.args.log_every_n_steps == 0:
                self.log_samples()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("optimiser-anew",),
    ),
    Fresh(
        "autoencoder_trainer",
        "one step for each image",
        "training_step goes through the images of the batch one by one and makes an optimiser step for each.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        losses = []
        for image in img:
            x = image.unsqueeze(0)
            loss = F.mse_loss(self.model(x), x)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            losses.append(loss.detach())
        mean_loss = torch.stack(losses).mean()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": mean_loss.item()}, step=self.step)
        return mean_loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        progress_bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for _epoch in range(self.args.epochs):
            for img, _label in self.trainloader:
                self.training_step(img.to(self.device))
                self.step += 1
                progress_bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        progress_bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("step-for-each-part",),
    ),
    Fresh(
        "autoencoder_trainer",
        "noisy input and many bars",
        "The model is given a noisy image in place of img, and every epoch opens a progress bar of its own.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        noisy = img + 0.3 * torch.randn_like(img)
        loss = F.mse_loss(self.model(noisy), img)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        for epoch in tqdm(range(self.args.epochs), desc="epochs"):
            loop = tqdm(self.trainloader, desc=f"epoch {epoch}", leave=False)
            for img, _ in loop:
                loss = self.training_step(img.to(self.device))
                loop.set_postfix(loss=loss.item())
                self.step += 1
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("input-changed",),
    ),
    Fresh(
        "autoencoder_trainer",
        "gradient descent by hand",
        "The weights are changed by lr times the gradient by hand, and self.optimizer is never used.",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        loss = ((img - self.model(img)) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for weight in self.model.parameters():
                weight -= self.args.lr * weight.grad
                weight.grad.zero_()
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step = 0
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for epoch in range(self.args.epochs):
            for i, (img, _) in enumerate(self.trainloader):
                loss = self.training_step(img.to(self.device))
                self.step = epoch * len(self.trainloader) + i + 1
                bar.set_postfix(loss=float(loss))
                bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("wrong-optimiser",),
    ),
    Fresh(
        "autoencoder_trainer",
        "zeroed before the step",
        "The gradients are set to zero between backward and step, so the optimiser never sees one.",
        (
            "self.optimizer.step() self.optimizer.zero_grad()",
            "self.optimizer.zero_grad()\n        self.optimizer.step()",
        ),
        causes=("zeroed-before-step",),
    ),
    Fresh(
        "autoencoder_trainer",
        "epochs from one",
        "The loop over epochs runs from 1 to epochs - 1, so one epoch is missing, and the bar's total counts batches of one epoch.",
        ("for epoch in range(self.args.epochs):", "for epoch in range(1, self.args.epochs):"),
        ("tqdm(total=self.args.epochs * len(self.trainloader))", "tqdm(total=len(self.trainloader))"),
        causes=("one-epoch-too-few",),
    ),
    Fresh(
        "autoencoder_trainer",
        "summed error",
        "The squared errors are summed where the lesson wants their mean.",
        ("F.mse_loss(self.model(img), img)", 'F.mse_loss(self.model(img), img, reduction="sum")'),
        causes=("mse-summed",),
    ),
    Fresh(
        "autoencoder_trainer",
        "asked before counting",
        "train asks for samples before it counts the step, so that the first batch calls log_samples at step 0, which raises.",
        (
            "loss = self.training_step(img.to(self.device)) self.step += 1",
            "loss = self.training_step(img.to(self.device))\n"
            "                if self.step % self.args.log_every_n_steps == 0:\n"
            "                    self.log_samples()\n"
            "                self.step += 1",
        ),
        (
            "progress_bar.update() if self.step % self.args.log_every_n_steps == 0: self.log_samples()",
            "progress_bar.update()",
        ),
        causes=("log-samples-before-count",),
    ),
    Fresh(
        "autoencoder_trainer",
        "never back to zero",
        "train does not set self.step to 0, so that a second training counts on from the first.",
        (
            "self.step = 0 if self.args.use_wandb:\n            import wandb\n\n            wandb.init",
            "if self.args.use_wandb:\n            import wandb\n\n            wandb.init",
        ),
        causes=("step-not-reset",),
    ),
    Fresh(
        "autoencoder_trainer",
        "a new count each epoch",
        "self.step is set back to 0 at the start of every epoch and the samples come one step after each multiple.",
        ("for epoch in range(self.args.epochs):", "for epoch in range(self.args.epochs):\n            self.step = 0"),
        ("% self.args.log_every_n_steps == 0", "% self.args.log_every_n_steps == 1"),
        causes=("step-reset-each-epoch",),
    ),
    Fresh(
        "autoencoder_trainer",
        "to without assignment",
        "The result of img.to(self.device) is thrown away, so the images stay on the CPU.",
        (
            "loss = self.training_step(img.to(self.device))",
            "img.to(self.device)\n                loss = self.training_step(img)",
        ),
        causes=("moved-and-thrown-away",),
    ),
    Fresh(
        "autoencoder_trainer",
        "a train_loss without a step",
        "W&B gets the loss as train_loss and without the step number, and training_step returns a float.",
        ('wandb.log({"loss": loss.item()}, step=self.step)', 'wandb.log({"train_loss": loss.item()})'),
        ("return loss", "return loss.item()"),
        causes=("returns-number",),
    ),
    Fresh(
        "autoencoder_trainer",
        "a target without channels",
        "The target has lost its channel axis, so each reconstruction is compared with every image of the batch.",
        ("F.mse_loss(self.model(img), img)", "F.mse_loss(self.model(img), img.squeeze(1))"),
        causes=("shapes-broadcast",),
    ),
    Fresh(
        "autoencoder_trainer",
        "root and running bar",
        "The loss is the root of the mean squared error, and the bar moves on by self.step each time.",
        ("F.mse_loss(self.model(img), img)", "F.mse_loss(self.model(img), img).sqrt()"),
        ("progress_bar.update()", "progress_bar.update(self.step)"),
        causes=("root-of-mse",),
    ),
    Fresh(
        "autoencoder_trainer",
        "the weights as a dict",
        "train returns the state dict and not the model.",
        ("return self.model", "return self.model.state_dict()"),
        causes=("returns-no-model",),
    ),
    Fresh(
        "autoencoder_trainer",
        "the same shuffle each epoch",
        "The seed is set at the start of each epoch, so all epochs see the batches in one order.",
        (
            "for epoch in range(self.args.epochs):",
            "for epoch in range(self.args.epochs):\n            torch.manual_seed(0)",
        ),
        causes=("seeds-each-epoch",),
    ),
    Fresh(
        "autoencoder_trainer",
        "samples by the epoch number",
        "Whether samples are shown depends on the epoch's number, so the first epoch shows them at each batch.",
        ("if self.step % self.args.log_every_n_steps == 0", "if epoch % self.args.log_every_n_steps == 0"),
        causes=("log-samples-by-epoch",),
    ),
    Fresh(
        "autoencoder_trainer",
        "absolute error and decay",
        "The loss is the mean absolute error plus a penalty on the squared weights.",
        (
            "loss = F.mse_loss(self.model(img), img)",
            "loss = F.l1_loss(self.model(img), img)\n"
            "        loss = loss + 1e-3 * sum(p.pow(2).sum() for p in self.model.parameters())",
        ),
        causes=("absolute-error", "weight-penalty"),
    ),
)

RIGHT = (
    Right(
        "autoencoder",
        "channels fastest as in Keras",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size

        def down(i, o):
            return Conv2d(i, o, 4, 2, 1)

        def up(i, o):
            return ConvTranspose2d(i, o, 4, 2, 1)

        layers = [down(1, 16), ReLU(), down(16, 32), ReLU()]
        layers += [Rearrange("batch channel height width -> batch (height width channel)")]
        layers += [Linear(7 * 7 * 32, hidden_dim_size), ReLU(), Linear(hidden_dim_size, latent_dim_size)]
        self.encoder = Sequential(*layers)

        layers = [Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 7 * 7 * 32), ReLU()]
        layers += [Rearrange("batch (height width channel) -> batch channel height width", height=7, width=7)]
        layers += [up(32, 16), ReLU(), up(16, 1)]
        self.decoder = Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
        note="(h w c)",
    ),
    Right(
        "autoencoder", "width and height swapped", ('"b (c h w) -> b c h w"', '"b (c h w) -> b c w h"'), note="(c w h)"
    ),
    Right(
        "autoencoder",
        "modules within modules",
        """class Down(nn.Module):
    def __init__(self, latent: int, hidden: int) -> None:
        super().__init__()
        self.small = nn.Conv2d(1, 16, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False)
        self.smaller = nn.Conv2d(16, 32, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False)
        self.inner = nn.Linear(1568, hidden)
        self.code = nn.Linear(hidden, latent)

    def forward(self, x):
        x = self.smaller(self.small(x).clamp(min=0)).clamp(min=0)
        return self.code(self.inner(x.reshape(len(x), -1)).clamp(min=0))


class Up(nn.Module):
    def __init__(self, latent: int, hidden: int) -> None:
        super().__init__()
        self.inner = nn.Linear(latent, hidden)
        self.outer = nn.Linear(hidden, 1568)
        self.larger = nn.ConvTranspose2d(32, 16, kernel_size=4, stride=2, padding=1, bias=False)
        self.large = nn.ConvTranspose2d(16, 1, kernel_size=4, stride=2, padding=1, bias=False)

    def forward(self, z):
        features = torch.relu(self.outer(torch.relu(self.inner(z))))
        return self.large(torch.relu(self.larger(features.reshape(len(z), 32, 7, 7))))


class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Down(latent_dim_size, hidden_dim_size)
        self.decoder = Up(latent_dim_size, hidden_dim_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
    ),
    Right(
        "autoencoder",
        "built backwards in one loop",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        steps = [
            (lambda: Conv2d(1, 16, 4, 2, 1), lambda: ConvTranspose2d(16, 1, 4, 2, 1)),
            (ReLU, ReLU),
            (lambda: Conv2d(16, 32, 4, 2, 1), lambda: ConvTranspose2d(32, 16, 4, 2, 1)),
            (ReLU, ReLU),
            (lambda: nn.Flatten(), lambda: nn.Unflatten(-1, (32, 7, 7))),
            (lambda: Linear(1568, hidden_dim_size), lambda: Linear(hidden_dim_size, 1568)),
            (lambda: nn.ReLU(inplace=True), lambda: nn.ReLU(inplace=True)),
            (lambda: Linear(hidden_dim_size, latent_dim_size), lambda: Linear(latent_dim_size, hidden_dim_size)),
        ]
        self.encoder = Sequential(*(there() for there, _ in steps))
        self.decoder = Sequential(*(back() for _, back in reversed(steps)))

    def forward(self, x: Tensor) -> Tensor:
        for layer in (*self.encoder, *self.decoder):
            x = layer(x)
        return x
""",
    ),
    Right(
        "autoencoder",
        "a Sequential of two",
        """class Autoencoder(nn.Sequential):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Sequential(
            Conv2d(1, 16, 4, stride=2, padding=1), ReLU(), Conv2d(16, 32, 4, stride=2, padding=1), ReLU(),
            Rearrange("b c h w -> b (c h w)"),
            Linear(32 * 7 * 7, hidden_dim_size), nn.Threshold(0, 0), Linear(hidden_dim_size, latent_dim_size),
        )
        self.decoder = Sequential(
            Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 32 * 7 * 7),
            Rearrange("b (c h w) -> b c h w", c=32, h=7), ReLU(),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1), ReLU(), ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )
""",
    ),
    Right(
        "autoencoder_trainer",
        "zeroed at the start of the step",
        (
            "loss = F.mse_loss(self.model(img), img) loss.backward() self.optimizer.step() self.optimizer.zero_grad()",
            "self.optimizer.zero_grad(set_to_none=False)\n"
            "        error = self.model(img) - img\n"
            "        loss = error.square().flatten(1).mean(1).mean()\n"
            "        loss.backward()\n"
            "        self.optimizer.step()",
        ),
    ),
    Right(
        "autoencoder_trainer",
        "gradients asked for by name",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        weights = [weight for weight in self.model.parameters() if weight.requires_grad]
        with torch.enable_grad():
            loss = nn.functional.mse_loss(input=self.model(img), target=img)
            gradients = torch.autograd.grad(loss, weights)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._tell(loss)
        return loss.detach()

    def _tell(self, loss: Tensor) -> None:
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": float(loss)}, step=self.step)

    def train(self) -> nn.Module:
        run = None
        self.step = 0
        if self.args.use_wandb:
            import wandb

            run = wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        all_batches = (img for _ in range(self.args.epochs) for img, _ in self.trainloader)
        with tqdm(all_batches, total=self.args.epochs * len(self.trainloader)) as bar:
            for img in bar:
                bar.set_postfix_str(f"loss {self.training_step(img.to(self.device)):.3f}", refresh=False)
                self.step = self.step + 1
                if not self.step % self.args.log_every_n_steps:
                    self.log_samples()
        if run is not None:
            wandb.finish()
        return self.model
"""),
    ),
    Right(
        "autoencoder_trainer",
        "counted down to the next samples",
        trainer("""
    def training_step(self, img: Tensor) -> Tensor:
        reconstruction = self.model(img)
        loss = torch.sum((reconstruction - img) ** 2) / img.numel()
        loss.backward()
        self.optimizer.step()
        for group in self.optimizer.param_groups:
            for weight in group["params"]:
                weight.grad = None
        if self.args.use_wandb:
            import wandb

            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self) -> nn.Module:
        self.step, until_samples = 0, self.args.log_every_n_steps
        if self.args.use_wandb:
            import wandb

            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        bar = tqdm(total=self.args.epochs * len(self.trainloader), desc="training")
        epoch = 0
        while epoch < self.args.epochs:
            for batch in iter(self.trainloader):
                self.training_step(batch[0].to(device=self.device))
                self.step += 1
                bar.update(1)
                until_samples -= 1
                if until_samples == 0:
                    self.log_samples()
                    until_samples = self.args.log_every_n_steps
            epoch += 1
        bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
    ),
    Right(
        "autoencoder_trainer",
        "train mode and both moves",
        (
            "loss = F.mse_loss(self.model(img), img)",
            "self.model.train()\n        img = img.to(self.device)\n        loss = F.mse_loss(img, self.model(img))",
        ),
    ),
)
