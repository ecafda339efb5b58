"""Fresh answers to lesson 1: an autoencoder of shapes it should not have, and loops that train it otherwise."""

from suite.corpus import Fresh, Right
from suite.corpus.fresh.autoencoder import trainer

STEP = """
    def training_step(self, img):
        loss = F.mse_loss(self.model(img), img)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb
            wandb.log({"loss": loss.item()}, step=self.step)
        return loss
"""

FRESH = (
    # ── the model ──────────────────────────────────────────────────────────────────────────────────────────────
    Fresh(
        "autoencoder",
        "ends in a sigmoid like the tutorial",
        "The decoder's last transposed convolution is followed by a sigmoid, so no pixel can be below 0 or above 1.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        self.encoder = self._make_encoder()
        self.decoder = self._make_decoder()

    def _make_encoder(self):
        return nn.Sequential(
            Conv2d(1, 16, 4, 2, 1), nn.ReLU(True),
            Conv2d(16, 32, 4, 2, 1), nn.ReLU(True),
            nn.Flatten(),
            nn.Linear(1568, self.hidden_dim_size), nn.ReLU(True),
            nn.Linear(self.hidden_dim_size, self.latent_dim_size),
        )

    def _make_decoder(self):
        return nn.Sequential(
            nn.Linear(self.latent_dim_size, self.hidden_dim_size), nn.ReLU(True),
            nn.Linear(self.hidden_dim_size, 1568), nn.ReLU(True),
            nn.Unflatten(1, (32, 7, 7)),
            ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(True),
            ConvTranspose2d(16, 1, 4, 2, 1), nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))
""",
        causes=("final-activation",),
    ),
    Fresh(
        "autoencoder",
        "squeezes a batch of one away",
        "The encoder squeezes all dimensions of size 1 from its result, so a single image comes out as "
        "(latent,) without a "
        "batch dimension (and with one latent every batch loses its last dimension).",
        """class Encoder(nn.Module):
    def __init__(self, latent, hidden):
        super().__init__()
        self.conv1 = Conv2d(1, 16, 4, stride=2, padding=1)
        self.conv2 = Conv2d(16, 32, 4, stride=2, padding=1)
        self.fc1 = Linear(1568, hidden)
        self.fc2 = Linear(hidden, latent)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = x.reshape(x.shape[0], -1)
        x = F.relu(self.fc1(x))
        return self.fc2(x).squeeze()


class Decoder(nn.Module):
    def __init__(self, latent, hidden):
        super().__init__()
        self.fc1 = Linear(latent, hidden)
        self.fc2 = Linear(hidden, 1568)
        self.deconv1 = ConvTranspose2d(32, 16, 4, stride=2, padding=1)
        self.deconv2 = ConvTranspose2d(16, 1, 4, stride=2, padding=1)

    def forward(self, z):
        z = F.relu(self.fc2(F.relu(self.fc1(z))))
        z = F.relu(self.deconv1(z.reshape(-1, 32, 7, 7)))
        return self.deconv2(z)


class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size: int, hidden_dim_size: int) -> None:
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder = Encoder(latent_dim_size, hidden_dim_size)
        self.decoder = Decoder(latent_dim_size, hidden_dim_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))
""",
        causes=("squeezed-batch",),
    ),
    Fresh(
        "autoencoder",
        "a residual around the bottleneck",
        "forward adds the image itself to what is decoded, so the reconstruction goes round the bottleneck.",
        ("return self.decoder(self.encoder(x))", "return x + self.decoder(self.encoder(x))"),
        causes=("residual",),
    ),
    Fresh(
        "autoencoder",
        "keeps the layers in plain lists",
        "The layers lie in plain Python lists and the encoder and decoder are mere methods, so parameters() is empty, "
        "nothing can be trained or moved to a device, and nothing is in the state dict.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.encoder_layers = [
            Conv2d(1, 16, 4, stride=2, padding=1),
            Conv2d(16, 32, 4, stride=2, padding=1),
            Linear(32 * 7 * 7, hidden_dim_size),
            Linear(hidden_dim_size, latent_dim_size),
        ]
        self.decoder_layers = [
            Linear(latent_dim_size, hidden_dim_size),
            Linear(hidden_dim_size, 32 * 7 * 7),
            ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        ]

    def encoder(self, x):
        for i, layer in enumerate(self.encoder_layers):
            if i == 2:
                x = x.flatten(1)
            x = layer(x)
            if i < 3:
                x = torch.relu(x)
        return x

    def decoder(self, z):
        for i, layer in enumerate(self.decoder_layers):
            if i == 2:
                z = z.unflatten(1, (32, 7, 7))
            z = layer(z)
            if i < 3:
                z = torch.relu(z)
        return z

    def forward(self, x):
        return self.decoder(self.encoder(x))
""",
        causes=("layers-in-plain-list",),
    ),
    Fresh(
        "autoencoder",
        "ties the decoder's weights to the encoder's",
        "The decoder has no weights of its own for its linear layers: it uses the encoder's, transposed.",
        '''class Autoencoder(nn.Module):
    """The decoder as the adjoint of the encoder: W transposed in the linear part, as for PCA."""

    class Adjoint(nn.Module):
        def __init__(self, of):
            super().__init__()
            self.weight = of.weight
            self.bias = nn.Parameter(torch.zeros(of.in_features))

        def forward(self, z):
            return z @ self.weight + self.bias

    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        to_hidden = Linear(32 * 7 * 7, hidden_dim_size)
        to_latent = Linear(hidden_dim_size, latent_dim_size)
        self.encoder = Sequential(
            Conv2d(1, 16, 4, 2, 1), ReLU(), Conv2d(16, 32, 4, 2, 1), ReLU(),
            Rearrange("b c h w -> b (c h w)"), to_hidden, ReLU(), to_latent,
        )
        self.decoder = Sequential(
            self.Adjoint(to_latent), ReLU(), self.Adjoint(to_hidden), ReLU(),
            Rearrange("b (c h w) -> b c h w", c=32, h=7, w=7),
            ConvTranspose2d(32, 16, 4, 2, 1), ReLU(), ConvTranspose2d(16, 1, 4, 2, 1),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))
''',
        causes=("tied-weights",),
    ),
    Fresh(
        "autoencoder",
        "LayerNorm on the code and GELU in the decoder",
        "The latent vector goes through a LayerNorm, and two of the decoder's ReLUs are GELUs.",
        (
            "Linear(hidden_dim_size, latent_dim_size), )",
            "Linear(hidden_dim_size, latent_dim_size),\n            nn.LayerNorm(latent_dim_size),\n        )",
        ),
        (
            "Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 32 * 7 * 7), ReLU(),",
            "Linear(latent_dim_size, hidden_dim_size), nn.GELU(), Linear(hidden_dim_size, 32 * 7 * 7), nn.GELU(),",
        ),
        causes=("batch-norm",),
    ),
    Fresh(
        "autoencoder",
        "encodes without gradients",
        "forward encodes under no_grad, so the encoder never gets a gradient and never learns.",
        (
            "return self.decoder(self.encoder(x))",
            "with torch.no_grad():\n            z = self.encoder(x)\n        return self.decoder(z)",
        ),
        causes=("detached",),
    ),
    Fresh(
        "autoencoder",
        "no ReLU in the linear part",
        "Two ReLUs are missing, one in each half: the two linear layers of the encoder follow each other "
        "directly, and so "
        "do those of the decoder.",
        (
            "Linear(32 * 7 * 7, hidden_dim_size), ReLU(), Linear(hidden_dim_size, latent_dim_size),",
            "Linear(32 * 7 * 7, hidden_dim_size), Linear(hidden_dim_size, latent_dim_size),",
        ),
        (
            "Linear(latent_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, 32 * 7 * 7),",
            "Linear(latent_dim_size, hidden_dim_size), Linear(hidden_dim_size, 32 * 7 * 7),",
        ),
        causes=("missing-relu",),
    ),
    Fresh(
        "autoencoder",
        "kernel three, dropout and a tanh",
        "All convolutions have kernel 3 (with output padding in the decoder), the encoder drops a fifth of its "
        "features "
        "while training, and the decoder ends in a tanh.",
        """class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size, dropout=0.2):
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        down = lambda i, o: nn.Conv2d(i, o, 3, stride=2, padding=1, bias=False)
        up = lambda i, o: nn.ConvTranspose2d(i, o, 3, stride=2, padding=1, output_padding=1, bias=False)
        self.encoder = nn.Sequential(
            down(1, 16), nn.ReLU(), down(16, 32), nn.ReLU(), nn.Flatten(), nn.Dropout(dropout),
            nn.Linear(32 * 7 * 7, hidden_dim_size), nn.ReLU(), nn.Linear(hidden_dim_size, latent_dim_size))
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim_size, hidden_dim_size), nn.ReLU(), nn.Linear(hidden_dim_size, 32 * 7 * 7), nn.ReLU(),
            nn.Unflatten(-1, (32, 7, 7)), up(32, 16), nn.ReLU(), up(16, 1), nn.Tanh())

    def forward(self, x):
        z = self.encoder(x)
        return self.decoder(z)
""",
        causes=("wrong-kernel",),
    ),
    # ── the trainer ────────────────────────────────────────────────────────────────────────────────────────────
    Fresh(
        "autoencoder_trainer",
        "zeroes between backward and step",
        "The gradients are zeroed after backward and before the step, so the step sees gradients of nothing and "
        "no weight "
        "changes.",
        (
            "loss.backward() self.optimizer.step() self.optimizer.zero_grad()",
            "loss.backward()\n        self.optimizer.zero_grad()\n        self.optimizer.step()",
        ),
        causes=("zeroed-before-step",),
    ),
    Fresh(
        "autoencoder_trainer",
        "sums over the pixels",
        "The squared error is summed over the pixels and averaged over the batch only, so the loss is 784 times "
        "too large.",
        (
            "loss = F.mse_loss(self.model(img), img)",
            'loss = F.mse_loss(self.model(img), img, reduction="sum") / img.size(0)',
        ),
        causes=("mse-summed-per-image",),
    ),
    Fresh(
        "autoencoder_trainer",
        "cross entropy with logits",
        "The loss is the binary cross entropy of the output taken as logits, though the pixels are normalised and the "
        "lesson asks for the mean squared error.",
        trainer('''
    criterion = nn.BCEWithLogitsLoss()

    def training_step(self, img):
        """Perform one training step and return the loss."""
        self.optimizer.zero_grad()
        reconstruction = self.model(img)
        loss = self.criterion(reconstruction, img)
        loss.backward()
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb
            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self):
        self.step = 0
        if self.args.use_wandb:
            import wandb
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=vars(self.args))
            wandb.watch(self.model)
        with tqdm(total=self.args.epochs * len(self.trainloader)) as progress_bar:
            for epoch in range(self.args.epochs):
                for images, _ in self.trainloader:
                    images = images.to(self.device)
                    loss = self.training_step(images)
                    self.step += 1
                    progress_bar.set_description(f"epoch {epoch + 1}, loss {loss.item():.3f}")
                    progress_bar.update(1)
                    if self.step % self.args.log_every_n_steps == 0:
                        self.log_samples()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
'''),
        causes=("cross-entropy",),
    ),
    Fresh(
        "autoencoder_trainer",
        "counts in both methods",
        "self.step is increased in training_step and once more in train, so it grows by 2 for each batch.",
        (
            'wandb.log({"loss": loss.item()}, step=self.step) return loss',
            'wandb.log({"loss": loss.item()}, step=self.step)\n        self.step += 1\n        return loss',
        ),
        causes=("counts-twice",),
    ),
    Fresh(
        "autoencoder_trainer",
        "counts and shows by epochs",
        "self.step grows by 1 for each epoch instead of each batch, and the samples are shown at the end of "
        "every epoch "
        "whatever log_every_n_steps says.",
        trainer(
            STEP
            + """
    def train(self):
        args = self.args
        self.step = 0
        if args.use_wandb:
            import wandb
            wandb.init(project=args.wandb_project, name=args.wandb_name)
            wandb.watch(self.model)
        bar = tqdm(total=args.epochs * len(self.trainloader))
        for epoch in range(args.epochs):
            total = 0.0
            for img, label in self.trainloader:
                total += self.training_step(img.to(self.device)).item()
                bar.update(1)
            self.step += 1
            bar.set_postfix(epoch=epoch, loss=total / len(self.trainloader))
            self.log_samples()
        bar.close()
        if args.use_wandb:
            wandb.finish()
        return self.model
"""
        ),
        causes=("counts-epochs",),
    ),
    Fresh(
        "autoencoder_trainer",
        "returns a float",
        "training_step returns a Python float and not a scalar tensor.",
        ("step=self.step) return loss", "step=self.step)\n        return loss.item()"),
        causes=("returns-number",),
    ),
    Fresh(
        "autoencoder_trainer",
        "a fresh Adam for each step",
        "Each step makes a new Adam with default betas, so neither momentum nor the args' betas have any effect.",
        (
            "loss.backward() self.optimizer.step()",
            "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.args.lr)\n"
            "        loss.backward()\n        self.optimizer.step()",
        ),
        causes=("optimiser-anew",),
    ),
    Fresh(
        "autoencoder_trainer",
        "a cosine schedule and clipped gradients",
        "The learning rate falls along a cosine from the args' lr to 0 over the training, and the gradient's "
        "norm is clipped "
        "to 0.1: neither was asked for, and both change the steps.",
        trainer("""
    def training_step(self, img):
        out = self.model(img)
        loss = ((out - img) ** 2).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), max_norm=0.1)
        self.optimizer.step()
        if self.args.use_wandb:
            import wandb
            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self):
        self.step = 0
        n_steps = self.args.epochs * len(self.trainloader)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=max(n_steps, 1))
        if self.args.use_wandb:
            import wandb
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=asdict(self.args))
            wandb.watch(self.model)
        with tqdm(total=n_steps) as pbar:
            for _ in range(self.args.epochs):
                for img, _ in self.trainloader:
                    loss = self.training_step(img.to(self.device))
                    scheduler.step()
                    self.step += 1
                    pbar.set_postfix(loss=f"{loss.item():.3f}")
                    pbar.update()
                    if self.step % self.args.log_every_n_steps == 0:
                        self.log_samples()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
        causes=("gradients-clipped",),
    ),
    Fresh(
        "autoencoder_trainer",
        "goes on counting in a second training",
        "train never sets self.step back to 0, so a second call goes on from the count of the first.",
        (
            "self.step = 0 if self.args.use_wandb: import wandb wandb.init(",
            "if self.args.use_wandb:\n            import wandb\n\n            wandb.init(",
        ),
        causes=("step-not-reset",),
    ),
    Fresh(
        "autoencoder_trainer",
        "returns after the first epoch",
        "The return stands inside the loop over the epochs, so training ends after one epoch, and with wandb "
        "the run is never "
        "finished.",
        trainer(
            STEP
            + """
    def train(self):
        self.step = 0
        if self.args.use_wandb:
            import wandb
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=asdict(self.args))
            wandb.watch(self.model)
        pbar = tqdm(total=self.args.epochs * len(self.trainloader))
        for epoch in range(self.args.epochs):
            for img, _label in self.trainloader:
                img = img.to(self.device)
                loss = self.training_step(img)
                self.step += 1
                pbar.update()
                pbar.set_postfix(epoch=epoch, loss=loss.item())
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
            return self.model
        pbar.close()
        if self.args.use_wandb:
            wandb.finish()
"""
        ),
        causes=("one-epoch-only",),
    ),
    Fresh(
        "autoencoder_trainer",
        "drops what to returns",
        "img.to(self.device) stands on a line of its own and its result is thrown away, so on a GPU the batch "
        "stays where "
        "it was.",
        (
            "loss = self.training_step(img.to(self.device))",
            "img.to(self.device)\n                loss = self.training_step(img)",
        ),
        causes=("moved-and-thrown-away",),
    ),
    Fresh(
        "autoencoder_trainer",
        "asks for samples before it counts",
        "The multiple is tested before the step is counted (with 0 left out), so samples come one batch late "
        "and those of "
        "the last step never.",
        (
            "self.step += 1 progress_bar.set_postfix",
            "if self.step > 0 and self.step % self.args.log_every_n_steps == 0:\n"
            "                    self.log_samples()\n                self.step += 1\n                progress_bar.set_postfix",
        ),
        (
            "progress_bar.update() if self.step % self.args.log_every_n_steps == 0: self.log_samples()",
            "progress_bar.update()",
        ),
    ),
    Fresh(
        "autoencoder_trainer",
        "logs to wandb in any case",
        "wandb.log is called whether use_wandb is set or not, and without the step.",
        (
            'if self.args.use_wandb: import wandb wandb.log({"loss": loss.item()}, step=self.step)',
            'import wandb\n\n        wandb.log({"loss": loss.item()})',
        ),
        causes=("wandb-although-off",),
    ),
    Fresh(
        "autoencoder_trainer",
        "one iterator for all epochs",
        "The iterator over the loader is made once before the epochs, so it is used up after the first and the "
        "other epochs "
        "train on nothing.",
        trainer(
            STEP
            + """
    def train(self):
        self.step = 0
        if self.args.use_wandb:
            import wandb
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        batches = (img.to(self.device) for img, _ in self.trainloader)
        progress = tqdm(total=self.args.epochs * len(self.trainloader))
        for epoch in range(self.args.epochs):
            for img in batches:
                loss = self.training_step(img)
                self.step += 1
                progress.update(1)
                progress.set_postfix(loss=float(loss))
                if not self.step % self.args.log_every_n_steps:
                    self.log_samples()
        progress.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""
        ),
        causes=("one-epoch-only",),
    ),
    Fresh(
        "autoencoder_trainer",
        "keeps the best and stops early",
        "Training stops after an epoch whose mean loss is not below the best so far by 0.01, and what is returned is a "
        "copy of the model from the best epoch and not self.model.",
        trainer(
            STEP
            + """
    def train(self):
        import copy

        self.step, best, best_model = 0, float("inf"), self.model
        if self.args.use_wandb:
            import wandb
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=asdict(self.args))
            wandb.watch(self.model)
        bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for epoch in range(self.args.epochs):
            losses = []
            for img, _ in self.trainloader:
                losses.append(self.training_step(img.to(self.device)).item())
                self.step += 1
                bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
            mean = sum(losses) / len(losses)
            if mean > best - 0.01:
                break
            best, best_model = mean, copy.deepcopy(self.model)
        bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return best_model
"""
        ),
        causes=("stops-early",),
    ),
    Fresh(
        "autoencoder_trainer",
        "the root of the error, in half precision",
        "The forward pass runs under bfloat16 autocast, and the loss is the root of the mean squared error.",
        (
            "loss = F.mse_loss(self.model(img), img)",
            "with torch.autocast(self.device.type if isinstance(self.device, torch.device) else str(self.device), "
            "dtype=torch.bfloat16):\n            loss = F.mse_loss(self.model(img), img).sqrt()",
        ),
    ),
    Fresh(
        "autoencoder_trainer",
        "absolute error, short batches left out, a running mean",
        "The loss is the mean absolute error, a batch smaller than batch_size is skipped, and training_step "
        "returns the mean "
        "of all losses so far and not this batch's.",
        trainer("""
    def training_step(self, img):
        rec = self.model(img)
        loss = torch.abs(rec - img).mean()
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.losses.append(loss.detach())
        mean = torch.stack(self.losses).mean()
        if self.args.use_wandb:
            import wandb
            wandb.log({"loss": mean.item()}, step=self.step)
        return mean

    losses: list = []

    def train(self):
        self.step = 0
        self.losses = []
        if self.args.use_wandb:
            import wandb
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=asdict(self.args))
            wandb.watch(self.model)
        bar = tqdm(total=self.args.epochs * len(self.trainloader))
        for epoch in range(self.args.epochs):
            for img, _ in self.trainloader:
                if img.shape[0] < self.args.batch_size:
                    continue
                loss = self.training_step(img.to(self.device))
                self.step += 1
                bar.set_postfix(loss=loss.item())
                bar.update()
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        bar.close()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""),
    ),
)

RIGHT = (
    Right(
        "autoencoder",
        "unflattens with channels last",
        '''class Autoencoder(nn.Module):
    """Coming from Keras: Reshape((7, 7, 32)), then move the channels to the front."""

    class Reshape(nn.Module):
        def forward(self, h):
            return h.reshape(-1, 7, 7, 32).permute(0, 3, 1, 2)

    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size = latent_dim_size
        self.hidden_dim_size = hidden_dim_size
        enc, dec = Sequential(), Sequential()
        enc.append(Conv2d(1, 16, 4, 2, 1)).append(ReLU()).append(Conv2d(16, 32, 4, 2, 1)).append(ReLU())
        enc.append(nn.Flatten()).append(Linear(32 * 49, hidden_dim_size)).append(ReLU())
        enc.append(Linear(hidden_dim_size, latent_dim_size))
        dec.append(Linear(latent_dim_size, hidden_dim_size)).append(ReLU())
        dec.append(Linear(hidden_dim_size, 32 * 49)).append(ReLU()).append(Autoencoder.Reshape())
        dec.append(ConvTranspose2d(32, 16, 4, 2, 1)).append(ReLU()).append(ConvTranspose2d(16, 1, 4, 2, 1))
        self.encoder, self.decoder = enc, dec

    def forward(self, x):
        return self.decoder(self.encoder(x))
''',
        note="(h w c)",
    ),
    Right(
        "autoencoder_trainer",
        "moves the bar on by the count",
        ("progress_bar.update()", "progress_bar.update(self.step)"),
        note="progress bar",
    ),
    Right(
        "autoencoder",
        "subclasses of Sequential too",
        """class Encoder(Sequential):
    def __init__(self, latent, hidden):
        channels = (1, 16, 32)
        layers = []
        for a, b in zip(channels, channels[1:]):
            layers += [Conv2d(a, b, 4, 2, 1), nn.ReLU(inplace=True)]
        super().__init__(*layers, nn.Flatten(1), Linear(1568, hidden), nn.ReLU(inplace=True), Linear(hidden, latent))


class Decoder(nn.Module):
    def __init__(self, latent, hidden):
        super().__init__()
        self.dense = nn.ModuleList([Linear(latent, hidden), Linear(hidden, 1568)])
        self.convs = nn.ModuleDict({"up1": ConvTranspose2d(32, 16, 4, 2, 1), "up2": ConvTranspose2d(16, 1, 4, 2, 1)})

    def forward(self, z):
        for layer in self.dense:
            z = layer(z).clamp(min=0)
        return self.convs["up2"](self.convs["up1"](z.unflatten(-1, (32, 7, 7))).relu())


class Autoencoder(nn.Module):
    def __init__(self, latent_dim_size, hidden_dim_size):
        super().__init__()
        self.latent_dim_size, self.hidden_dim_size = latent_dim_size, hidden_dim_size
        self.encoder = Encoder(latent_dim_size, hidden_dim_size)
        self.decoder = Decoder(latent_dim_size, hidden_dim_size)

    def forward(self, x):
        return self.decoder(self.encoder(x))
""",
    ),
    Right(
        "autoencoder_trainer",
        "a closure and one flat loop",
        trainer("""
    def training_step(self, img):
        def closure():
            self.optimizer.zero_grad()
            error = (self.model(img) - img).square().mean()
            error.backward()
            return error

        loss = self.optimizer.step(closure)
        if self.args.use_wandb:
            import wandb
            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self):
        args, self.step = self.args, 0
        if args.use_wandb:
            import wandb
            wandb.init(project=args.wandb_project, name=args.wandb_name, config=asdict(args))
            wandb.watch(self.model)
        batches = (batch for _ in range(args.epochs) for batch in self.trainloader)
        bar = tqdm(batches, total=args.epochs * len(self.trainloader))
        for step, (img, _) in enumerate(bar, start=1):
            loss = self.training_step(img.to(self.device))
            self.step = step
            bar.set_postfix(loss=loss.item())
            if divmod(step, args.log_every_n_steps)[1] == 0:
                self.log_samples()
        if args.use_wandb:
            wandb.finish()
        return self.model
"""),
    ),
)
