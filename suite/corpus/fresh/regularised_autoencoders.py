"""Fresh answers to bonus lesson 9: what strangers make of noise, of a taxed code, and of a calm encoder."""

from suite.corpus import Fresh, Right

FRESH = (
    # DenoisingTrainer
    Fresh(
        "regularised_autoencoders",
        "noisy against noisy",
        "The reconstruction is compared with the noisy images instead of the clean ones.",
        ("F.mse_loss(self.model(noisy), img)", "F.mse_loss(self.model(noisy), noisy)"),
        part="DenoisingTrainer",
        causes=("noisy-target",),
    ),
    Fresh(
        "regularised_autoencoders",
        "noise from rand_like",
        "The noise is uniform between 0 and 1 instead of standard normal.",
        ("torch.randn_like(img)", "torch.rand_like(img)"),
        part="DenoisingTrainer",
        causes=("uniform-noise",),
    ),
    Fresh(
        "regularised_autoencoders",
        "noise added in place",
        "The noise is added to img in place, so the target, and the caller's own batch, are spoilt too.",
        (
            "noisy = img + self.args.noise_std * torch.randn_like(img)",
            "noisy = img.add_(torch.randn_like(img), alpha=self.args.noise_std)",
        ),
        part="DenoisingTrainer",
        causes=("noisy-target",),
    ),
    Fresh(
        "regularised_autoencoders",
        "one pattern drawn at the start",
        "The noise is drawn once, when the trainer is made, and all images of all steps share this one pattern.",
        '''
class DenoisingTrainer(RegularisedTrainer):
    """Keeps its noise, to be reproducible."""

    args: DenoisingArgs

    def __init__(self, args: DenoisingArgs) -> None:
        super().__init__(args)
        self.noise = args.noise_std * torch.randn(1, 1, 28, 28, device=self.device)

    def training_step(self, img: Tensor) -> Tensor:
        reconstruction = self.model(img + self.noise)
        return self.learn_from(F.mse_loss(reconstruction, img))
''',
        part="DenoisingTrainer",
        causes=("noise-drawn-once",),
    ),
    Fresh(
        "regularised_autoencoders",
        "a variance, and pixels in range",
        "noise_std is taken for a variance, so the noise has the standard deviation of its root, and the noisy "
        "images are clamped to [0, 1], although normalised pixels may have any value.",
        '''
class DenoisingTrainer(RegularisedTrainer):
    """A denoising autoencoder as in the Keras blog."""

    args: DenoisingArgs

    def corrupt(self, img: Tensor) -> Tensor:
        variance = torch.full_like(img, self.args.noise_std)
        return torch.clip(torch.normal(img, variance.sqrt()), 0.0, 1.0)

    def training_step(self, img: Tensor) -> Tensor:
        output = self.model(self.corrupt(img))
        return self.learn_from(F.mse_loss(output, img))
''',
        part="DenoisingTrainer",
        causes=("root-of-std", "noisy-clamped"),
    ),
    Fresh(
        "regularised_autoencoders",
        "a step of one's own",
        "The gradients are never zeroed and add up from step to step, the error is summed over the pixels instead of "
        "averaged, and the step returns a Python float instead of a tensor and tells W&B nothing.",
        '''
class DenoisingTrainer(RegularisedTrainer):
    """The whole step by hand."""

    args: DenoisingArgs

    def training_step(self, img: Tensor) -> float:
        self.model.train()
        noisy = img + torch.randn(img.shape, device=img.device) * self.args.noise_std
        recon = self.model.decoder(self.model.encoder(noisy))
        loss = F.mse_loss(recon, img, reduction="sum") / img.size(0)
        loss.backward()
        self.optimizer.step()
        return loss.item()
''',
        part="DenoisingTrainer",
        causes=("returns-number",),
    ),
    Fresh(
        "regularised_autoencoders",
        "noise that fades, gradients that are clipped",
        "The noise fades with the steps instead of keeping noise_std, and the gradients are clipped before each step.",
        '''
class DenoisingTrainer(RegularisedTrainer):
    """With a curriculum: much noise first, less and less of it later."""

    args: DenoisingArgs
    fade_steps: int = 500
    max_norm: float = 0.05

    def training_step(self, img: Tensor) -> Tensor:
        sigma = self.args.noise_std * 0.5 ** (self.step / self.fade_steps)
        noisy = torch.randn_like(img).mul_(sigma).add_(img)
        return self.learn_from(F.mse_loss(self.model(noisy), img))

    def learn_from(self, loss: Tensor, **parts: Tensor) -> Tensor:
        def clip(*_) -> None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)

        handle = self.optimizer.register_step_pre_hook(clip)
        loss = super().learn_from(loss, **parts)
        handle.remove()
        return loss
''',
        part="DenoisingTrainer",
        causes=("spread-varies", "gradients-clipped"),
    ),
    # SparseTrainer
    Fresh(
        "regularised_autoencoders",
        "the code squared",
        "The penalty is the mean of z squared instead of the mean of |z|.",
        ("code.abs().mean()", "code.square().mean()"),
        part="SparseTrainer",
        causes=("squared-for-abs",),
    ),
    Fresh(
        "regularised_autoencoders",
        "abs around the mean",
        "The absolute value is taken of the mean of z, where positive and negative latents cancel, instead of the "
        "mean of the absolute values.",
        ("code.abs().mean()", "code.mean().abs()"),
        part="SparseTrainer",
        causes=("mean-before-abs",),
    ),
    Fresh(
        "regularised_autoencoders",
        "summed over the latents",
        "|z| is summed over the latents and averaged over the batch alone.",
        ("code.abs().mean()", "code.norm(p=1, dim=1).mean()"),
        part="SparseTrainer",
        causes=("penalty-summed-over-latents",),
    ),
    Fresh(
        "regularised_autoencoders",
        "a penalty nobody learns from",
        "The penalty is computed from a code without gradients, so the loss counts it but the encoder cannot "
        "learn from it.",
        """
class SparseTrainer(RegularisedTrainer):
    args: SparseArgs

    def training_step(self, img: Tensor) -> Tensor:
        mse = F.mse_loss(self.model(img), img)
        with torch.no_grad():
            z = self.model.encoder(img)
        l1 = torch.linalg.vector_norm(z, ord=1) / z.numel()
        return self.learn_from(mse + self.args.sparsity_weight * l1, mse=mse, l1=l1)
""",
        part="SparseTrainer",
        causes=("detached-loss",),
    ),
    Fresh(
        "regularised_autoencoders",
        "the weights are taxed",
        "The encoder's weights are taxed, by their mean absolute value, instead of the code.",
        '''
class SparseTrainer(RegularisedTrainer):
    """L1 regularisation."""

    args: SparseArgs

    def sparsity(self) -> Tensor:
        weights = torch.cat([parameter.flatten() for parameter in self.model.encoder.parameters()])
        return weights.abs().mean()

    def training_step(self, img: Tensor) -> Tensor:
        x_hat = self.model(img)
        loss = F.mse_loss(x_hat, img) + self.args.sparsity_weight * self.sparsity()
        return self.learn_from(loss)
''',
        part="SparseTrainer",
        causes=("penalty-on-weights",),
    ),
    Fresh(
        "regularised_autoencoders",
        "the Stanford notes' rho",
        "The penalty is the divergence of each latent's mean sigmoid from a rate of 0.05 instead of the mean of "
        "|z|, and the decoder gets the sigmoid of the code instead of the code.",
        '''
class SparseTrainer(RegularisedTrainer):
    """The sparse autoencoder of CS294A."""

    args: SparseArgs
    rho = 0.05

    def training_step(self, img: Tensor) -> Tensor:
        activation = torch.sigmoid(self.model.encoder(img))
        rho_hat = activation.mean(dim=0)
        kl = self.rho * torch.log(self.rho / rho_hat) + (1 - self.rho) * torch.log((1 - self.rho) / (1 - rho_hat))
        reconstruction_loss = F.mse_loss(self.model.decoder(activation), img)
        penalty = kl.mean()
        return self.learn_from(
            reconstruction_loss + self.args.sparsity_weight * penalty,
            reconstruction_loss=reconstruction_loss,
            sparsity_penalty=penalty,
        )
''',
        part="SparseTrainer",
        causes=("code-changed",),
    ),
    Fresh(
        "regularised_autoencoders",
        "two steps for two terms",
        "Each term gets an optimiser step of its own instead of one step on their sum, and what is returned is the "
        "penalty alone.",
        '''
class SparseTrainer(RegularisedTrainer):
    """First rebuild, then tidy up."""

    args: SparseArgs

    def training_step(self, img: Tensor) -> Tensor:
        code = self.model.encoder(img)
        self.learn_from(F.mse_loss(self.model.decoder(code), img))
        penalty = self.args.sparsity_weight * self.model.encoder(img).abs().mean()
        return self.learn_from(penalty)
''',
        part="SparseTrainer",
        causes=("several-updates",),
    ),
    # contractive_penalty
    Fresh(
        "regularised_autoencoders",
        "the batch is not divided out",
        "The squared norms are added up over the batch and not averaged.",
        ("rows.square().sum() / len(x)", "rows.square().sum()"),
        part="contractive_penalty",
        causes=("summed-over-batch",),
    ),
    Fresh(
        "regularised_autoencoders",
        "the norm itself",
        "The mean of the Jacobians' norms is returned, without the square.",
        ("rows.square().sum() / len(x)", "rows.transpose(0, 1).flatten(1).norm(dim=1).mean()"),
        part="contractive_penalty",
        causes=("not-squared",),
    ),
    Fresh(
        "regularised_autoencoders",
        "a dead number",
        "The graph of the gradients is not created, so the result is right but nothing can be learned from it.",
        '''
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    """One gradient for each latent."""
    if x.ndim != 4 or len(x) == 0:
        raise ValueError("x is a batch of images")
    x = x.detach().requires_grad_()
    z = encoder(x)
    if z.ndim != 2 or z.shape[0] != x.shape[0]:
        raise ValueError("the encoder gives one code an image")
    total = 0.0
    for k in range(z.shape[1]):
        (row,) = torch.autograd.grad(z[:, k].sum(), x, retain_graph=True)
        total = total + row.square().sum()
    return total / len(x)
''',
        part="contractive_penalty",
        causes=("detached",),
    ),
    Fresh(
        "regularised_autoencoders",
        "one gradient for all latents",
        "All latents are summed before the gradient is taken, so the rows of the Jacobian are added up before they are "
        "squared.",
        '''
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    """Gradient penalty as in WGAN-GP, with 0 for the norm."""
    if x.ndim != 4 or len(x) == 0:
        raise ValueError(f"x is a batch of images; got shape {tuple(x.shape)}.")
    inputs = x.detach().clone().requires_grad_(True)
    codes = encoder(inputs)
    if codes.ndim != 2 or len(codes) != len(x):
        raise ValueError(f"one code an image; got shape {tuple(codes.shape)}.")
    gradients = torch.autograd.grad(
        outputs=codes, inputs=inputs, grad_outputs=torch.ones_like(codes), create_graph=True, retain_graph=True
    )[0]
    return gradients.flatten(start_dim=1).pow(2).sum(dim=1).mean()
''',
        part="contractive_penalty",
        causes=("gradient-of-the-sum",),
    ),
    Fresh(
        "regularised_autoencoders",
        "the sigmoid layer's closed form",
        "The closed form of one sigmoid layer, from the encoder's last weight matrix and z(1 - z), stands in the "
        "place of the Jacobian of the whole encoder, and shapes that do not fit raise no ValueError.",
        '''
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    """sum_j (h_j (1 - h_j))^2 sum_i W_ji^2, as in Rifai et al."""
    h = encoder(x)
    W = [parameter for parameter in encoder.parameters() if parameter.ndim == 2][-1]
    dh = h * (1 - h)
    w_sum = torch.sum(W**2, dim=1)
    return torch.mean(torch.sum(dh**2 * w_sum, dim=1))
''',
        part="contractive_penalty",
        causes=("closed-form-of-one-layer",),
    ),
    Fresh(
        "regularised_autoencoders",
        "finite differences in random directions",
        "The squared norm is estimated from how far the code moves in a few random directions instead of being "
        "exact, and a batch without images gives nan instead of a ValueError.",
        '''
def contractive_penalty(encoder: nn.Module, x: Tensor, directions: int = 4, h: float = 1e-2) -> Tensor:
    """E |J eps|^2 = |J|_F^2 for eps ~ N(0, I): no autograd needed."""
    z = encoder(x)
    squares = []
    for _ in range(directions):
        moved = encoder(x + h * torch.randn_like(x))
        squares.append(((moved - z) / h).pow(2).sum(dim=-1))
    return torch.stack(squares).mean()
''',
        part="contractive_penalty",
        causes=("estimate",),
    ),
    Fresh(
        "regularised_autoencoders",
        "gradients pile up in x",
        "The rows pile up in x.grad, which is never cleared, so that each latent's row contains those before it, and "
        "going backward also leaves gradients in the caller's x and in the encoder's weights.",
        '''
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    """With backward() for each latent."""
    if x.ndim != 4 or len(x) == 0:
        raise ValueError("x has to be (b, 1, 28, 28) with b > 0")
    x.requires_grad_(True)
    code = encoder(x)
    if code.ndim != 2 or len(code) != len(x):
        raise ValueError("code has to be (b, latent)")
    penalty = torch.zeros((), device=x.device)
    for k in range(code.size(1)):
        code[:, k].sum().backward(create_graph=True)
        penalty = penalty + (x.grad**2).sum(dim=(1, 2, 3)).mean()
    return penalty
''',
        part="contractive_penalty",
        causes=("rows-pile-up", "gradients-left-behind"),
    ),
)

RIGHT = (
    Right(
        "regularised_autoencoders",
        "noise by torch.normal",
        """
class DenoisingTrainer(RegularisedTrainer):
    args: DenoisingArgs

    @torch.no_grad()
    def spoilt(self, img: Tensor) -> Tensor:
        return torch.normal(mean=img, std=float(self.args.noise_std))

    def training_step(self, img: Tensor) -> Tensor:
        encode, decode = self.model.encoder, self.model.decoder
        error = decode(encode(self.spoilt(img))) - img
        return self.learn_from(loss=(error * error).mean())
""",
        part="DenoisingTrainer",
    ),
    Right(
        "regularised_autoencoders",
        "the penalty as an l1 loss",
        """
class SparseTrainer(RegularisedTrainer):
    args: SparseArgs

    def terms(self, img: Tensor) -> dict[str, Tensor]:
        z = self.model.encoder(img)
        return {"error": F.mse_loss(self.model.decoder(z), img), "penalty": F.l1_loss(z, torch.zeros_like(z))}

    def training_step(self, img: Tensor) -> Tensor:
        parts = self.terms(img)
        loss = torch.add(parts["error"], parts["penalty"], alpha=self.args.sparsity_weight)
        return self.learn_from(loss, **parts)
""",
        part="SparseTrainer",
    ),
    Right(
        "regularised_autoencoders",
        "batched gradients",
        '''
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    """All rows by one torch.autograd.grad with a batch of directions."""
    if x.dim() != 4 or x.size(0) < 1:
        raise ValueError(f"no batch of images: {tuple(x.shape)}")
    with torch.enable_grad():
        pixels = x.detach().clone().requires_grad_()
        z = encoder(pixels)
        if z.dim() != 2 or z.size(0) != x.size(0):
            raise ValueError(f"no code for each image: {tuple(z.shape)}")
        latents = z.size(1)
        directions = torch.eye(latents, dtype=z.dtype, device=z.device)[:, None, :].expand(latents, *z.shape)
        (jacobian,) = torch.autograd.grad(z, pixels, directions, create_graph=True, is_grads_batched=True)
        return jacobian.pow(2).sum(dim=(0, 2, 3, 4)).mean()
''',
        part="contractive_penalty",
    ),
)
