"""Principal components of latents: what goes wrong, and the ways in which it goes right."""

from functools import partial

from suite.corpus import Right, Wrong

wrong, right = partial(Wrong, "latent_pca"), partial(Right, "latent_pca")

MEAN = "code[0] if code.ndim == 3 else code"
CENTRED = "centred = latents - latents.mean(0)"
SVD = "directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2]"
RETURN = "return directions, centred @ directions.T"
LOADER = "DataLoader(dataset, batch_size=1000)"

WRONG = (
    wrong("takes latents for a model and its images", "wrong-signature", ("def get_pca_components(model: nn.Module, dataset: Dataset)", "def get_pca_components(latents)")),
    wrong("the mean is not subtracted", "not-centred", (CENTRED, "centred = latents")),
    wrong("directions from latents not centred", "not-centred", (SVD, SVD.replace("centred", "latents")), (RETURN, RETURN.replace("centred", "latents"))),
    wrong("projections measured from zero", "projections-not-centred", (RETURN, RETURN.replace("centred", "latents"))),
    wrong("each batch centred", "centred-per-batch", ("codes = [model.encoder(images.to(device)).cpu() for images, _labels in loader]", "codes = [model.encoder(images.to(device)).cpu() for images, _labels in loader]\n    codes = [code - code.mean(-2, keepdim=True) for code in codes]"), (LOADER, "DataLoader(dataset, batch_size=32)")),
    wrong("each large batch centred", "centred-per-batch", (MEAN, "(code[0] if code.ndim == 3 else code) - (code[0] if code.ndim == 3 else code).mean(0)")),
    wrong("large batches, the last one dropped", "not-all-images", (f"[{MEAN} for code in codes]", f"[{MEAN} for code in codes[: max(1, len(dataset) // 1000)]]")),
    wrong("the mean of everything", "centred-by-one-number", ("latents.mean(0)", "latents.mean()")),
    wrong("the median latent", "centred-by-the-median", ("latents.mean(0)", "latents.median(0).values")),
    wrong("latents of length one", "latents-normalised", (CENTRED, "latents = nn.functional.normalize(latents)\n    " + CENTRED)),
    wrong("directions times the singular values", "not-unit-length", (SVD, "_, S, Vh = torch.linalg.svd(centred, full_matrices=False)\n    directions = Vh[:2]"), (RETURN, "return directions * S[:2, None], centred @ directions.T")),
    wrong("directions of length two", "not-unit-length", (SVD, SVD.replace("Vh[:2]", "Vh[:2] * 2"))),
    wrong("projections over the root of n", "projections-scaled", (RETURN, RETURN + " / len(latents) ** 0.5")),
    wrong("U times the eigenvalues", "projections-scaled", (SVD, "U, S, Vh = torch.linalg.svd(centred, full_matrices=False)\n    directions = Vh[:2]"), (RETURN, "return directions, U[:, :2] * S[:2] ** 2")),
    wrong("an approximate PCA of what is not centred", "sampled", (SVD, "directions = torch.pca_lowrank(latents, q=2, center=False)[2].T")),
    wrong("standardised latents", "standardised", (CENTRED, f"{CENTRED}\n    centred = centred / centred.std(0)")),
    wrong("mean over the latents", "centred-along-the-wrong-dimension", ("latents.mean(0)", "latents.mean(1, keepdim=True)")),
    wrong("eigh's first columns", "smallest-components", (SVD, "directions = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, :2].T")),
    wrong("eigh's last columns in their order", "components-swapped", (SVD, "directions = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -2:].T")),
    wrong("eigh's rows", "rows-for-columns", (SVD, "directions = torch.linalg.eigh(centred.T @ centred).eigenvectors[:2].flip(1)")),
    wrong("columns of Vh", "rows-for-columns", ("Vh[:2]", "Vh[:, :2].T")),
    wrong("the first two latents", "first-latents", (SVD, "directions = torch.eye(latents.shape[1])[:2]")),
    wrong("the first two latents for projections", "projections-of-the-first-latents", (RETURN, "return directions, latents[:, :2]")),
    wrong("directions times singular values", "not-unit-length", (RETURN, "unit = directions\n    directions = directions * (centred @ directions.T).std(0)[:, None]\n    return directions, centred @ unit.T"), ),
    wrong("columns of U", "projections-scaled", (SVD, "U, _, Vh = torch.linalg.svd(centred, full_matrices=False)\n    directions = Vh[:2]"), (RETURN, "return directions, U[:, :2]")),
    wrong("whitened by scikit-learn", "projections-scaled", (SVD, "from sklearn.decomposition import PCA\n    pca = PCA(2, whiten=True)\n    scores = pca.fit_transform(latents.numpy())"), (RETURN, "return torch.from_numpy(pca.components_), torch.from_numpy(scores)")),
    wrong("signs turned round in one of the two", "signs-do-not-belong-together", (RETURN, "return -directions, centred @ directions.T")),
    wrong("columns of the projections exchanged", "projections-swapped", (RETURN, "return directions, (centred @ directions.T).flip(1)")),
    wrong("projections as rows", "projections-transposed", (RETURN, "return directions, directions @ centred.T")),
    wrong("NumPy arrays returned", "not-a-tensor", (SVD, "from sklearn.decomposition import PCA\n    pca = PCA(2)\n    scores = pca.fit_transform(latents.numpy())"), (RETURN, "return pca.components_, scores")),
    wrong("outputs exchanged", "outputs-swapped", (RETURN, "return centred @ directions.T, directions")),
    wrong("directions as columns", "directions-transposed", (RETURN, "return directions.T, centred @ directions.T")),
    wrong("projections alone", "returns-one", (RETURN, "return centred @ directions.T")),
    wrong("the mean returned too", "returns-too-many", (RETURN, "return directions, centred @ directions.T, latents.mean(0)")),
    wrong("all components", "too-many-components", ("Vh[:2]", "Vh")),
    wrong("pixels for latents", "pixels-instead-of-latents", ("model.encoder(images.to(device)).cpu()", "images.flatten(1)")),
    wrong("the first batch alone", "not-all-images", ("for images, _labels in loader", "for images, _labels in [next(iter(loader))]"), (LOADER, "DataLoader(dataset, batch_size=64)")),
    wrong("the last batch dropped", "not-all-images", (LOADER, "DataLoader(dataset, batch_size=64, drop_last=True)")),
    wrong("shuffled", "shuffled", (LOADER, "DataLoader(dataset, batch_size=64, shuffle=True)")),
    wrong("pairs to the encoder", "no-images", ("for images, _labels in loader", "for images, _labels in dataset")),
    wrong("an autoencoder only", "one-kind-only", (f"[{MEAN} for code in codes]", "codes")),
    wrong("a VAE only", "one-kind-only", (MEAN, "code[0]")),
    wrong("log sigma for the mean", "log-sigma", (MEAN, "code[1] if code.ndim == 3 else code")),
    wrong("both heads", "both-heads", (MEAN, "torch.cat(list(code), 1) if code.ndim == 3 else code")),
    wrong("a sample for the mean", "sampled-latents", (MEAN, "code[0] + code[1].exp() * torch.randn_like(code[0]) if code.ndim == 3 else code")),
    wrong("the first axis of a VAE's code averaged away", "halves-averaged", (MEAN, "code.mean(0) if len(code.shape) > 2 else code")),
    wrong("both halves added", "halves-added", (MEAN, "code.sum(0) if code.ndim == 3 else code")),
    wrong("the spread of a VAE's code", "sigma-for-mean", (MEAN, "code[1].exp() if code.ndim == 3 else code")),
    wrong("both halves one under the other", "both-heads", (MEAN, "code.reshape(-1, code.shape[-1])")),
    wrong("first entries made positive, too late", "signs-do-not-belong-together", (RETURN, "places = centred @ directions.T\n    return directions * directions[:, :1].sign(), places")),
    wrong("signs turned for the projections only", "signs-do-not-belong-together", (RETURN, "places = centred @ directions.T\n    return directions, places * places[0].sign()")),
    wrong("columns of U with directions of singular length", "projections-scaled+not-unit-length", (SVD, "U, S, Vh = torch.linalg.svd(centred, full_matrices=False)\n    directions = Vh[:2]"), (RETURN, "return (S[:, None] * Vh)[:2], U[:, :2]")),
    wrong("whitened, and loadings for directions", "not-unit-length+projections-scaled", (RETURN, "places = centred @ directions.T\n    spread = places.std(0)\n    return directions * spread[:, None], places / spread")),
    wrong("each batch centred, the order of eigh", "centred-per-batch+components-swapped", (MEAN, "code[0] - code[0].mean(0) if code.ndim == 3 else code - code.mean(0)"), (LOADER, "DataLoader(dataset, batch_size=64)"), (SVD, "directions = torch.linalg.eigh(centred.T @ centred)[1][:, -2:].T")),
    wrong("each batch centred, projections as U", "centred-per-batch+projections-scaled", (MEAN, "code[0] - code[0].mean(0) if code.ndim == 3 else code - code.mean(0)"), (LOADER, "DataLoader(dataset, batch_size=100)"), (SVD, "U, _, Vh = torch.linalg.svd(centred)\n    directions = Vh[:2]"), (RETURN, "return directions, U[:, :2]")),
    wrong("directions of what is not centred", "not-centred", (SVD, SVD.replace("centred", "latents"))),
    wrong("directions of the correlations", "standardised", (SVD, "directions = torch.linalg.eigh(torch.corrcoef(latents.T)).eigenvectors.flip(1)[:, :2].T")),
    wrong("projections of standardised latents", "standardised", (RETURN, "return directions, (centred / centred.std(0)) @ directions.T")),
    wrong("the second and the third direction", "first-left-out", ("Vh[:2]", "Vh[1:3]")),
    wrong("three directions", "too-many-components", ("Vh[:2]", "Vh[:3]")),
    wrong("rows of U for directions", "left-singular-vectors", ("Vh[:2]", "U[:2]")),
    wrong("columns of U for directions", "left-singular-vectors", ("Vh[:2]", "U[:, :2].T"), (RETURN, "return directions, directions.T")),
    wrong("eigh's last rows", "rows-for-columns", (SVD, "directions = torch.linalg.eigh(centred.T @ centred).eigenvectors[-2:]")),
    wrong("places on a circle", "projections-scaled", (RETURN, "return directions, nn.functional.normalize(centred @ directions.T)")),
    wrong("the first code of each batch", "not-all-images", (MEAN, "code[:, 0] if code.ndim == 3 else code"), (LOADER, "DataLoader(dataset, batch_size=16)")),
    wrong("numpy with gradients", "needs-no-gradients", ("@torch.inference_mode()", ""), ("torch.linalg.svd(centred,", "torch.linalg.svd(torch.from_numpy(centred.numpy()),")),
)  # fmt: skip

SCIKIT_LEARN = """@torch.inference_mode()
def get_pca_components(model, dataset):
    from sklearn.decomposition import PCA

    imgs = torch.stack([batch[0] for batch in dataset]).to(utils.get_device())
    latent_vectors = model.encoder(imgs).cpu().numpy()
    if latent_vectors.ndim == 3:
        latent_vectors = latent_vectors[0]
    pca = PCA(n_components=2)
    principal_components = pca.fit_transform(latent_vectors)
    return torch.from_numpy(pca.components_).float(), torch.from_numpy(principal_components).float()
"""

RIGHT = (
    right("the reference"),
    right("scikit-learn as in the well-known form", SCIKIT_LEARN),
    right("eigenvectors of the covariance", (SVD, "directions = torch.linalg.eigh(latents.T.cov()).eigenvectors[:, [-1, -2]].T")),
    right("eigenvectors in double precision", (CENTRED, "centred = (latents - latents.mean(0)).double()"), (SVD, "directions = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)[:, :2].T")),
    right("an approximate PCA", (SVD, "directions = torch.pca_lowrank(centred, q=4, center=False)[2][:, :2].T")),
    right("an approximate PCA of two components", (SVD, "directions = torch.pca_lowrank(latents, q=2)[2].T")),
    right("U times the singular values", (SVD, "U, S, Vh = torch.linalg.svd(centred, full_matrices=False)\n    directions = Vh[:2]"), (RETURN, "return [directions, (U * S)[:, :2]]")),
    right("batches of seven", (LOADER, "DataLoader(dataset, batch_size=7)")),
    right("a batch's sum for the mean", (CENTRED, "centred = latents - sum(code.sum(-2) for code in latents.split(64)) / len(dataset)")),
    right("largest entries positive", (RETURN, "largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))\n    directions = directions * largest.sign()\n    " + RETURN)),
    right("signs turned on both sides", (RETURN, "places = centred @ directions.T\n    signs = places[0].sign()\n    return directions * signs[:, None], places * signs")),
    right("the dual way", (SVD, "U = torch.linalg.eigh((centred @ centred.T).double()).eigenvectors.flip(1)[:, :2].float()\n    directions = nn.functional.normalize(U.T @ centred)")),
    right("the halves by unbind", (MEAN, "code.unbind(0)[0] if code.ndim == 3 else code")),
    right("the other signs", (SVD, SVD.replace("= torch", "= -torch"))),
    right("the VAE's own method", (MEAN, "code"), ("model.encoder(images.to(device)).cpu()", 'model.sample_latent_vector(images)[1] if hasattr(model, "sample_latent_vector") else model.encoder(images)')),
    right("one image at a time", (LOADER, "DataLoader(dataset, batch_size=1)")),
    right("with the graph", ("@torch.inference_mode()", ""), note="graph"),
    right("the course's own mean_latent", (MEAN, "code"), ("model.encoder(images.to(device)).cpu()", "__import__('course.figures.latents').figures.latents.mean_latent(model, images.to(device)).cpu()")),
)  # fmt: skip
