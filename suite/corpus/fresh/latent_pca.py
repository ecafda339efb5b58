"""Fresh answers to latent_pca: what twelve strangers made of get_pca_components, and two right ones."""

from suite.corpus import Fresh, Right

FRESH = (
    Fresh(
        "latent_pca",
        "never centred",
        "The mean latent is not subtracted, so the first direction points at the cloud and the projections are from 0.",
        ("centred = latents - latents.mean(0)", "centred = latents"),
        causes=("not-centred",),
    ),
    Fresh(
        "latent_pca",
        "the smallest two",
        "The eigenvectors of the covariance come in rising order, and the first two, those of least "
        "variance, are taken.",
        """
@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError("too few")
    device = utils.get_device()
    rows = []
    for images, _ in DataLoader(dataset, batch_size=256):
        code = model.encoder(images.to(device))
        if code.dim() == 3:
            code = code[0]
        rows.append(code.cpu())
    z = torch.cat(rows, dim=0)
    z = z - z.mean(dim=0, keepdim=True)
    values, vectors = torch.linalg.eigh(z.T @ z / (len(z) - 1))
    directions = vectors[:, :2].T
    return directions, z @ directions.T
""",
        causes=("smallest-components",),
    ),
    Fresh(
        "latent_pca",
        "rows of V",
        "torch.svd gives V, with the directions as columns, and its first two rows are taken.",
        ("torch.linalg.svd(centred, full_matrices=False).Vh[:2]", "torch.svd(centred).V[:2]"),
        causes=("rows-for-columns",),
    ),
    Fresh(
        "latent_pca",
        "a sample of the VAE, shuffled",
        "A VAE's latent is a draw from its distribution, not the mean, and the loader shuffles, so the "
        "projections are not in "
        "the data set's order.",
        """
@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError("Two directions need three images and two latents at least.")
    device = utils.get_device()
    latents = []
    for img, _label in DataLoader(dataset, batch_size=512, shuffle=True):
        img = img.to(device)
        if hasattr(model, "sample_latent_vector"):
            z, mu, logsigma = model.sample_latent_vector(img)
        else:
            z = model.encoder(img)
        latents.append(z.cpu())
    latents = torch.cat(latents)
    centred = latents - latents.mean(0)
    U, S, Vh = torch.linalg.svd(centred, full_matrices=False)
    return Vh[:2], centred @ Vh[:2].T
""",
        causes=("shuffled",),
    ),
    Fresh(
        "latent_pca",
        "scikit-learn as it comes",
        "Directions and projections are NumPy arrays as scikit-learn gives them, not tensors, and whitening scales the "
        "projections to a variance of 1.",
        """
from sklearn.decomposition import PCA


def get_pca_components(model, dataset):
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError("need at least three images and two latents")
    device = utils.get_device()
    loader = DataLoader(dataset, batch_size=1000)
    with torch.no_grad():
        codes = torch.cat([model.encoder(x.to(device)) for x, y in loader], dim=-2)
    latents = (codes[0] if codes.ndim == 3 else codes).cpu().numpy()
    pca = PCA(n_components=2, whiten=True)
    projected = pca.fit_transform(latents)
    return pca.components_, projected
""",
        causes=("not-a-tensor",),
    ),
    Fresh(
        "latent_pca",
        "the mean of mean and log sigma",
        "Of a VAE's code the average of mu and log sigma is taken, a misreading of 'take the mean'.",
        ("code[0] if code.ndim == 3 else code", "code.mean(0) if code.ndim == 3 else code"),
        causes=("halves-averaged",),
    ),
    Fresh(
        "latent_pca",
        "projections from the origin",
        "The projections are those of the latents themselves, so they are measured from 0 and not from the "
        "mean latent.",
        ("return directions, centred @ directions.T", "return directions, latents @ directions.T"),
        causes=("projections-not-centred",),
    ),
    Fresh(
        "latent_pca",
        "the first batch will do",
        "Only the first thousand images are encoded, so there is no projection for the others.",
        ("for images, _labels in loader]", "for images, _labels in [next(iter(loader))]]"),
        causes=("not-all-images",),
    ),
    Fresh(
        "latent_pca",
        "standardised first",
        "Each latent is divided by its standard deviation before the decomposition, so the directions are those of the "
        "correlations and not those of most variance.",
        """
def encode_dataset(model, dataset):
    device = utils.get_device()
    out = torch.empty(len(dataset), model.latent_dim_size)
    start = 0
    for images, _labels in DataLoader(dataset, batch_size=500):
        code = model.encoder(images.to(device))
        out[start : start + len(images)] = code[0] if code.ndim > 2 else code
        start += len(images)
    return out


@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError(f"{len(dataset)} images, {model.latent_dim_size} latents: too few")
    z = encode_dataset(model, dataset)
    z = (z - z.mean(0)) / (z.std(0) + 1e-8)
    covariance = torch.einsum("ni,nj->ij", z, z) / (len(z) - 1)
    values, vectors = torch.linalg.eigh(covariance)
    top = values.argsort(descending=True)[:2]
    directions = vectors.T[top]
    return directions, z @ directions.T
""",
        causes=("standardised",),
    ),
    Fresh(
        "latent_pca",
        "signs fixed on one side only",
        "The directions' signs are turned so that the largest entry is positive, after the projections were "
        "made, which "
        "keep the old sign.",
        (
            "return directions, centred @ directions.T",
            "projections = centred @ directions.T\n"
            "    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))\n"
            "    return directions * largest.sign(), projections",
        ),
        causes=("signs-do-not-belong-together",),
    ),
    Fresh(
        "latent_pca",
        "left vectors, scaled by nothing",
        "The projections are the left singular vectors without the singular values, so both have length 1 "
        "over all images, "
        "and the directions are multiplied by the singular values, so they are no unit vectors.",
        '''
@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    """Z = U S V^T: U are the places, S V^T the directions."""
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError("Two directions need three images and two latents at least.")
    device = utils.get_device()
    codes = (model.encoder(images.to(device)).cpu() for images, _ in DataLoader(dataset, batch_size=1000))
    Z = torch.cat([c if c.ndim == 2 else c[0] for c in codes])
    Z = Z - Z.mean(0)
    U, S, Vh = torch.linalg.svd(Z, full_matrices=False)
    return S[:2, None] * Vh[:2], U[:, :2]
''',
        causes=("not-unit-length", "projections-scaled"),
    ),
    Fresh(
        "latent_pca",
        "eigh, turned but not sorted",
        "The two eigenvectors of most variance are taken in eigh's rising order, so the second direction "
        "comes first; and "
        "each batch is centred on its own mean.",
        """
@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError("Two directions need three images and two latents at least.")
    device = utils.get_device()
    parts = []
    for images, _labels in DataLoader(dataset, batch_size=128):
        code = model.encoder(images.to(device)).cpu()
        mean = code[0] if code.ndim == 3 else code
        parts.append(mean - mean.mean(0))
    centred = torch.cat(parts)
    eigenvectors = torch.linalg.eigh(centred.T.cov()).eigenvectors
    directions = eigenvectors[:, -2:].T
    return directions, torch.stack([centred @ d for d in directions], dim=1)
""",
        causes=("components-swapped", "centred-per-batch"),
    ),
)

RIGHT = (
    Right(
        "latent_pca",
        "eigh in double precision",
        """
@torch.no_grad()
def get_pca_components(model, dataset):
    n, latent = len(dataset), model.latent_dim_size
    if n < 3 or latent < 2:
        raise ValueError(f"{n} images and {latent} latents are too few for two directions")
    device = utils.get_device()
    z = torch.zeros(n, latent, dtype=torch.float64)
    at = 0
    for batch in DataLoader(dataset, batch_size=777, shuffle=False):
        code = model.encoder(batch[0].to(device))
        z[at : at + len(batch[0])] = code.reshape(-1, *code.shape[-2:])[0].double().cpu()
        at += len(batch[0])
    z -= z.mean(dim=0)
    _, columns = torch.linalg.eigh(z.mT @ z)
    directions = columns.flip(1)[:, :2].mT
    return directions.float().contiguous(), (z @ directions.mT).float()
""",
    ),
    Right(
        "latent_pca",
        "scikit-learn, turned back into tensors",
        """
from sklearn.decomposition import PCA


@torch.inference_mode()
def get_pca_components(model: nn.Module, dataset: Dataset) -> tuple[Tensor, Tensor]:
    if len(dataset) < 3 or model.latent_dim_size < 2:
        raise ValueError("Two directions need three images and two latents at least.")
    device = utils.get_device()
    rows = []
    for images, _ in DataLoader(dataset, batch_size=64):
        code = model.encoder(images.to(device))
        rows.extend(code[0] if code.ndim == 3 else code)
    pca = PCA(n_components=2, svd_solver="full")
    places = pca.fit_transform(torch.stack(rows).cpu().numpy())
    return torch.tensor(pca.components_).float(), torch.tensor(places).float()
""",
    ),
)
