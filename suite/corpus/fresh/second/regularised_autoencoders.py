"""Fresh answers to regularised_autoencoders: noise, penalty and Jacobian, as strangers would take them."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "regularised_autoencoders",
        "rebuilds the specks",
        "The reconstruction is compared with the noisy images, not with the clean ones.",
        ("F.mse_loss(self.model(noisy), img)", "F.mse_loss(self.model(noisy), noisy)"),
        part="DenoisingTrainer",
        causes=("noisy-target",),
    ),
    Fresh(
        "regularised_autoencoders",
        "noise added in place, too",
        "The noise is added to img in place, so the target is noisy too and the caller's images are spoilt.",
        """
class DenoisingTrainer(RegularisedTrainer):
    args: DenoisingArgs

    def training_step(self, img: Tensor) -> Tensor:
        clean = img
        img += torch.randn_like(img).mul_(self.args.noise_std)
        out = self.model(img)
        loss = ((out - clean) ** 2).mean()
        return self.learn_from(loss)
""",
        part="DenoisingTrainer",
        causes=("noisy-target",),
    ),
    Fresh(
        "regularised_autoencoders",
        "one noise clipped",
        "All images of the batch get the same noise, and the noisy pixels are clamped to 0 … 1.",
        ("torch.randn_like(img)", "torch.randn_like(img[:1])"),
        ("self.model(noisy)", "self.model(noisy.clamp(0, 1))"),
        part="DenoisingTrainer",
        causes=("noise-shared-across-batch", "noisy-clamped"),
    ),
    Fresh(
        "regularised_autoencoders",
        "gradients zeroed before the step",
        "The gradients are zeroed between backward and step, so the weights never learn anything.",
        """
class DenoisingTrainer(RegularisedTrainer):
    args: DenoisingArgs

    def corrupt(self, img: Tensor) -> Tensor:
        return img + torch.normal(0.0, 1.0, size=img.shape, device=img.device) * self.args.noise_std

    def training_step(self, img: Tensor) -> Tensor:
        loss = nn.MSELoss()(self.model(self.corrupt(img)), img)
        loss.backward()
        self.optimizer.zero_grad()
        self.optimizer.step()
        return loss
""",
        part="DenoisingTrainer",
        causes=("zeroed-before-step",),
    ),
    Fresh(
        "regularised_autoencoders",
        "noise kept from step to step",
        "The noise is drawn in the first step and kept for all later ones of the same batch size.",
        """
class DenoisingTrainer(RegularisedTrainer):
    args: DenoisingArgs
    noise: Tensor | None = None

    def training_step(self, img: Tensor) -> Tensor:
        if self.noise is None or self.noise.shape != img.shape:
            self.noise = self.args.noise_std * torch.randn_like(img)
        reconstruction = self.model(img + self.noise)
        return self.learn_from(F.mse_loss(reconstruction, img))
""",
        part="DenoisingTrainer",
        causes=("noise-drawn-once",),
    ),
    Fresh(
        "regularised_autoencoders",
        "absolute values added up",
        "|z| is added up over the latents and averaged over the batch only, so the penalty is too large "
        "by their number.",
        """
class SparseTrainer(RegularisedTrainer):
    args: SparseArgs

    def training_step(self, img: Tensor) -> Tensor:
        z = self.model.encoder(img)
        x_hat = self.model.decoder(z)
        mse = F.mse_loss(x_hat, img)
        l1 = torch.linalg.vector_norm(z, ord=1, dim=1).mean()
        return self.learn_from(mse + self.args.sparsity_weight * l1, mse=mse, l1=l1)
""",
        part="SparseTrainer",
        causes=("penalty-summed-over-latents",),
    ),
    Fresh(
        "regularised_autoencoders",
        "code through a ReLU",
        "The code goes through a ReLU before it is decoded and punished, so negative latents are lost "
        "and cost nothing.",
        ("code = self.model.encoder(img)", "code = torch.relu(self.model.encoder(img))"),
        part="SparseTrainer",
        causes=("code-changed",),
    ),
    Fresh(
        "regularised_autoencoders",
        "penalty without a gradient",
        "The penalty is computed without gradients: the loss has the right value, but nobody learns from the penalty.",
        """
class SparseTrainer(RegularisedTrainer):
    args: SparseArgs

    @torch.no_grad()
    def sparsity(self, img: Tensor) -> Tensor:
        return self.model.encoder(img).abs().mean()

    def training_step(self, img: Tensor) -> Tensor:
        loss = F.mse_loss(self.model(img), img)
        loss = loss + self.args.sparsity_weight * self.sparsity(img)
        return self.learn_from(loss)
""",
        part="SparseTrainer",
        causes=("detached-loss",),
    ),
    Fresh(
        "regularised_autoencoders",
        "shares of one",
        "The squared error is weighted by 1 - sparsity_weight, as if the two weights had to add up to 1.",
        (
            "loss = reconstruction_loss + self.args.sparsity_weight * penalty",
            "loss = torch.lerp(reconstruction_loss, penalty, self.args.sparsity_weight)",
        ),
        part="SparseTrainer",
        causes=("weight-complement",),
    ),
    Fresh(
        "regularised_autoencoders",
        "Jacobian of the sum",
        "One gradient of the sum of all latents is taken: its rows are added up before they are squared.",
        """
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    if x.ndim != 4 or len(x) == 0:
        raise ValueError(f"x is a batch of images; got shape {tuple(x.shape)}.")
    x = x.detach().clone().requires_grad_(True)
    z = encoder(x)
    if z.ndim != 2 or len(z) != len(x):
        raise ValueError(f"the code has shape {tuple(z.shape)}.")
    (jacobian,) = torch.autograd.grad(z.sum(), x, create_graph=True)
    return jacobian.flatten(1).pow(2).sum(1).mean()
""",
        part="contractive_penalty",
        causes=("gradient-of-the-sum",),
    ),
    Fresh(
        "regularised_autoencoders",
        "a dead jacobian",
        "autograd.functional.jacobian runs without create_graph, so the penalty cannot be differentiated "
        "by the weights.",
        """
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    if x.ndim != 4 or len(x) == 0:
        raise ValueError(f"x is a batch of images; got shape {tuple(x.shape)}.")
    code = encoder(x)
    if code.ndim != 2 or code.shape[0] != x.shape[0]:
        raise ValueError(f"one code an image, please; got {tuple(code.shape)}.")
    jacobian = torch.autograd.functional.jacobian(lambda images: encoder(images).sum(0), x)  # (latent, b, 1, 28, 28)
    return (jacobian**2).sum() / x.shape[0]
""",
        part="contractive_penalty",
        causes=("detached",),
    ),
    Fresh(
        "regularised_autoencoders",
        "random directions",
        "One random direction an image estimates the norm, right on average only, where it is to be exact.",
        """
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    if x.ndim != 4 or len(x) == 0:
        raise ValueError(f"x is a batch of images; got shape {tuple(x.shape)}.")
    code, pull_back = torch.func.vjp(encoder, x)
    if code.ndim != 2 or len(code) != len(x):
        raise ValueError(f"the code has shape {tuple(code.shape)}.")
    (projected,) = pull_back(torch.randn_like(code))
    return projected.square().sum(dim=(1, 2, 3)).mean()
""",
        part="contractive_penalty",
        causes=("estimate",),
    ),
    Fresh(
        "regularised_autoencoders",
        "root of the norm",
        "The Frobenius norm of each image's Jacobian is averaged, not its square.",
        ("rows.square().sum() / len(x)", "rows.square().sum(dim=(0, 2, 3, 4)).add(1e-12).sqrt().mean()"),
        part="contractive_penalty",
        causes=("not-squared",),
    ),
    Fresh(
        "regularised_autoencoders",
        "backward for every latent",
        "Each row comes from a backward(), which leaves gradients in the encoder's weights (and in "
        "x.grad sums of rows).",
        """
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    if x.ndim != 4 or len(x) == 0:
        raise ValueError(f"x is a batch of images; got shape {tuple(x.shape)}.")
    x = x.detach().requires_grad_()
    z = encoder(x)
    if z.ndim != 2 or len(z) != len(x):
        raise ValueError(f"the code has shape {tuple(z.shape)}.")
    penalty = 0.0
    for k in range(z.shape[1]):
        z[:, k].sum().backward(create_graph=True)
        penalty = penalty + x.grad.square().sum()
    return penalty / len(x)
""",
        part="contractive_penalty",
        causes=("rows-pile-up",),
    ),
)

RIGHT = (
    Right(
        "regularised_autoencoders",
        "one gradient a latent in a generator",
        """
def contractive_penalty(encoder: nn.Module, x: Tensor) -> Tensor:
    if x.dim() != 4 or x.shape[0] < 1:
        raise ValueError(f"wanted (b, channels, height, width), got {tuple(x.shape)}")
    b = x.shape[0]
    with torch.enable_grad():
        pixels = x.detach().requires_grad_()
        z = encoder(pixels)
        if z.dim() != 2 or z.shape[0] != b:
            raise ValueError(f"wanted a code (b, latent), got {tuple(z.shape)}")
        one_latent_each = z.sum(dim=0).unbind()
        rows = (torch.autograd.grad(s, pixels, create_graph=True)[0] for s in one_latent_each)
        return torch.stack([row.reshape(b, -1).square().sum(1) for row in rows], dim=1).sum(1).mean()
""",
        part="contractive_penalty",
    ),
)
