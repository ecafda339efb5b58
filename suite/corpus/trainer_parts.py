"""Pieces of the reference trainers that the corpora change, and the commonest changes."""

from suite.corpus import Change, changed

LOSS = "loss = F.mse_loss(self.model(img), img)"
BACKWARD, STEP, ZERO = "loss.backward()", "self.optimizer.step()", "self.optimizer.zero_grad()"
UPDATE = f"{BACKWARD} {STEP} {ZERO}"
RETURN = "return loss"
RESET = "self.step = 0 if self.args.use_wandb: import wandb wandb.init("
IS_ON_IN_STEP = "if self.args.use_wandb: import wandb wandb.log("
LOG = 'wandb.log({"loss": loss.item()}, step=self.step)'
INIT = "wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=asdict(self.args))"
WATCH, FINISH = "wandb.watch(self.model)", "if self.args.use_wandb: wandb.finish()"
NO_WANDB = (
    ("if self.args.use_wandb: import wandb " + LOG, ""),
    (f"if self.args.use_wandb: import wandb {INIT} {WATCH}", ""),
    (FINISH, ""),
)
EPOCHS = "for epoch in range(self.args.epochs):"
BAR = "progress_bar = tqdm(total=self.args.epochs * len(self.trainloader))"
BATCH = "for img, _label in self.trainloader:"
TRAIN_STEP, COUNT = "loss = self.training_step(img.to(self.device))", "self.step += 1"
POSTFIX = 'progress_bar.set_postfix(epoch=epoch + 1, loss=f"{loss:.3f}", refresh=False) progress_bar.update()'
BAR_CLOSED = "progress_bar.close()"
NO_BAR = ((BAR, ""), (POSTFIX, ""), (BAR_CLOSED, ""))
WHEN, LOG_SAMPLES = "if self.step % self.args.log_every_n_steps == 0:", "self.log_samples()"
MODEL = "self.model = self.model_class(args.latent_dim_size, args.hidden_dim_size)"
ADAM = "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas, fused=True)"
LOADER = "self.trainloader = DataLoader(self.trainset, batch_size=args.batch_size, shuffle=True)"
RETURN_MODEL = "return self.model"


def lines(*texts: str, indent: int = 8) -> str:
    """Several statements as the lines of a method's body, the first of them already indented."""
    return ("\n" + " " * indent).join(texts)


def loss_is(*texts: str) -> Change:
    return (LOSS, lines(*texts))


def update_is(*texts: str) -> Change:
    return (UPDATE, lines(*texts))


REC, KL = (
    "reconstruction_loss = F.mse_loss(reconstruction, img)",
    "kl_div_loss = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()",
)
VAE_LOG = "wandb.log({name: value.item() for name, value in logged.items()}, step=self.step)"
TOTAL, FORWARD = (
    "total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss",
    "reconstruction, mu, logsigma = self.model(img)",
)
VAE_UPDATE = f"total_loss.backward() {STEP} {ZERO}"


def kl_is(formula: str) -> Change:
    return (KL, f"kl_div_loss = {formula}")


def total_is(formula: str) -> Change:
    return (TOTAL, f"total_loss = {formula}")


TRAIN_OF_ITS_OWN = """
    def train(self):
        self.step = 0
        if self.args.use_wandb:
            import wandb
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=vars(self.args))
            wandb.watch(self.model)
        for epoch in range(self.args.epochs):
            for i, (img, _) in enumerate(self.trainloader):
                loss = self.training_step(img.to(self.device))
                self.step += 1
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
            print(f"epoch {epoch}: {loss.item():.3f}")
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""


def own_train(*changes: tuple[str, str]) -> Change:
    """A VAETrainer with a `train` of its own, changed in these places."""
    text = TRAIN_OF_ITS_OWN
    for old, new in changes:
        text = changed(text, old, new)
    return ("args: VAEArgs", "args: VAEArgs\n" + text)
