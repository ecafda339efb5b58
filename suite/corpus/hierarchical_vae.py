"""Two levels of latents: the divergence, the model and the loss, wrong and right."""

from functools import partial

from suite.corpus import Right, Wrong

wrong, right = partial(Wrong, "hierarchical_vae"), partial(Right, "hierarchical_vae")
KL, MODEL, LOSS = "kl_between_gaussians", "HierarchicalVAE", "hierarchical_loss"

RATIO = "torch.exp(2 * (logsigma_q - logsigma_p))"
DISTANCE = "(mu_q - mu_p) * torch.exp(-logsigma_p)"
DIVERGENCE = "return logsigma_p - logsigma_q + (variance_ratio + distance**2 - 1) / 2"

Z1 = "z1 = q1.mu + q1.logsigma.exp() * torch.randn_like(q1.mu)"
Q2 = "q2 = Gaussian(*self.encoder2(z1))"
Z2 = "z2 = q2.mu + q2.logsigma.exp() * torch.randn_like(q2.mu)"
P1 = "p1 = Gaussian(*self.decoder2(z2))"
RETURN = "return HierarchicalOutput(self.decoder1(z1), z1, z2, q1, q2, p1)"
TOP = "z2 = torch.randn(n, self.latent2_dim_size, device=device)"
LOWER = "z1 = mu + logsigma.exp() * torch.randn_like(mu)"
ENCODER2 = "Linear(latent1_dim_size, hidden_dim_size), ReLU(),"
DECODER2 = "Linear(latent2_dim_size, hidden_dim_size), ReLU(),"
HEADS2 = 'Linear(hidden_dim_size, 2 * latent2_dim_size), Rearrange("b (n latent) -> n b latent", n=2),'
HEADS1 = 'Linear(hidden_dim_size, 2 * latent1_dim_size), Rearrange("b (n latent) -> n b latent", n=2),'

MSE = "reconstruction = F.mse_loss(out.reconstruction, x)"
KL1 = "kl1 = kl_between_gaussians(*out.q1, *out.p1).sum(1).mean()"
KL2 = "kl2 = kl_between_gaussians(*out.q2, zeros, zeros).sum(1).mean()"
TOTAL = "total = reconstruction + beta_kl * (kl1 + kl2) / latents"
PARTS = "return HierarchicalLoss(total, reconstruction, kl1, kl2)"

WRONG = (
    # The divergence
    wrong("sides exchanged", "q-and-p-swapped", (RATIO, "torch.exp(2 * (logsigma_p - logsigma_q))"), (DISTANCE, "(mu_q - mu_p) * torch.exp(-logsigma_q)"), ("return logsigma_p - logsigma_q", "return logsigma_q - logsigma_p"), part=KL),
    wrong("the standard normal for p", "prior-ignored", (DIVERGENCE, "return (torch.exp(2 * logsigma_q) + mu_q**2 - 1) / 2 - logsigma_q"), part=KL),
    wrong("sign of the logarithm", "sign-of-the-logarithm", ("return logsigma_p - logsigma_q", "return logsigma_q - logsigma_p"), part=KL),
    wrong("log sigmas halved", "logvar", (DIVERGENCE, "q, p = torch.exp(logsigma_q / 2), torch.exp(logsigma_p / 2)\n    return logsigma_p - logsigma_q + (q**2 + (mu_q - mu_p)**2) / (2 * p**2) - 0.5"), part=KL),
    wrong("formula for log variances", "logvar+logarithm-halved", (DIVERGENCE, "return ((logsigma_p - logsigma_q) + ((logsigma_q - logsigma_p).exp() + (mu_q - mu_p)**2 / logsigma_p.exp()) - 1) / 2"), part=KL),
    wrong("exp forgotten", "exp-forgotten", (DIVERGENCE, "return logsigma_p - logsigma_q + (logsigma_q**2 + (mu_q - mu_p)**2) / (2 * logsigma_p**2) - 0.5"), part=KL),
    wrong("sigma for variance", "sigma-for-variance", (RATIO, "torch.exp(logsigma_q - logsigma_p)"), part=KL),
    wrong("distance in units of q", "divided-by-the-wrong-variance", (DISTANCE, "(mu_q - mu_p) * torch.exp(-logsigma_q)"), part=KL),
    wrong("distance not divided", "not-divided-by-variance", (DISTANCE, "mu_q - mu_p"), part=KL),
    wrong("distance not squared", "distance-not-squared", ("distance**2", "distance * torch.exp(-logsigma_p)"), part=KL),
    wrong("half missing", "half-missing", ("(variance_ratio + distance**2 - 1) / 2", "variance_ratio + distance**2 - 0.5"), part=KL),
    wrong("minus one half missing", "constant-missing", ("distance**2 - 1", "distance**2"), part=KL),
    wrong("half of everything", "logarithm-halved", (DIVERGENCE, "return 0.5 * (logsigma_p - logsigma_q + variance_ratio + distance**2 - 1)"), part=KL),
    wrong("added up", "summed", (DIVERGENCE, DIVERGENCE.replace("return ", "return (") + ").sum()"), part=KL),
    wrong("the mean", "averaged", (DIVERGENCE, DIVERGENCE.replace("return ", "return (") + ").mean()"), part=KL),
    wrong("added up over the latents", "summed", (DIVERGENCE, DIVERGENCE.replace("return ", "return (") + ").sum(-1)"), part=KL),
    wrong("negative", "sign", (DIVERGENCE, DIVERGENCE.replace("return ", "return -(") + ")"), part=KL),
    wrong("p detached", "detached", (RATIO, "torch.exp(2 * (logsigma_q - logsigma_p.detach()))"), (DISTANCE, "(mu_q - mu_p.detach()) * torch.exp(-logsigma_p.detach())"), ("return logsigma_p", "return logsigma_p.detach()"), part=KL),
    wrong("torch.distributions without gradients", "detached", (DIVERGENCE, "with torch.no_grad():\n        return torch.distributions.kl_divergence(torch.distributions.Normal(mu_q, logsigma_q.exp()), torch.distributions.Normal(mu_p, logsigma_p.exp()))"), part=KL),
    wrong("equal shapes asked", "does-not-broadcast", ("variance_ratio = ", "assert mu_q.shape == mu_p.shape\n    variance_ratio = "), part=KL),
    wrong("rows cut from p", "does-not-broadcast", ("variance_ratio = ", "mu_p, logsigma_p = mu_p[: len(mu_q)], logsigma_p[: len(mu_q)]\n    variance_ratio = "), part=KL),
    wrong("log sigma changed in place", "changes-its-input", (DIVERGENCE, "variance_p = logsigma_p.mul_(2).exp_()\n    return variance_p.log() / 2 - logsigma_q + (torch.exp(2 * logsigma_q) + (mu_q - mu_p) ** 2) / (2 * variance_p) - 0.5"), part=KL),
    wrong("nothing from the divergence", "returns-none", ("return logsigma_p", "logsigma_p"), part=KL),
    wrong("a wrong power", None, ("distance**2", "distance**4"), part=KL),
    wrong("the logarithm without its sign", "logarithm-cut", ("return logsigma_p - logsigma_q", "return (logsigma_p - logsigma_q).abs()"), part=KL),
    wrong("the logarithm clamped", "logarithm-cut", ("return logsigma_p - logsigma_q", "return (logsigma_p - logsigma_q).clamp_min(0)"), part=KL),
    wrong("the distance through a ReLU", "distance-cut", (DISTANCE, "F.relu(mu_q - mu_p) * torch.exp(-logsigma_p)"), part=KL),
    wrong("no square on the distance", "distance-not-squared", ("distance**2", "distance"), part=KL),
    wrong("the distance's size for its square", "distance-not-squared", ("distance**2", "distance.abs()"), part=KL),
    wrong("variance squared under the distance", "variance-for-sigma", ("torch.exp(-logsigma_p)", "torch.exp(-2 * logsigma_p)"), part=KL),
    wrong("sigma of q missing", "spread-missing", ("(variance_ratio + distance**2 - 1)", "(distance**2 - 1)"), part=KL),
    wrong("added before the square", "squared-outside", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q + mu_q - mu_p) ** 2 / (2 * p**2) - 0.5"), part=KL),
    wrong("variance and distance added before the square", "squared-outside", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + mu_q - mu_p) ** 2 / (2 * p**2) - 0.5"), part=KL),
    wrong("the 2 squared as well", "squared-outside", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + (mu_q - mu_p) ** 2) / (2 * p) ** 2 - 0.5"), part=KL),
    wrong("no brackets under the fraction", "brackets", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + (mu_q - mu_p) ** 2) / 2 * p**2 - 0.5"), part=KL),
    wrong("no logarithm", "logarithm-missing", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("log of the variances", "logarithm-of-variances", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (p**2 / q**2).log() + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("log to base two", "wrong-base", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (p / q).log2() + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("log to base ten", "wrong-base", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (p / q).log10() + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("log1p for log", "log1p", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (p / q).log1p() + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("log of the log sigmas", "exp-forgotten", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (logsigma_p / logsigma_q).abs().log() + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("variance of p over that of q", "ratio-turned-round", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (p / q) ** 2 / 2 + (mu_q - mu_p) ** 2 / (2 * p**2) - 0.5"), part=KL),
    wrong("the variances' ratio whole", "half-missing", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q / p) ** 2 + (mu_q - mu_p) ** 2 / (2 * p**2) - 0.5"), part=KL),
    wrong("the distance whole", "half-missing", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q / p) ** 2 / 2 + (mu_q - mu_p) ** 2 / p**2 - 0.5"), part=KL),
    wrong("the sum of the means", "means-added", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + (mu_q + mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("the difference of squares", "means-squared-one-by-one", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + mu_q**2 - mu_p**2) / (2 * p**2) - 0.5"), part=KL),
    wrong("the sum of squares", "means-squared-one-by-one", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + mu_q**2 + mu_p**2) / (2 * p**2) - 0.5"), part=KL),
    wrong("no means", "means-ignored", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + q**2 / (2 * p**2) - 0.5 + 0 * (mu_q - mu_p)"), part=KL),
    wrong("a p about zero", "mean-of-p-ignored", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + mu_q**2) / (2 * p**2) - 0.5 + 0 * mu_p"), part=KL),
    wrong("the distance subtracted", "distance-subtracted", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 - (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("only the distance over the variance", "brackets", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + q**2 + (mu_q - mu_p) ** 2 / (2 * p**2) - 0.5"), part=KL),
    wrong("one taken off", "wrong-constant", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 1"), part=KL),
    wrong("a half added", "wrong-constant", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return logsigma_p - logsigma_q + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) + 0.5"), part=KL),
    wrong("bits for nats", "in-bits", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (logsigma_p - logsigma_q + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5) / 0.6931471805599453"), part=KL),
    wrong("half a divergence", "kl-halved", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (logsigma_p - logsigma_q + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5) / 2"), part=KL),
    wrong("two divergences", "kl-doubled", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return 2 * logsigma_p - 2 * logsigma_q + (q**2 + (mu_q - mu_p) ** 2) / p**2 - 1"), part=KL),
    wrong("softplus for exp", "softplus-for-exp", (DIVERGENCE, "q, p = F.softplus(logsigma_q), F.softplus(logsigma_p)\n    return (p / q).log() + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("sigma of minus log sigma", "sign-of-logsigma", (DIVERGENCE, "q, p = (-logsigma_q).exp(), (-logsigma_p).exp()\n    return logsigma_p - logsigma_q + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL),
    wrong("torch.exp of a number", "wrong-type", (DISTANCE, "(mu_q - mu_p) * torch.exp(-float(logsigma_p.mean())) "), part=KL),
    wrong("both divergences halved", None, (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return (logsigma_p - logsigma_q).cosh()"), part=KL),
    # The upper networks
    wrong("no ReLU in encoder2", "missing-relu", (ENCODER2, "Linear(latent1_dim_size, hidden_dim_size),"), part=MODEL),
    wrong("no ReLU in decoder2", "missing-relu", (DECODER2, "Linear(latent2_dim_size, hidden_dim_size),"), part=MODEL),
    wrong("tanh in decoder2", "wrong-activation", (DECODER2, "Linear(latent2_dim_size, hidden_dim_size), nn.Tanh(),"), part=MODEL),
    wrong("ReLU behind encoder2", "final-relu", (HEADS2, HEADS2.replace("Rearrange", "ReLU(), Rearrange")), part=MODEL),
    wrong("encoder2 not split", "not-split", (HEADS2, "Linear(hidden_dim_size, 2 * latent2_dim_size),"), part=MODEL),
    wrong("decoder2 split on the wrong axis", "split-on-wrong-axis", (HEADS1, HEADS1.replace("n b latent", "b n latent")), part=MODEL),
    wrong("decoder2 mixes rows", "mixed-rows", (HEADS1, 'Linear(hidden_dim_size, 2 * latent1_dim_size), Rearrange("b c -> (b c)"), Rearrange("(n b latent) -> n b latent", n=2, latent=latent1_dim_size),'), part=MODEL),
    wrong("decoder2 gives z1 without a sigma", "wrong-linear", (HEADS1, "Linear(hidden_dim_size, latent1_dim_size),"), part=MODEL),
    wrong("decoder2 takes both halves", "wrong-linear", (DECODER2, "Linear(2 * latent2_dim_size, hidden_dim_size), ReLU(),"), part=MODEL),
    wrong("hidden size written as a number", "hard-coded-sizes", (ENCODER2, "Linear(latent1_dim_size, 100), ReLU(),"), (HEADS2, HEADS2.replace("hidden_dim_size", "100")), part=MODEL),
    wrong("encoder2 on the image", "extra-layers", (ENCODER2, "Linear(latent1_dim_size, hidden_dim_size), ReLU(), Linear(hidden_dim_size, hidden_dim_size), ReLU(),"), part=MODEL),
    wrong("a layer that is never used", "extra-layers", ("self.encoder2 = Sequential(", "self.spare = Linear(latent1_dim_size, 7)\n        self.encoder2 = Sequential("), part=MODEL),
    wrong("decoder2 left open", "left-in-place", ("self.decoder2 = Sequential( Linear(latent2_dim_size, hidden_dim_size), ReLU(), " + HEADS1 + " )", "self.decoder2 = ..."), part=MODEL),
    wrong("latent2 not kept", "attribute-missing", ("self.latent2_dim_size = latent2_dim_size", ""), ("self.latent2_dim_size,", "3,"), part=MODEL),
    wrong("hidden not kept", "attribute-missing", ("self.hidden_dim_size = hidden_dim_size", ""), part=MODEL),
    wrong("exp in encoder2", "sigma-instead-of-logsigma", (HEADS2 + " )", HEADS2 + " SigmaHead())"), ("class HierarchicalVAE(nn.Module):", "class SigmaHead(nn.Module):\n    def forward(self, x):\n        return torch.stack((x[0], x[1].exp()))\n\n\nclass HierarchicalVAE(nn.Module):"), part=MODEL),
    # Up and down
    wrong("plain tensors for the distributions", "not-a-gaussian", (RETURN, RETURN.replace("q1, q2, p1", "torch.stack(q1), torch.stack(q2), torch.stack(p1)")), part=MODEL),
    wrong("what decoder2 gives for p1", "not-a-gaussian", (RETURN, RETURN.replace("q2, p1", "q2, self.decoder2(z2)")), part=MODEL),
    wrong("plain pairs for the distributions", "not-a-gaussian", (RETURN, RETURN.replace("q1, q2, p1", "tuple(q1), tuple(q2), tuple(p1)")), part=MODEL),
    wrong("half of log sigma in sample", "logvar", (LOWER, LOWER.replace("logsigma.exp()", "(logsigma / 2).exp()")), part=MODEL),
    wrong("half of log sigma for z2", "logvar", (Z2, Z2.replace("q2.logsigma.exp()", "(0.5 * q2.logsigma).exp()")), part=MODEL),
    wrong("sigma's inverse in sample", "sign-of-logsigma", (LOWER, LOWER.replace("logsigma.exp()", "(-logsigma).exp()")), part=MODEL),
    wrong("three latents written out at the top", "hard-coded-sizes", (TOP, TOP.replace("self.latent2_dim_size", "3")), part=MODEL),
    wrong("four latents written out in encoder2", "hard-coded-sizes", (ENCODER2, ENCODER2.replace("latent1_dim_size", "4")), part=MODEL),
    wrong("37 written out in decoder2", "hard-coded-sizes", (DECODER2, DECODER2.replace("hidden_dim_size", "37")), (HEADS1, HEADS1.replace("hidden_dim_size", "37")), part=MODEL),
    wrong("mean up to encoder2", "encodes-mean", (Q2, "q2 = Gaussian(*self.encoder2(q1.mu))"), part=MODEL),
    wrong("mean down to decoder2", "decodes-mean", (P1, "p1 = Gaussian(*self.decoder2(q2.mu))"), part=MODEL),
    wrong("a prior z2 down to decoder2", "not-from-z2", (P1, "p1 = Gaussian(*self.decoder2(torch.randn_like(z2)))"), part=MODEL),
    wrong("z1 without noise", "no-noise", (Z1, "z1 = q1.mu"), part=MODEL),
    wrong("z2 without noise", "no-noise", (Z2, "z2 = q2.mu"), part=MODEL),
    wrong("z2 without exp", "exp-forgotten", (Z2, Z2.replace("q2.logsigma.exp()", "q2.logsigma")), part=MODEL),
    wrong("z1 with halved log sigma", "logvar", (Z1, Z1.replace("q1.logsigma.exp()", "(q1.logsigma / 2).exp()")), part=MODEL),
    wrong("z2 with uniform noise", "uniform-noise", (Z2, Z2.replace("randn_like", "rand_like")), part=MODEL),
    wrong("z1 noise shared by the batch", "noise-shared-across-batch", (Z1, Z1.replace("torch.randn_like(q1.mu)", "torch.randn(self.latent1_dim_size)")), part=MODEL),
    wrong("one noise for both levels", "noise-shared-across-levels", (Z2, "eps = (z1 - q1.mu) / q1.logsigma.exp()\n        z2 = q2.mu + q2.logsigma.exp() * eps[:, : self.latent2_dim_size]"), part=MODEL),
    wrong("seeded forward", "noise-frozen", (Z1, "torch.manual_seed(0)\n        " + Z1), part=MODEL),
    wrong("noise from numpy", "noise-not-torch", (Z2, "import numpy\n        z2 = q2.mu + q2.logsigma.exp() * torch.from_numpy(numpy.random.default_rng().standard_normal(q2.mu.shape)).float()"), part=MODEL),
    wrong("the mean decoded", "decodes-mean", (RETURN, RETURN.replace("decoder1(z1)", "decoder1(q1.mu)")), part=MODEL),
    wrong("p1's mean decoded", "decodes-prior", (RETURN, RETURN.replace("decoder1(z1)", "decoder1(p1.mu)")), part=MODEL),
    wrong("a sample of p1 decoded", "decodes-prior", (RETURN, RETURN.replace("decoder1(z1)", "decoder1(p1.mu + p1.logsigma.exp() * torch.randn_like(p1.mu))")), part=MODEL),
    wrong("another sample decoded", "decodes-another-sample", (RETURN, RETURN.replace("decoder1(z1)", "decoder1(q1.mu + q1.logsigma.exp() * torch.randn_like(q1.mu))")), part=MODEL),
    wrong("a sigmoid on the image", "behind-the-decoder", (RETURN, RETURN.replace("self.decoder1(z1)", "self.decoder1(z1).sigmoid()")), part=MODEL),
    wrong("q1 and p1 exchanged", "q-and-p-swapped", (RETURN, RETURN.replace("q1, q2, p1", "p1, q2, q1")), part=MODEL),
    wrong("z1 and z2 exchanged", "wrong-order", (RETURN, RETURN.replace("z1, z2,", "z2, z1,")), part=MODEL),
    wrong("sigma for log sigma", "returns-sigma", (RETURN, RETURN.replace("q1, q2, p1", "q1, Gaussian(q2.mu, q2.logsigma.exp()), p1")), part=MODEL),
    wrong("log sigma taken for the mean", "mean-and-logsigma-swapped", ("q1 = Gaussian(*self.encoder1(x))", "q1 = Gaussian(*self.encoder1(x).flip(0))"), part=MODEL),
    wrong("a tuple", "returns-tuple", (RETURN, "return self.decoder1(z1), z1, z2, q1, q2, p1"), part=MODEL),
    wrong("the image alone", "wrong-return-type", (RETURN, "return self.decoder1(z1)"), part=MODEL),
    wrong("nothing from forward", "returns-none", (RETURN, RETURN.replace("return ", "")), part=MODEL),
    wrong("p1 forgotten", "not-a-tensor", (RETURN, RETURN.replace("q2, p1", "q2, None")), part=MODEL),
    wrong("the pair to encoder2", "wrong-input", (Q2, "q2 = Gaussian(*self.encoder2(q1))"), part=MODEL),
    wrong("z2 to decoder1", "wrong-input", (RETURN, RETURN.replace("decoder1(z1)", "decoder1(z2)")), part=MODEL),
    wrong("level two cut off", "detached", (Q2, "q2 = Gaussian(*self.encoder2(z1.detach()))"), part=MODEL),
    wrong("z2 by torch.normal", "detached-sample", (Z2, "z2 = torch.normal(q2.mu, q2.logsigma.exp())"), part=MODEL),
    wrong("z1's sigma cut off", "detached-sigma", (Z1, Z1.replace("q1.logsigma.exp()", "q1.logsigma.exp().detach()")), part=MODEL),
    wrong("no gradients at all", "detached-sample", ("q1 = Gaussian(*self.encoder1(x))", "torch.set_grad_enabled(False)\n        q1 = Gaussian(*self.encoder1(x))"), part=MODEL),
    wrong("x normalised again", None, ("self.encoder1(x)", "self.encoder1((x - 0.1307) / 0.3081)"), part=MODEL),
    # Noise that is shared, and one image
    wrong("z1's noise, the second half negated", "noise-shared-across-batch", (Z1, "half = torch.randn((len(x) + 1) // 2, self.latent1_dim_size)\n        z1 = q1.mu + q1.logsigma.exp() * torch.cat((half, -half))[: len(x)]"), part=MODEL),
    wrong("z2's noise from 512 numbers", "noise-repeated", (Z2, Z2.replace("torch.randn_like(q2.mu)", "torch.randn(512)[torch.randint(512, q2.mu.shape)]")), part=MODEL),
    wrong("z2 in sample, the halves alike", "noise-shared-across-batch", (TOP, "half = torch.randn((n + 1) // 2, self.latent2_dim_size)\n        z2 = torch.cat((half, half))[:n]"), part=MODEL),
    wrong("z1's noise whitened over the batch", "not-finite", (Z1, "eps = torch.randn_like(q1.mu)\n        z1 = q1.mu + q1.logsigma.exp() * (eps - eps.mean(0)) / eps.std(0)"), part=MODEL),
    wrong("no noise of z2 for one image", "no-noise", (Z2, Z2 + " * (len(x) > 1)"), part=MODEL),
    wrong("the sampler calls decoder2 layer by layer", "network-taken-apart", (LOWER, f"mu, logsigma = self.decoder2[0](z2).relu().chunk(2, -1)\n        {LOWER}"), part=MODEL),
    wrong("no noise of z1 in a sample of one", "no-noise", (LOWER, LOWER + " * (n > 1)"), part=MODEL),
    wrong("z2 at 0 for a sample of one", "no-noise", (TOP, TOP + " * (n > 1)"), part=MODEL),
    # What a trained model does
    wrong("z1 is its mean unless training", "mean-in-eval", (Z1, f"{Z1} if self.training else q1.mu"), part=MODEL),
    wrong("z2 is its mean unless training", "mean-in-eval", (Z2, f"{Z2} if self.training else q2.mu"), part=MODEL),
    wrong("the mean decoded in eval mode", "mean-in-eval", (RETURN, RETURN.replace("decoder1(z1)", "decoder1(z1 if self.training else q1.mu)")), part=MODEL),
    wrong("a sigmoid in eval mode", "behind-the-decoder", (RETURN, "image = self.decoder1(z1)\n        image = image if self.training else image.sigmoid()\n        " + RETURN.replace("self.decoder1(z1)", "image")), part=MODEL),
    wrong("level two cut off in eval mode", "detached", (Q2, "q2 = Gaussian(*self.encoder2(z1 if self.training else z1.detach()))"), part=MODEL),
    wrong("the image alone in eval mode", "wrong-return-type", (RETURN, f"if not self.training:\n            return self.decoder1(z1)\n        {RETURN}"), part=MODEL),
    wrong("z1's mean in sample unless training", "mean-in-eval", (LOWER, f"{LOWER} if self.training else mu"), part=MODEL),
    wrong("tanh in encoder2 in eval mode", "final-activation", (HEADS2 + " )", HEADS2 + " EvalTanh())"), ("class HierarchicalVAE(nn.Module):", "class EvalTanh(nn.Module):\n    def forward(self, x):\n        return x if self.training else x.tanh()\n\n\nclass HierarchicalVAE(nn.Module):"), part=MODEL),
    wrong("variance for log sigma", "returns-variance", (RETURN, RETURN.replace("q1, q2, p1", "q1, q2, Gaussian(p1.mu, (2 * p1.logsigma).exp())")), part=MODEL),
    wrong("log variance for log sigma", "returns-logvar", (RETURN, RETURN.replace("q1, q2, p1", "q1, Gaussian(q2.mu, 2 * q2.logsigma), p1")), part=MODEL),
    wrong("another z1 up to encoder2", "not-from-z1", (Q2, "q2 = Gaussian(*self.encoder2(q1.mu + q1.logsigma.exp() * torch.randn_like(q1.mu)))"), part=MODEL),
    wrong("z2's mean cut off", "detached-mu", (Z2, Z2.replace("= q2.mu +", "= q2.mu.detach() +")), part=MODEL),
    wrong("softplus in encoder2", "softplus-logsigma", (HEADS2 + " )", HEADS2 + " Otherwise())"), ("class HierarchicalVAE(nn.Module):", "class Otherwise(nn.Module):\n    def forward(self, x):\n        return torch.stack((x[0], F.softplus(x[1])))\n\n\nclass HierarchicalVAE(nn.Module):"), part=MODEL),
    wrong("halves log sigma in encoder2", "logvar-halved", (HEADS2 + " )", HEADS2 + " Otherwise())"), ("class HierarchicalVAE(nn.Module):", "class Otherwise(nn.Module):\n    def forward(self, x):\n        return torch.stack((x[0], x[1] / 2))\n\n\nclass HierarchicalVAE(nn.Module):"), part=MODEL),
    wrong("the mean twice in encoder2", "same-head-twice", (HEADS2 + " )", HEADS2 + " Otherwise())"), ("class HierarchicalVAE(nn.Module):", "class Otherwise(nn.Module):\n    def forward(self, x):\n        return torch.stack((x[0], x[0] + 0 * x[1]))\n\n\nclass HierarchicalVAE(nn.Module):"), part=MODEL),
    wrong("log sigma 0 in encoder2", "sigma-fixed", (HEADS2 + " )", HEADS2 + " Otherwise())"), ("class HierarchicalVAE(nn.Module):", "class Otherwise(nn.Module):\n    def forward(self, x):\n        return torch.stack((x[0], 0 * x[1]))\n\n\nclass HierarchicalVAE(nn.Module):"), part=MODEL),
    # From the top
    wrong("sample from z1's N(0, I)", "skips-the-top", (TOP, ""), ("mu, logsigma = self.decoder2(z2)", "mu = logsigma = torch.zeros(n, self.latent1_dim_size, device=device)"), part=MODEL),
    wrong("z1's mean decoded in sample", "no-noise", (LOWER, "z1 = mu"), part=MODEL),
    wrong("z1 in sample without exp", "exp-forgotten", (LOWER, LOWER.replace("logsigma.exp()", "logsigma")), part=MODEL),
    wrong("z2 zero in sample", "no-noise", (TOP, TOP.replace("torch.randn", "torch.zeros")), part=MODEL),
    wrong("z2 uniform in sample", "uniform-noise", (TOP, TOP.replace("torch.randn", "torch.rand")), part=MODEL),
    wrong("one z2 for all images", "one-z2-for-all", (TOP, "z2 = torch.randn(1, self.latent2_dim_size, device=device)"), (LOWER, "z1 = mu + logsigma.exp() * torch.randn(n, self.latent1_dim_size, device=device)"), part=MODEL),
    wrong("one z2 repeated for all images", "noise-shared-across-batch", (TOP, "z2 = torch.randn(1, self.latent2_dim_size, device=device).expand(n, -1)"), part=MODEL),
    wrong("noise through the encoders", "asks-an-encoder", (TOP, "z2 = self.encoder2(self.encoder1(torch.randn(n, 1, 28, 28, device=device))[0])[0]"), part=MODEL),
    wrong("ten images always", "n-ignored", (TOP, TOP.replace("(n,", "(10,")), part=MODEL),
    wrong("latents for images", "returns-code", ("return self.decoder1(z1)", "return z1"), part=MODEL),
    wrong("pixels with noise", "behind-the-decoder", ("return self.decoder1(z1)", "image = self.decoder1(z1)\n        return image + 0.1 * torch.randn_like(image)"), part=MODEL),
    wrong("seeded sample", "noise-frozen", (TOP, "torch.manual_seed(0)\n        " + TOP), part=MODEL),
    wrong("a seeded generator for z1 in sample", "noise-frozen", (LOWER, LOWER.replace("torch.randn_like(mu)", "torch.randn(mu.shape, generator=torch.Generator().manual_seed(0))")), part=MODEL),
    wrong("a seeded generator for z2 in forward", "noise-frozen", (Z2, Z2.replace("torch.randn_like(q2.mu)", "torch.randn(q2.mu.shape, generator=torch.Generator().manual_seed(0))")), part=MODEL),
    wrong("one noise for both levels of sample", "noise-shared-across-levels", (LOWER, "z1 = mu + logsigma.exp() * torch.cat((z2, torch.randn(n, self.latent1_dim_size - self.latent2_dim_size, device=device)), 1)"), part=MODEL),
    # The loss
    wrong("each level's KL over its own latents", "weighted-per-level", (TOTAL, "total = reconstruction + beta_kl * (kl1 / out.z1.shape[1] + kl2 / out.z2.shape[1])"), part=LOSS),
    wrong("mean of the levels' means", "weighted-per-level", (TOTAL, "total = reconstruction + beta_kl * (kl1 / out.z1.shape[1] + kl2 / out.z2.shape[1]) / 2"), part=LOSS),
    wrong("each level's KL over the other's latents", "weighted-per-level", (TOTAL, "total = reconstruction + beta_kl * (kl1 / out.z2.shape[1] + kl2 / out.z1.shape[1])"), part=LOSS),
    wrong("half of kl2", "weighted-per-level", (TOTAL, TOTAL.replace("+ kl2", "+ 0.5 * kl2")), part=LOSS),
    wrong("half of both in the total", "kl-halved", (TOTAL, TOTAL.replace("beta_kl *", "0.5 * beta_kl *")), part=LOSS),
    wrong("times the latents", "multiplied-by-the-latents", (TOTAL, TOTAL.replace("/ latents", "* latents")), part=LOSS),
    wrong("beta twice", "beta-squared", (TOTAL, TOTAL.replace("beta_kl *", "beta_kl**2 *")), part=LOSS),
    wrong("N(0, I) for both levels", "lower-prior-ignored", (KL1, "kl1 = kl_between_gaussians(*out.q1, torch.zeros_like(out.z1), torch.zeros_like(out.z1)).sum(1).mean()"), part=LOSS),
    wrong("p before q", "q-and-p-swapped", (KL1, KL1.replace("*out.q1, *out.p1", "*out.p1, *out.q1")), part=LOSS),
    wrong("N(0, I) before q2", "q-and-p-swapped", (KL2, KL2.replace("*out.q2, zeros, zeros", "zeros, zeros, *out.q2")), part=LOSS),
    wrong("ones for log sigma", "sigma-for-logsigma", (KL2, KL2.replace("zeros, zeros", "zeros, zeros + 1")), part=LOSS),
    wrong("log ratio at the sample", "single-sample", (KL1, "normal = torch.distributions.Normal\n    kl1 = (normal(out.q1.mu, out.q1.logsigma.exp()).log_prob(out.z1) - normal(out.p1.mu, out.p1.logsigma.exp()).log_prob(out.z1)).sum(1).mean()"), part=LOSS),
    wrong("means of each level", "means-of-each-level", (KL1, KL1.replace(".sum(1)", "")), (KL2, KL2.replace(".sum(1)", "")), (TOTAL, TOTAL.replace(" / latents", "")), part=LOSS),
    wrong("summed over the batch", "summed-over-batch", (KL1, KL1.replace(".sum(1).mean()", ".sum()")), (KL2, KL2.replace(".sum(1).mean()", ".sum()")), part=LOSS),
    wrong("not divided", "not-divided", (TOTAL, TOTAL.replace(" / latents", "")), part=LOSS),
    wrong("divided by one level", "divided-by-one-level", ("latents = out.z1.shape[1] + out.z2.shape[1]", "latents = out.z1.shape[1]"), part=LOSS),
    wrong("divided by the levels", "divided-by-two", (TOTAL, TOTAL.replace("/ latents", "/ 2")), part=LOSS),
    wrong("beta left out", "beta-ignored", (TOTAL, TOTAL.replace("beta_kl * ", "")), part=LOSS),
    wrong("beta on the lower level only", "beta-on-one-level", (TOTAL, TOTAL.replace("beta_kl * (kl1 + kl2)", "(beta_kl * kl1 + kl2)")), part=LOSS),
    wrong("beta on the reconstruction", "beta-on-reconstruction", (TOTAL, "total = beta_kl * reconstruction + (kl1 + kl2) / latents"), part=LOSS),
    wrong("upper level forgotten", "only-one-kl", (TOTAL, TOTAL.replace("(kl1 + kl2)", "kl1")), part=LOSS),
    wrong("lower level forgotten", "only-one-kl", (TOTAL, TOTAL.replace("(kl1 + kl2)", "kl2")), part=LOSS),
    wrong("KL subtracted", "kl-sign", (TOTAL, TOTAL.replace("+ beta_kl", "- beta_kl")), part=LOSS),
    wrong("squared error summed", "squared-error-summed", (MSE, MSE.replace("x)", 'x, reduction="sum")')), part=LOSS),
    wrong("not divided and beta left out", "not-divided+beta-ignored", (TOTAL, "total = reconstruction + kl1 + kl2"), part=LOSS),
    wrong("parts times beta", "parts-scaled", (PARTS, "return HierarchicalLoss(total, reconstruction, beta_kl * kl1, beta_kl * kl2)"), part=LOSS),
    wrong("parts in another order", "wrong-order", (PARTS, "return HierarchicalLoss(reconstruction, kl1, kl2, total)"), part=LOSS),
    wrong("total alone", "returns-one", (PARTS, "return total"), part=LOSS),
    wrong("four numbers", "returns-tuple", (PARTS, "return total, reconstruction, kl1, kl2"), part=LOSS),
    wrong("plain numbers", "not-a-tensor", (PARTS, "return HierarchicalLoss(total, reconstruction.item(), kl1.item(), kl2.item())"), part=LOSS),
    wrong("one KL an image", "not-a-scalar", (KL1, KL1.replace(".mean()", "")), (KL2, KL2.replace(".mean()", "")), (TOTAL, TOTAL.replace("(kl1 + kl2)", "(kl1 + kl2).mean()")), part=LOSS),
    wrong("p1 detached in the loss", "detached", (KL1, KL1.replace("*out.p1", "*(each.detach() for each in out.p1)")), part=LOSS),
    wrong("kl1 a mean", "levels-unlike", (KL1, KL1.replace(".sum(1)", "")), part=LOSS),
    wrong("kl2 a mean", "levels-unlike", (KL2, KL2.replace(".sum(1)", "")), part=LOSS),
    wrong("kl1 summed over all", "summed-over-batch", (KL1, KL1.replace(".sum(1).mean()", ".sum()")), part=LOSS),
    wrong("kl2 summed over all", "summed-over-batch", (KL2, KL2.replace(".sum(1).mean()", ".sum()")), part=LOSS),
    wrong("both over the batch", "summed-over-the-wrong-dimension", (KL1, KL1.replace("sum(1)", "sum(0)")), (KL2, KL2.replace("sum(1)", "sum(0)")), part=LOSS),
    wrong("half of kl1", "kl-halved", (KL1, KL1 + " / 2"), part=LOSS),
    wrong("half of kl2 at its source", "kl-halved", (KL2, KL2.replace("= ", "= 0.5 * ")), part=LOSS),
    wrong("minus kl2", "kl-sign", (KL2, KL2.replace("= ", "= -")), part=LOSS),
    wrong("p1 from the standard normal", "wrong-distribution", (KL1, KL1.replace("*out.q1, *out.p1", "*out.p1, torch.zeros_like(out.z1), torch.zeros_like(out.z1)")), part=LOSS),
    wrong("means first, then log sigmas", "not-unpacked", (KL1, KL1.replace("*out.q1, *out.p1", "out.q1.mu, out.p1.mu, out.q1.logsigma, out.p1.logsigma")), part=LOSS),
    wrong("z1 for a mean", "sample-for-mean", (KL1, KL1.replace("*out.q1,", "out.z1, out.q1.logsigma,")), part=LOSS),
    wrong("z2 for a mean", "sample-for-mean", (KL2, KL2.replace("*out.q2,", "out.z2, out.q2.logsigma,")), part=LOSS),
    wrong("a prior about one", "wrong-prior", (KL2, KL2.replace("zeros, zeros", "zeros + 1, zeros")), part=LOSS),
    wrong("sigma to kl2", "sigma-for-logsigma", (KL2, KL2.replace("*out.q2,", "out.q2.mu, out.q2.logsigma.exp(),")), part=LOSS),
    wrong("size of the top's means", "penalty-for-kl", (KL2, "kl2 = out.q2.mu.square().sum(1).mean()"), part=LOSS),
    wrong("the usual formula at the top", "logvar-formula", (KL2, "kl2 = -0.5 * (1 + out.q2.logsigma - out.q2.mu**2 - out.q2.logsigma.exp()).sum(1).mean()"), part=LOSS),
    wrong("sigma at the top", "sigma-for-variance", (KL2, "kl2 = ((out.q2.logsigma.exp() + out.q2.mu**2 - 1) / 2 - out.q2.logsigma).sum(1).mean()"), part=LOSS),
    wrong("a log ratio at the top", "single-sample", (KL2, "normal = torch.distributions.Normal\n    kl2 = (normal(out.q2.mu, out.q2.logsigma.exp()).log_prob(out.z2) - normal(zeros, 1.0).log_prob(out.z2)).sum(1).mean()"), part=LOSS),
    wrong("cross-entropy", "cross-entropy", (MSE, MSE.replace("mse_loss", "binary_cross_entropy_with_logits")), part=LOSS),
    wrong("root of the error", "root-of-mse", (MSE, MSE + ".sqrt()"), part=LOSS),
    wrong("half of the error", "squared-error-halved", (MSE, MSE + " / 2"), part=LOSS),
    wrong("twice the error", "squared-error-doubled", (MSE, MSE.replace("= ", "= 2 * ")), part=LOSS),
    wrong("levels exchanged", "levels-swapped", (PARTS, "return HierarchicalLoss(total, reconstruction, kl2, kl1)"), part=LOSS),
    wrong("beta on all", "beta-on-everything", (TOTAL, "total = beta_kl * (reconstruction + (kl1 + kl2) / latents)"), part=LOSS),
    wrong("no KL at all", "no-kl", (TOTAL, "total = reconstruction"), part=LOSS),
    wrong("kl1 over its latents alone", "weighted-per-level", (TOTAL, "total = reconstruction + beta_kl * (kl1 / out.z1.shape[1] + kl2)"), part=LOSS),
    wrong("product of the latents", "divided-by-the-product", (TOTAL, "total = reconstruction + beta_kl * (kl1 + kl2) / (out.z1.shape[1] * out.z2.shape[1])"), part=LOSS),
    wrong("kl2 twice", "weighted-per-level", (TOTAL, TOTAL.replace("kl2)", "2 * kl2)")), part=LOSS),
    wrong("kl1 for kl2", "one-kl-twice", (TOTAL, TOTAL.replace("kl2)", "kl1)")), part=LOSS),
    wrong("brackets left out", "brackets", (TOTAL, "total = reconstruction + beta_kl * (kl1 + kl2 / latents)"), part=LOSS),
    wrong("KL over the pixels", "divided-by-pixels", (TOTAL, TOTAL.replace("latents", "784")), part=LOSS),
    wrong("one minus beta", "beta-complement", (TOTAL, TOTAL.replace("reconstruction +", "(1 - beta_kl) * reconstruction +")), part=LOSS),
    wrong("the bound for the loss", "sign", (TOTAL, "total = -reconstruction - beta_kl * (kl1 + kl2) / latents"), part=LOSS),
    wrong("pairs not unpacked", "not-unpacked", (KL1, KL1.replace("*out.q1, *out.p1", "out.q1, out.p1")), part=LOSS),
    wrong("half a free nat at the top", "free-bits", (KL2, KL2 + ".clamp(min=0.5)"), part=LOSS),
    wrong("free nats in both levels", "free-bits", (KL1, KL1 + ".clamp_min(1.0)"), (KL2, KL2 + ".clamp_min(1.0)"), part=LOSS),
    wrong("free bits for each latent below", "free-bits", (KL1, KL1.replace(".sum(1)", ".clamp(min=0.25).sum(1)")), part=LOSS),
    wrong("latents of all images counted", "divided-by-the-batch", ("out.z1.shape[1] + out.z2.shape[1]", "out.z1.numel() + out.z2.numel()"), part=LOSS),
    wrong("latents of all images counted and a free nat", "divided-by-the-batch+free-bits", ("out.z1.shape[1] + out.z2.shape[1]", "out.z1.numel() + out.z2.numel()"), (KL1, "kl1 = max(kl_between_gaussians(*out.q1, *out.p1).sum(1).mean(), torch.tensor(1.0))"), part=LOSS),
)  # fmt: skip

FUNCTIONAL = """class HierarchicalVAE(nn.Module):
    def __init__(self, latent1_dim_size, latent2_dim_size, hidden_dim_size):
        super().__init__()
        self.latent1_dim_size, self.latent2_dim_size = latent1_dim_size, latent2_dim_size
        self.hidden_dim_size = hidden_dim_size
        self.lower = VAE(latent1_dim_size, hidden_dim_size)
        self.up = nn.ModuleList([nn.Linear(latent1_dim_size, hidden_dim_size), nn.Linear(hidden_dim_size, latent2_dim_size), nn.Linear(hidden_dim_size, latent2_dim_size)])
        self.down = nn.ModuleList([nn.Linear(latent2_dim_size, hidden_dim_size), nn.Linear(hidden_dim_size, latent1_dim_size), nn.Linear(hidden_dim_size, latent1_dim_size)])

    def encoder1(self, x):
        return self.lower.encoder(x)

    def decoder1(self, z1):
        return self.lower.decoder(z1)

    def encoder2(self, z1):
        hidden = self.up[0](z1).relu()
        return self.up[1](hidden), self.up[2](hidden)

    def decoder2(self, z2):
        hidden = self.down[0](z2).clamp(min=0)
        return torch.stack((self.down[1](hidden), self.down[2](hidden)))

    def forward(self, x):
        def draw(mu, logsigma):
            return torch.distributions.Normal(mu, logsigma.exp()).rsample()

        mu1, logsigma1 = self.encoder1(x)
        z1 = draw(mu1, logsigma1)
        mu2, logsigma2 = self.encoder2(z1)
        z2 = draw(mu2, logsigma2)
        return HierarchicalOutput(z2=z2, z1=z1, reconstruction=self.decoder1(z1), p1=Gaussian(*self.decoder2(z2)), q1=Gaussian(mu1, logsigma1), q2=Gaussian(logsigma=logsigma2, mu=mu2))

    def sample(self, n):
        images = []
        for _ in range(n):
            mu, logsigma = self.decoder2(torch.randn(1, self.latent2_dim_size))
            images.append(self.decoder1(torch.normal(mu, torch.exp(logsigma))))
        return torch.cat(images)
"""

RIGHT = (
    right("the reference"),
    right("the textbook's formula", (DIVERGENCE, "q, p = logsigma_q.exp(), logsigma_p.exp()\n    return torch.log(p / q) + (q**2 + (mu_q - mu_p) ** 2) / (2 * p**2) - 0.5"), part=KL, note="float32 cannot hold"),
    right("torch.distributions itself", (DIVERGENCE, "normal = torch.distributions.Normal\n    return torch.distributions.kl_divergence(normal(mu_q, logsigma_q.exp()), normal(mu_p, logsigma_p.exp()))"), part=KL),
    right("half of everything, with variances", (DIVERGENCE, "return 0.5 * (2 * logsigma_p - 2 * logsigma_q + variance_ratio + distance.square() - 1)"), part=KL),
    right("expm1", (DIVERGENCE, "return (torch.expm1(2 * (logsigma_q - logsigma_p)) + distance**2) / 2 + (logsigma_p - logsigma_q)"), part=KL),
    right("methods, two heads, one image at a time", FUNCTIONAL, part=MODEL, note="pair (mu, logsigma)"),
    right("the lower VAE's own sampling", ("self.encoder1, self.decoder1 = lower.encoder, lower.decoder", "self.lower = lower\n        self.encoder1, self.decoder1 = lower.encoder, lower.decoder"), ("q1 = Gaussian(*self.encoder1(x))", ""), (Z1, "z1, mu1, logsigma1 = self.lower.sample_latent_vector(x)\n        q1 = Gaussian(mu1, logsigma1)"), (RETURN, RETURN.replace("self.decoder1(z1)", "self.lower.decoder(z1)")), part=MODEL),
    right("torch's own layers, one helper for both draws", (HEADS2, "nn.LazyLinear(2 * latent2_dim_size), nn.Unflatten(1, (2, latent2_dim_size)), Rearrange('b n latent -> n b latent'),"), (Z1, "def draw(gaussian):\n            eps = torch.randn(gaussian.mu.shape)\n            return torch.addcmul(gaussian.mu, gaussian.logsigma.exp(), eps)\n\n        z1 = draw(q1)"), (Z2, "z2 = draw(q2)"), part=MODEL),
    right("the device of a weight", ("device = next(self.parameters()).device", "device = self.decoder2[2].weight.device"), part=MODEL),
    right("the device and dtype of a named layer", (f"self.decoder2 = Sequential( {DECODER2} {HEADS1} )", f"self.decoder2 = Sequential()\n        self.decoder2.body = Sequential({DECODER2} {HEADS1})\n        self.decoder2.forward = lambda z: self.decoder2.body(z)") , ("device = next(self.parameters()).device", "device = self.decoder2.body[0].bias.device"), part=MODEL),
    right("a sampler under no_grad", ("def sample(", "@torch.inference_mode()\n    def sample("), part=MODEL),
    right("log sigma rows first", (HEADS1, HEADS1.replace('"b (n latent) -> n b latent"', '"b (latent n) -> n b latent"')), part=MODEL),
    right("noise with a minus", (Z1, Z1.replace("+ q1", "- q1")), part=MODEL),
    right("other draws in eval mode", (Z1, f"{Z1}\n        if not self.training:\n            z1 = torch.distributions.Normal(q1.mu, q1.logsigma.exp()).rsample()"), (LOWER, LOWER + " if self.training else torch.normal(mu, logsigma.exp())"), part=MODEL),
    right("distributions of torch, named as the loss asks", (Q2, f"{Q2}\n        import collections\n\n        Named = collections.namedtuple(\"Named\", \"mu logsigma\")"), (RETURN, RETURN.replace("q1, q2, p1", "Named(*q1), Named(*q2), p1")), part=MODEL),
    right("the distance without its sign, then squared", (DISTANCE, "(mu_q - mu_p).abs() * torch.exp(-logsigma_p)"), part=KL),
    right("the logarithm of a quotient", ("return logsigma_p - logsigma_q", "return torch.log(logsigma_p.exp() / logsigma_q.exp())"), part=KL),
    right("a KL that is never below 0", (KL2, KL2 + ".clamp(min=0)"), part=LOSS),
    right("sums over everything by the batch", (KL1, "kl1 = kl_between_gaussians(*out.q1, *out.p1).sum() / len(x)"), (KL2, "kl2 = kl_between_gaussians(*out.q2, zeros, zeros).sum() / len(x)"), part=LOSS),
    right("mean times the number of latents", (KL1, "kl1 = kl_between_gaussians(*out.q1, *out.p1).mean() * out.z1.shape[1]"), part=LOSS),
    right("the mean of all elements", (TOTAL, "elements = torch.cat((kl_between_gaussians(*out.q1, *out.p1), kl_between_gaussians(*out.q2, zeros, zeros)), dim=1)\n    total = reconstruction + beta_kl * elements.mean()"), part=LOSS),
    right("lesson 2's formula for the top", (KL2, "kl2 = ((torch.exp(2 * out.q2.logsigma) + out.q2.mu**2 - 1) / 2 - out.q2.logsigma).sum(1).mean()"), part=LOSS),
    right("fields by name", (PARTS, "return HierarchicalLoss(kl1=kl1, kl2=kl2, total=total, reconstruction=reconstruction)"), part=LOSS),
)  # fmt: skip
