"""Trainers of the VAE that are right, written in other ways than the reference."""

from functools import partial

from suite.corpus import Right
from suite.corpus.trainer_parts import (
    FORWARD,
    KL,
    REC,
    STEP,
    TOTAL,
    TRAIN_OF_ITS_OWN,
    VAE_LOG,
    VAE_UPDATE,
    ZERO,
    kl_is,
    lines,
    own_train,
    total_is,
)

vae = partial(Right, "vae_trainer")

SET_UP = '''
    def __init__(self, args):
        self.args, self.step, self.device = args, 0, utils.get_device()
        self.trainset = utils.get_dataset(args.dataset)
        self.trainloader = DataLoader(self.trainset, batch_size=args.batch_size, shuffle=True)
        self.model = VAE(args.latent_dim_size, args.hidden_dim_size).to(self.device).train()
        self.encoder, self.decoder = self.model.encoder, self.model.decoder
        self.optimizers = {
            "encoder": torch.optim.Adam(self.encoder.parameters(), lr=args.lr, betas=args.betas),
            "decoder": torch.optim.Adam(self.decoder.parameters(), lr=args.lr, betas=args.betas),
        }
'''  # fmt: skip

IN_MOMENTS = "variance = (2 * logsigma).exp()"

RIGHT = (
    vae("KL by torch.distributions", kl_is("torch.distributions.kl_divergence(torch.distributions.Normal(mu, logsigma.exp()), torch.distributions.Normal(0.0, 1.0)).mean()")),
    vae("KL as minus a half of a mean", kl_is("-0.5 * torch.mean(1 + 2 * logsigma - mu.pow(2) - (2 * logsigma).exp())")),
    vae("KL as half a sum by number", kl_is("0.5 * torch.sum((2 * logsigma).exp() + mu.pow(2) - 1 - 2 * logsigma) / mu.numel()")),
    vae("KL by sigma", (KL, lines("sigma = logsigma.exp()", "kl_div_loss = ((sigma**2 + mu**2 - 1) / 2 - logsigma).mean()"))),
    vae("KL by the log of sigma", (KL, lines("sigma = logsigma.exp()", "kl_div_loss = ((sigma**2 + mu**2 - 1) / 2 - sigma.log()).mean()"))),
    vae("KL in terms that are averaged apart", (KL, lines(IN_MOMENTS, "kl_div_loss = (variance.mean() + mu.square().mean() - 1) / 2 - logsigma.mean()"))),
    vae("KL summed over latents and divided by their number", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum(1).mean() / mu.shape[1]")),
    vae("KL from log variance, made of log sigma", (KL, lines("logvar = 2 * logsigma", "kl_div_loss = -0.5 * (1 + logvar - mu**2 - logvar.exp()).mean()"))),
    vae("KL by expm1", kl_is("(torch.expm1(2 * logsigma) / 2 + mu**2 / 2 - logsigma).mean()")),
    vae("einops", (KL, lines("from einops import reduce", "kl_div_loss = reduce((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma, 'b latent -> ', 'mean')"))),
    vae("a batch in micro-batches", (f"{FORWARD} {REC} {KL} {TOTAL}", lines("parts = [(len(small), *self.model(small), small) for small in img.split(2)]", "reconstruction = torch.cat([part[1] for part in parts])", "mu, logsigma = torch.cat([part[2] for part in parts]), torch.cat([part[3] for part in parts])", REC, KL, TOTAL))),
    vae("KL and errors as sums over their numbers", (REC, "reconstruction_loss = F.mse_loss(reconstruction, img, reduction='sum') / img.numel()"), kl_is("-0.5 * torch.sum(1 + 2 * logsigma - mu**2 - (2 * logsigma).exp()) / (len(mu) * mu.shape[1])")),
    vae("free bits of nothing", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).clamp(min=0).mean()")),
    vae("log sigma clamped where it never is", (FORWARD, lines(FORWARD, "logsigma = logsigma.clamp(-20, 20)"))),
    vae("beta taken out", (TOTAL, lines("beta = self.args.beta_kl", "total_loss = torch.add(reconstruction_loss, kl_div_loss, alpha=beta)"))),
    vae("sum of a list", total_is("sum([reconstruction_loss, self.args.beta_kl * kl_div_loss])")),
    vae("two backwards", (VAE_UPDATE, lines("reconstruction_loss.backward(retain_graph=True)", "(self.args.beta_kl * kl_div_loss).backward()", STEP, ZERO))),
    vae("zeroed first", (VAE_UPDATE, lines(ZERO, "total_loss.backward()", STEP))),
    vae("sampled, then decoded", (FORWARD, lines("z, mu, logsigma = self.model.sample_latent_vector(img)", "reconstruction = self.model.decoder(z)"))),
    vae("sampled twice", (FORWARD, lines("_, mu, logsigma = self.model.sample_latent_vector(img)", "reconstruction, _, _ = self.model(img)"))),
    vae("a sampling of its own", (FORWARD, lines("mu, logsigma = self.model.encoder(img)", "reconstruction = self.model.decoder(mu + logsigma.exp() * torch.randn_like(mu))"))),
    vae("a sampling of its own by normal", (FORWARD, lines("mu, logsigma = self.model.encoder(img)", "eps = torch.normal(0.0, 1.0, size=mu.shape)", "reconstruction = self.model.decoder(mu + logsigma.exp() * eps)"))),
    vae("a sampling of its own by rsample", (FORWARD, lines("mu, logsigma = self.model.encoder(img)", "z = torch.distributions.Normal(mu, logsigma.exp()).rsample()", "reconstruction = self.model.decoder(z)"))),
    vae("noise drawn first", (FORWARD, lines("eps = torch.randn(len(img), self.args.latent_dim_size, device=img.device)", "mu, logsigma = self.model.encoder(img)", "reconstruction = self.model.decoder(mu + logsigma.exp() * eps)"))),
    vae("noise subtracted", (FORWARD, lines("mu, logsigma = self.model.encoder(img)", "reconstruction = self.model.decoder(mu - logsigma.exp() * torch.randn_like(mu))"))),
    vae("squares by hand", (REC, "reconstruction_loss = (reconstruction - img).square().mean()")),
    vae("detached loss returned", ("return total_loss", "return total_loss.detach()")),
    vae("train of its own", ("args: VAEArgs", "args: VAEArgs\n" + TRAIN_OF_ITS_OWN)),
    vae("train of its own that calls the inherited", ("args: VAEArgs", "args: VAEArgs\n\n    def train(self):\n        print('off we go')\n        return super().train()\n")),
    vae("an __init__ of its own", ("args: VAEArgs", "args: VAEArgs\n\n    def __init__(self, args):\n        super().__init__(args)\n        self.beta = args.beta_kl\n"), total_is("reconstruction_loss + self.beta * kl_div_loss")),
    vae("everything of its own, with two optimisers", "from torch.utils.data import DataLoader\n\nimport utils\n\n\nclass VAETrainer(AutoencoderTrainer):" + SET_UP + '''
    def training_step(self, img):
        reconstruction, mu, logsigma = self.model(img)
        mse = F.mse_loss(reconstruction, img)
        kl = 0.5 * ((2 * logsigma).exp() + mu**2 - 1 - 2 * logsigma).mean()
        loss = mse + self.args.beta_kl * kl
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        loss.backward()
        for optimizer in self.optimizers.values():
            optimizer.step()
        if self.args.use_wandb:
            import wandb
            wandb.log(dict(reconstruction_loss=mse, kl_div_loss=kl, mean=mu.mean(), std=logsigma.exp().mean(), total_loss=loss), step=self.step)
        return loss
''' + TRAIN_OF_ITS_OWN),
    vae("the beginning of the class again", ("model_class: type[nn.Module] = VAE", "def __init__(self, args):\n        super().__init__(args)\n        self.model = VAE(args.latent_dim_size, args.hidden_dim_size).to(self.device)\n        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas)\n"), note=None),
    vae("W&B: the weighted KL", ('"kl_div_loss": kl_div_loss', '"kl_div_loss": self.args.beta_kl * kl_div_loss'), note="logged times beta_kl"),
    vae("W&B: the weighted KL, and its name alone", (VAE_LOG, 'wandb.log({"kl_div_loss": self.args.beta_kl * kl_div_loss.item()})'), note="logged times beta_kl"),
    vae("W&B: only the total", (VAE_LOG, 'wandb.log({"total_loss": total_loss}, step=self.step)'), note="W&B does not get `reconstruction_loss`, `kl_div_loss`, `mean`, `std` (it gets `total_loss`)"),
    vae("W&B: key with dashes", ('"reconstruction_loss":', '"reconstruction-loss":'), note="W&B does not get `reconstruction_loss`"),
    vae("W&B: names of its own", (VAE_LOG, 'wandb.log({"loss": total_loss, "mse": reconstruction_loss, "kl": kl_div_loss})'), note="W&B gets `loss`, `mse`, `kl`"),
    vae("W&B: nothing of it in the step", (VAE_LOG, "pass"), note="nothing is logged to W&B"),
    vae("W&B: nothing of it in a train of its own", (VAE_LOG, "pass"), own_train(("if self.args.use_wandb: import wandb wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=vars(self.args)) wandb.watch(self.model)", ""), ("if self.args.use_wandb: wandb.finish()", "")), note="nothing is written for W&B yet"),
    vae("W&B: tensors", (VAE_LOG, "wandb.log(logged, step=self.step)")),
    vae("W&B: one call for each number", (VAE_LOG, "for name, value in logged.items():\n                wandb.log({name: value.item()}, step=self.step)")),
    vae("W&B: the loss under a second name too", ('"total_loss": total_loss', '"total_loss": total_loss, "loss": total_loss')),
    vae("a function for the loss", (f"{REC} {KL} {TOTAL}", lines("reconstruction_loss, kl_div_loss, total_loss = self.losses(img, reconstruction, mu, logsigma)")), ("args: VAEArgs", '''args: VAEArgs

    def losses(self, img, reconstruction, mu, logsigma):
        mse = F.mse_loss(reconstruction, img)
        kl = (0.5 * (logsigma.exp() ** 2 + mu**2 - 1) - logsigma).mean()
        return mse, kl, mse + self.args.beta_kl * kl
''')),
)  # fmt: skip
