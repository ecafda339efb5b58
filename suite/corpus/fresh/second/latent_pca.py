"""Fresh answers to latent_pca: order, centring, scaling and what a VAE's mean is."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "latent_pca",
        "eigh from small to large",
        "eigh sorts from small to large, and the first two of its eigenvectors, those of least variance, are returned.",
        """
@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError("too few images or latents")
    device = utils.get_device()
    collected = []
    for images, _labels in DataLoader(dataset, batch_size=256):
        code = model.encoder(images.to(device))
        if code.dim() == 3:
            code, _logsigma = code
        collected.append(code.cpu())
    z = torch.cat(collected)
    z = z - z.mean(dim=0, keepdim=True)
    covariance = z.T @ z / (len(z) - 1)
    _values, vectors = torch.linalg.eigh(covariance)
    directions = vectors[:, :2].T.contiguous()
    return directions, z @ directions.T
""",
        causes=("smallest-components",),
    ),
    Fresh(
        "latent_pca",
        "projected without the mean",
        "The directions come from centred latents, but the latents are projected as they are: places are "
        "measured from 0.",
        ("return directions, centred @ directions.T", "return directions, latents @ directions.T"),
        causes=("projections-not-centred",),
    ),
    Fresh(
        "latent_pca",
        "standardised first, too",
        "Each latent is divided by its standard deviation before the decomposition: it is the PCA of the correlations.",
        ("centred = latents - latents.mean(0)", "centred = (latents - latents.mean(0)) / (latents.std(0) + 1e-8)"),
        causes=("standardised",),
    ),
    Fresh(
        "latent_pca",
        "mean of mean and log sigma",
        "Of a VAE's code the mean over its first dimension is taken, which mixes the means with the log sigmas.",
        ("code[0] if code.ndim == 3 else code", "code.mean(dim=0) if code.ndim == 3 else code"),
        causes=("halves-averaged",),
    ),
    Fresh(
        "latent_pca",
        "shuffled loader",
        "The loader shuffles, so the projections do not stand in the data set's order.",
        ("DataLoader(dataset, batch_size=1000)", "DataLoader(dataset, batch_size=512, shuffle=True)"),
        causes=("shuffled",),
    ),
    Fresh(
        "latent_pca",
        "whitened by scikit-learn",
        "whiten=True divides the projections by their standard deviations, and a last batch that is not "
        "full is dropped.",
        """
@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    from sklearn.decomposition import PCA

    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError("Two directions need three images and two latents at least.")
    device = utils.get_device()
    loader = DataLoader(dataset, batch_size=min(500, len(dataset)), drop_last=True)

    def encode(images):
        code = model.encoder(images.to(device))
        return (code if code.ndim == 2 else code[0]).cpu()

    latents = torch.cat([encode(images) for images, _ in loader]).numpy()
    pca = PCA(n_components=2, whiten=True)
    projections = pca.fit_transform(latents)
    return torch.from_numpy(pca.components_).float(), torch.from_numpy(projections).float()
""",
    ),
    Fresh(
        "latent_pca",
        "columns of V transposed",
        "The first two columns of Vh are taken for the directions, where the rows are.",
        (
            "directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2]",
            "U, S, V = torch.linalg.svd(centred, full_matrices=False)\n    directions = V[:, :2].T",
        ),
        causes=("rows-for-columns",),
    ),
)

RIGHT = (
    Right(
        "latent_pca",
        "eigenvectors of the scatter",
        """
@torch.no_grad()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    n = len(dataset)
    if n < 3 or model.latent_dim_size < 2:
        raise ValueError(f"Too little to find two directions: {n} images, {model.latent_dim_size} latents.")
    device = utils.get_device()
    z = torch.empty(n, model.latent_dim_size, dtype=torch.float64)
    start = 0
    for images, _ in DataLoader(dataset, batch_size=300):
        code = model.encoder(images.to(device))
        z[start : start + len(images)] = (code if code.ndim == 2 else code[0]).cpu().double()
        start += len(images)
    z -= z.mean(0)
    vectors = torch.linalg.eigh(z.T @ z).eigenvectors  # columns, least first
    directions = vectors[:, [-1, -2]].T
    return directions.float(), (z @ directions.T).float()
""",
    ),
)
