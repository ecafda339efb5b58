"""Trainers that are not right: what a hurried learner types."""

from functools import partial

from suite.corpus import Change, Wrong

plain = partial(Wrong, "autoencoder_trainer")
vae = partial(Wrong, "vae_trainer")

LOSS = "loss = F.mse_loss(self.model(img), img)"
BACKWARD, STEP, ZERO = "loss.backward()", "self.optimizer.step()", "self.optimizer.zero_grad()"
UPDATE = f"{BACKWARD} {STEP} {ZERO}"
RETURN = "return loss"
RESET = "self.step = 0 if self.args.use_wandb: import wandb wandb.init("
IS_ON_IN_STEP = "if self.args.use_wandb: import wandb wandb.log("
INIT = "wandb.init(project=self.args.wandb_project, name=self.args.wandb_name, config=asdict(self.args))"
WATCH, FINISH = "wandb.watch(self.model)", "if self.args.use_wandb: wandb.finish()"
EPOCHS = "for epoch in range(self.args.epochs):"
BAR = 'progress_bar = tqdm(self.trainloader, desc=f"epoch {epoch + 1}/{self.args.epochs}")'
BATCH = "for img, _label in progress_bar:"
TRAIN_STEP, COUNT = "loss = self.training_step(img.to(self.device))", "self.step += 1"
POSTFIX = 'progress_bar.set_postfix(loss=f"{loss:.3f}", step=self.step)'
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


LOSSES = (
    plain(
        "squared errors summed",
        "mse-summed",
        loss_is('loss = F.mse_loss(self.model(img), img, reduction="sum")'),
    ),
    plain("squares summed by hand", "mse-summed", loss_is("loss = ((img - self.model(img)) ** 2).sum()")),
    plain(
        "squared errors summed over each image",
        "mse-summed-per-image",
        loss_is("loss = ((self.model(img) - img) ** 2).sum(dim=(1, 2, 3)).mean()"),
    ),
    plain(
        "squared errors summed over the batch",
        "mse-summed-over-batch",
        loss_is("loss = ((self.model(img) - img) ** 2).mean(dim=(1, 2, 3)).sum()"),
    ),
    plain(
        "mean divided by the batch size",
        "mse-divided-again",
        loss_is("loss = F.mse_loss(self.model(img), img) / img.shape[0]"),
    ),
    plain("L1", "absolute-error", loss_is("loss = F.l1_loss(self.model(img), img)")),
    plain("absolute value by hand", "absolute-error", loss_is("loss = (self.model(img) - img).abs().mean()")),
    plain("smooth L1", "smooth-l1", loss_is("loss = F.smooth_l1_loss(self.model(img), img)")),
    plain("Huber", "smooth-l1", loss_is("loss = F.huber_loss(self.model(img), img)")),
    plain(
        "root of the mean square", "root-of-mse", loss_is("loss = F.mse_loss(self.model(img), img).sqrt()")
    ),
    plain("norm", "norm", loss_is("loss = (img - self.model(img)).norm()")),
    plain("squared norm", "mse-summed", loss_is("loss = torch.norm(img - self.model(img)) ** 2")),
    plain(
        "cross-entropy",
        "cross-entropy",
        loss_is("loss = F.binary_cross_entropy_with_logits(self.model(img), img)"),
    ),
    plain("half of it", "mse-halved", loss_is("loss = 0.5 * F.mse_loss(self.model(img), img)")),
    plain("minus in front", "mse-sign", loss_is("loss = -F.mse_loss(self.model(img), img)")),
    plain("not squared", "not-squared", loss_is("loss = (img - self.model(img)).mean()")),
    plain("square of the mean", "mean-before-square", loss_is("loss = (img - self.model(img)).mean() ** 2")),
    plain(
        "compared with zeros",
        "compared-with-zero",
        loss_is("out = self.model(img)", "loss = F.mse_loss(out, torch.zeros_like(out))"),
    ),
    plain(
        "compared with itself",
        "compared-with-itself",
        loss_is("out = self.model(img)", "loss = F.mse_loss(out, out)"),
    ),
    plain("first image only", "first-image-only", loss_is("loss = F.mse_loss(self.model(img)[0], img[0])")),
    plain(
        "denormalised target",
        "target-changed",
        loss_is("loss = F.mse_loss(self.model(img), img * 0.3081 + 0.1307)"),
    ),
    plain("target clamped", "target-changed", loss_is("loss = F.mse_loss(self.model(img), img.clamp(0, 1))")),
    plain(
        "sigmoid on the reconstruction",
        "output-changed",
        loss_is("loss = F.mse_loss(torch.sigmoid(self.model(img)), img)"),
    ),
    plain(
        "sigmoid and summed",
        "mse-summed+output-changed",
        loss_is('loss = F.mse_loss(torch.sigmoid(self.model(img)), img, reduction="sum")'),
    ),
    plain(
        "L1 and a clamped target",
        "absolute-error+target-changed",
        loss_is("loss = F.l1_loss(self.model(img), img.clamp(0, 1))"),
    ),
    plain(
        "no reduction",
        "loss-not-scalar",
        loss_is('loss = F.mse_loss(self.model(img), img, reduction="none")'),
    ),
    plain(
        "encoder alone is used",
        "compared-shapes-differ",
        loss_is("loss = F.mse_loss(self.model.encoder(img), img)"),
    ),
    plain(
        "image compared with image",
        "detached-loss",
        loss_is("self.model(img)", "loss = F.mse_loss(img, img)"),
    ),
    plain("loss left out", "left-in-place", loss_is("loss = ..."), update_is("pass")),
    plain("image flattened", "image-reshaped", loss_is("img = img.flatten(1)", LOSS)),
    plain(
        "a model of its own",
        "model-not-used",
        loss_is("model = Autoencoder(3, 9)", "loss = F.mse_loss(model(img), img)"),
    ),
    plain(
        "noise on the input",
        "input-changed",
        loss_is("loss = F.mse_loss(self.model(img + 0.1 * torch.randn_like(img)), img)"),
    ),
    plain("img clamped", "input-changed", loss_is("img = img.clamp(0, 1)", LOSS)),
    plain("img normalised again", "input-changed", loss_is("img = (img - 0.1307) / 0.3081", LOSS)),
    plain("half of the batch", "batch-cut", loss_is("img = img[: len(img) // 2 + 1]", LOSS)),
)

STEPS = (
    plain("gradients never zeroed", "gradients-never-zeroed", update_is(BACKWARD, STEP)),
    plain("zeroed between backward and step", "zeroed-before-step", update_is(BACKWARD, ZERO, STEP)),
    plain(
        "model zeroed between backward and step",
        "zeroed-before-step",
        update_is(BACKWARD, "self.model.zero_grad()", STEP),
    ),
    plain("step before backward", "step-before-backward", update_is(STEP, BACKWARD, ZERO)),
    plain("zero, step, backward", "step-before-backward", update_is(ZERO, STEP, BACKWARD)),
    plain("no step", "optimiser-never-steps", update_is(BACKWARD, ZERO)),
    plain("no backward", "no-backward", update_is(STEP, ZERO)),
    plain("neither backward nor step", "no-backward", update_is("pass")),
    plain(
        "brackets forgotten at step",
        "optimiser-never-steps",
        update_is(BACKWARD, "self.optimizer.step", ZERO),
    ),
    plain(
        "brackets forgotten at zero_grad",
        "gradients-never-zeroed",
        update_is(BACKWARD, STEP, "self.optimizer.zero_grad"),
    ),
    plain("brackets forgotten at backward", "no-backward", update_is("loss.backward", STEP, ZERO)),
    plain("step twice", "steps-twice", update_is(BACKWARD, STEP, STEP, ZERO)),
    plain("backward twice", "backward-twice", update_is(BACKWARD, BACKWARD, STEP, ZERO)),
    plain(
        "zeroed at the last step of four only",
        "gradients-never-zeroed",
        update_is(BACKWARD, STEP, "if self.step % 4 == 3:", f"    {ZERO}"),
    ),
    plain(
        "optimiser made anew in each step",
        "optimiser-anew",
        update_is(
            "optimizer = torch.optim.Adam(self.model.parameters(), lr=self.args.lr, betas=self.args.betas)",
            BACKWARD,
            "optimizer.step()",
            "optimizer.zero_grad()",
        ),
    ),
    plain(
        "SGD in the step",
        "wrong-optimiser",
        update_is(
            BACKWARD,
            "with torch.no_grad():",
            "    for parameter in self.model.parameters():",
            "        parameter -= self.args.lr * parameter.grad",
            ZERO,
        ),
    ),
    plain("loss detached", "detached-loss", loss_is("loss = F.mse_loss(self.model(img).detach(), img)")),
    plain("loss detached at the end", "detached-loss", loss_is(LOSS + ".detach()")),
    plain("item before backward", "loss-is-number", loss_is(LOSS + ".item()")),
    plain("loss made anew", "detached-loss", loss_is(LOSS, "loss = torch.tensor(loss.item())")),
    plain(
        "no_grad around the model",
        "detached-loss",
        loss_is("with torch.no_grad():", f"    {LOSS}"),
    ),
    plain(
        "eval and no_grad",
        "detached-loss",
        loss_is(
            "self.model.eval()",
            "with torch.no_grad():",
            "    out = self.model(img)",
            "loss = F.mse_loss(out, img)",
        ),
    ),
    plain(
        "encoding without gradients",
        "detached-loss",
        loss_is(
            "with torch.no_grad():",
            "    code = self.model.encoder(img)",
            "loss = F.mse_loss(self.model.decoder(code), img)",
        ),
    ),
    plain(
        "gradients clipped",
        "gradients-clipped",
        (STEP, lines("torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)", STEP)),
    ),
    plain("returns a number", "returns-number", (RETURN, "return loss.item()")),
    plain("returns nothing", "returns-none", (RETURN, "")),
    plain("return without a value", "returns-none", (RETURN, "return")),
    plain(
        "returns a tuple",
        "returns-other",
        loss_is("out = self.model(img)", "loss = F.mse_loss(out, img)"),
        (RETURN, "return loss, out"),
    ),
    plain("returns the reconstruction", "loss-not-scalar", (RETURN, "return self.model(img)")),
    plain(
        "returns the sum of all losses",
        "running-loss",
        (RETURN, lines('self.total = getattr(self, "total", 0) + loss.detach()', "return self.total")),
    ),
    plain(
        "training_step without img",
        "wrong-signature",
        ("def training_step(self, img: Tensor)", "def training_step(self)"),
    ),
    plain(
        "training_step with a label",
        "wrong-signature",
        ("def training_step(self, img: Tensor)", "def training_step(self, img, label)"),
    ),
    plain(
        "self forgotten",
        "wrong-signature",
        ("def training_step(self, img: Tensor)", "def training_step(img)"),
    ),
    plain("a typo in a name", "unknown-name", loss_is("loss = F.mse_loss(self.model(imgs), img)")),
    plain(
        "optimiser spelt otherwise", "missing-attribute", update_is(BACKWARD, "self.optimiser.step()", ZERO)
    ),
    plain("zero_grad on the loss", "wrong-zero-grad", update_is("loss.zero_grad()", BACKWARD, STEP)),
    plain(
        "never zeroed, and a fixed learning rate",
        "gradients-never-zeroed+lr-ignored",
        update_is(BACKWARD, "self.tuned.step()"),
        (
            ADAM,
            lines("self.tuned = torch.optim.Adam(self.model.parameters(), lr=1e-3, betas=args.betas)", ADAM),
        ),
    ),
)

CONSTRUCTORS = (
    plain(
        "SGD for Adam",
        "wrong-optimiser",
        (ADAM, "self.optimizer = torch.optim.SGD(self.model.parameters(), lr=args.lr)"),
    ),
    plain(
        "RMSprop for Adam",
        "wrong-optimiser",
        (ADAM, "self.optimizer = torch.optim.RMSprop(self.model.parameters(), lr=args.lr)"),
    ),
    plain(
        "AdamW for Adam",
        "weight-decay",
        (ADAM, "self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=args.lr, betas=args.betas)"),
    ),
    plain(
        "learning rate fixed",
        "lr-ignored",
        (ADAM, "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, betas=args.betas)"),
    ),
    plain(
        "learning rate fixed at an odd value",
        "lr-ignored",
        (ADAM, "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=3e-4, betas=args.betas)"),
    ),
    plain(
        "betas forgotten",
        "betas-ignored",
        (ADAM, "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr)"),
    ),
    plain(
        "betas and learning rate forgotten",
        "lr-ignored+betas-ignored",
        (ADAM, "self.optimizer = torch.optim.Adam(self.model.parameters())"),
    ),
    plain(
        "weight decay",
        "weight-decay",
        (
            ADAM,
            "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas, weight_decay=1e-5)",
        ),
    ),
    plain(
        "only the encoder is optimised",
        "optimiser-partial",
        (ADAM, ADAM.replace("self.model.parameters", "self.model.encoder.parameters")),
    ),
    plain(
        "only the decoder is optimised",
        "optimiser-partial",
        (ADAM, ADAM.replace("self.model.parameters", "self.model.decoder.parameters")),
    ),
    plain(
        "another model is optimised",
        "optimiser-partial",
        (
            ADAM,
            ADAM.replace(
                "self.model.parameters()",
                "Autoencoder(args.latent_dim_size, args.hidden_dim_size).parameters()",
            ),
        ),
    ),
    plain("sizes hard-coded", "sizes-ignored", (MODEL, "self.model = Autoencoder(5, 128)")),
    plain(
        "sizes swapped",
        "sizes-ignored",
        (MODEL, "self.model = self.model_class(args.hidden_dim_size, args.latent_dim_size)"),
    ),
    plain(
        "batch size hard-coded",
        "batch-size-ignored",
        (LOADER, "self.trainloader = DataLoader(self.trainset, batch_size=512, shuffle=True)"),
    ),
    plain(
        "no batch size",
        "batch-size-ignored",
        (LOADER, "self.trainloader = DataLoader(self.trainset, shuffle=True)"),
    ),
    plain(
        "drop_last",
        "last-batch-dropped",
        (LOADER, LOADER.replace("shuffle=True", "shuffle=True, drop_last=True")),
    ),
    plain(
        "no model",
        "missing-attribute",
        (MODEL, "model = self.model_class(args.latent_dim_size, args.hidden_dim_size)"),
        ("self.model.to(self.device, memory_format=torch.channels_last)", ""),
        (ADAM, ADAM.replace("self.model", "model")),
    ),
)

LOOPS = (
    plain("counts images", "counts-images", (COUNT, "self.step += img.shape[0]")),
    plain("counts by batch_size", "counts-images", (COUNT, "self.step += self.args.batch_size")),
    plain(
        "step not reset",
        "step-not-reset",
        (
            RESET,
            "if self.args.use_wandb: import wandb wandb.init(".replace(": ", ":\n            ", 1).replace(
                "wandb wandb", "wandb\n            wandb"
            ),
        ),
    ),
    plain("step not counted", "step-not-counted", (COUNT, "")),
    plain("step counted without self", "unknown-name", (COUNT, "step += 1")),
    plain(
        "step counted in another variable",
        "step-not-counted",
        (EPOCHS, lines("step = 0", EPOCHS)),
        (COUNT, "step += 1"),
    ),
    plain(
        "counts epochs",
        "counts-epochs",
        (BAR, lines(COUNT, BAR, indent=12)),
        (f"{TRAIN_STEP} {COUNT}", TRAIN_STEP),
    ),
    plain("counted in both places", "counts-twice", (RETURN + "\n", lines(COUNT, RETURN) + "\n")),
    plain("reset in each epoch", "step-reset-each-epoch", (BAR, lines("self.step = 0", BAR, indent=12))),
    plain(
        "index of the batch for the step",
        "index-for-count",
        (BATCH, "for self.step, (img, _label) in enumerate(progress_bar):"),
        (COUNT, ""),
    ),
    plain(
        "counter set at the end",
        "counts-late",
        (COUNT, ""),
        (
            FINISH,
            lines(
                "self.step = self.args.epochs * len(self.trainloader)",
                "if self.args.use_wandb:",
                "    wandb.finish()",
            ),
        ),
    ),
    plain("log_samples never", "log-samples-never", (f"{WHEN} {LOG_SAMPLES}", "")),
    plain("log_samples every step", "log-samples-every-step", (f"{WHEN} {LOG_SAMPLES}", LOG_SAMPLES)),
    plain("log_samples at every 250th step", "log-samples-never", (WHEN, "if self.step % 250 == 0:")),
    plain(
        "log_samples before the count",
        "log-samples-before-count",
        (
            f"{COUNT} {POSTFIX} {WHEN} {LOG_SAMPLES}",
            lines(POSTFIX, WHEN, f"    {LOG_SAMPLES}", COUNT, indent=16),
        ),
    ),
    plain(
        "log_samples once an epoch",
        "log-samples-per-epoch",
        (f"{WHEN} {LOG_SAMPLES}", ""),
        (FINISH, "    self.log_samples()\n        if self.args.use_wandb:\n            wandb.finish()"),
    ),
    plain(
        "log_samples inverted", "log-samples-inverted", (WHEN, "if self.step % self.args.log_every_n_steps:")
    ),
    plain(
        "log_samples at the remainder 1",
        "log-samples-inverted",
        (WHEN, "if self.step % self.args.log_every_n_steps == 1:"),
    ),
    plain(
        "log_samples with // for %",
        "log-samples-divides",
        (WHEN, "if self.step // self.args.log_every_n_steps == 0:"),
    ),
    plain(
        "log_samples by equality", "log-samples-once", (WHEN, "if self.step == self.args.log_every_n_steps:")
    ),
    plain(
        "log_samples beyond the n-th",
        "log-samples-after-n",
        (WHEN, "if self.step > self.args.log_every_n_steps:"),
    ),
    plain(
        "log_samples by the batch's index",
        "log-samples-by-batch",
        (BATCH, "for index, (img, _label) in enumerate(progress_bar):"),
        (WHEN, "if index % self.args.log_every_n_steps == 0:"),
    ),
    plain(
        "log_samples once at the end",
        "log-samples-once",
        (f"{WHEN} {LOG_SAMPLES}", ""),
        (RETURN_MODEL, lines(LOG_SAMPLES, RETURN_MODEL)),
    ),
    plain(
        "log_samples in both places",
        "log-samples-twice",
        (
            RETURN + "\n",
            lines(
                "if (self.step + 1) % self.args.log_every_n_steps == 0:",
                "    self.step += 1",
                "    self.log_samples()",
                "    self.step -= 1",
                RETURN,
            )
            + "\n",
        ),
    ),
    plain("one epoch only", "one-epoch-only", (EPOCHS, "for epoch in range(1):")),
    plain(
        "return inside the loop over epochs",
        "one-epoch-only",
        (
            f"{FINISH} {RETURN_MODEL}",
            "    if self.args.use_wandb:\n                wandb.finish()\n            return self.model",
        ),
    ),
    plain(
        "return inside the inner loop",
        "returns-too-soon",
        (
            f"{FINISH} {RETURN_MODEL}",
            "        if self.args.use_wandb:\n                    wandb.finish()\n                return self.model",
        ),
    ),
    plain(
        "break after the first batch",
        "one-batch-an-epoch",
        (f"{WHEN} {LOG_SAMPLES}", lines(WHEN, f"    {LOG_SAMPLES}", "break", indent=16)),
    ),
    plain(
        "training step outside the inner loop",
        "last-batch-an-epoch",
        (
            f"{TRAIN_STEP} {COUNT} {POSTFIX} {WHEN} {LOG_SAMPLES}",
            "pass\n            " + lines(TRAIN_STEP, COUNT, WHEN, f"    {LOG_SAMPLES}", indent=12),
        ),
    ),
    plain(
        "last batch left out by islice",
        "last-batch-dropped",
        (
            BATCH,
            "for img, _label in __import__('itertools').islice(progress_bar, len(self.trainset) // self.args.batch_size):",
        ),
    ),
    plain("one epoch too few", "one-epoch-too-few", (EPOCHS, "for epoch in range(1, self.args.epochs):")),
    plain("one epoch too many", "one-epoch-too-many", (EPOCHS, "for epoch in range(self.args.epochs + 1):")),
    plain("ten epochs", "epochs-fixed", (EPOCHS, "for epoch in range(10):")),
    plain("epochs without range", "range-forgotten", (EPOCHS, "for epoch in self.args.epochs:")),
    plain(
        "training step called twice",
        "each-batch-twice",
        (TRAIN_STEP, lines("self.training_step(img.to(self.device))", TRAIN_STEP, indent=16)),
    ),
    plain("no training step", "no-training-step", (TRAIN_STEP, "loss = F.mse_loss(img, img)")),
    plain(
        "the model runs and nothing trains",
        "no-training-step",
        (TRAIN_STEP, "loss = F.mse_loss(self.model(img), img)"),
    ),
    plain(
        "the same batch each time",
        "same-batch-again",
        (LOADER, LOADER.replace("shuffle=True", "shuffle=False")),
        (BATCH, "for _ in progress_bar:"),
        (TRAIN_STEP, lines("img, _label = next(iter(self.trainloader))", TRAIN_STEP, indent=16)),
    ),
    plain(
        "the label goes to the model",
        "labels-for-images",
        (TRAIN_STEP, "loss = self.training_step(_label.to(self.device))"),
    ),
    plain("image and label swapped", "labels-for-images", (BATCH, "for _label, img in progress_bar:")),
    plain("img is not unpacked", "tuple-for-tensor", (BATCH, "for img in progress_bar:")),
    plain(
        "loops over the data set",
        "loops-over-trainset",
        (BAR, BAR.replace("self.trainloader", "self.trainset")),
    ),
    plain(
        "the label goes to training_step too",
        "wrong-signature",
        (TRAIN_STEP, "loss = self.training_step(img.to(self.device), _label)"),
    ),
    plain("train with an argument", "wrong-signature", ("def train(self)", "def train(self, epochs)")),
    plain(
        "images changed on their way",
        "input-changed",
        (TRAIN_STEP, "loss = self.training_step(img.to(self.device) / 255)"),
    ),
    plain(
        "model made anew in train",
        "model-replaced",
        (
            EPOCHS,
            lines("self.model = Autoencoder(self.args.latent_dim_size, self.args.hidden_dim_size)", EPOCHS),
        ),
    ),
    plain(
        "optimiser steps in train too",
        "steps-in-train",
        (COUNT, lines(COUNT, STEP, indent=16)),
        update_is(ZERO, BACKWARD, STEP),
    ),
    plain(
        "optimiser steps in train too, to no effect", "steps-in-train", (COUNT, lines(COUNT, STEP, indent=16))
    ),
    plain(
        "optimiser made anew in each epoch",
        "optimiser-anew",
        (
            BAR,
            lines(
                "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.args.lr, betas=self.args.betas)",
                BAR,
                indent=12,
            ),
        ),
    ),
    plain(
        "a schedule in train",
        "loop-changes-weights",
        (EPOCHS, lines("schedule = torch.optim.lr_scheduler.ExponentialLR(self.optimizer, 0.5)", EPOCHS)),
        (BAR, lines("schedule.step()", BAR, indent=12)),
    ),
    plain(
        "weights reset in each epoch",
        "loop-changes-weights",
        (
            EPOCHS,
            lines("start = {name: value.clone() for name, value in self.model.state_dict().items()}", EPOCHS),
        ),
        (BAR, lines("self.model.load_state_dict(start)", BAR, indent=12)),
    ),
    plain("model not returned", "returns-no-model", (RETURN_MODEL, "")),
    plain("returns the loss", "returns-no-model", (RETURN_MODEL, "return loss")),
    plain("returns the trainer", "returns-no-model", (RETURN_MODEL, "return self")),
    plain("returns the weights", "returns-no-model", (RETURN_MODEL, "return self.model.state_dict()")),
    plain("endless loop", "takes-too-long", (EPOCHS, lines("epoch = 0", "while epoch < self.args.epochs:"))),
)

WANDB = (
    plain(
        "W&B logs although off",
        "wandb-although-off",
        (
            "if self.args.use_wandb: import wandb wandb.log(",
            "import wandb\n\n        if True:\n            wandb.log(",
        ),
    ),
    plain(
        "W&B starts although off",
        "wandb-although-off",
        (
            "if self.args.use_wandb: import wandb wandb.init(",
            "import wandb\n        if True:\n            wandb.init(",
        ),
    ),
    plain(
        "W&B finishes although off",
        "wandb-although-off",
        (
            RESET,
            "self.step = 0\n        import wandb\n        if self.args.use_wandb:\n            wandb.init(",
        ),
        (FINISH, "wandb.finish()"),
    ),
    plain("W&B: no import in train", "unknown-name", ("import wandb wandb.init(", "wandb.init(")),
    plain("W&B: no init", "wandb-no-init", (INIT, "")),
    plain("W&B: no watch", "wandb-no-watch", (WATCH, "")),
    plain("W&B: no finish", "wandb-no-finish", (FINISH, "")),
    plain(
        "W&B: loss not logged",
        "wandb-not-logged",
        ('wandb.log({"loss": loss.item()}, step=self.step)', "pass"),
    ),
    plain("W&B: wrong key", "wandb-wrong-key", ('{"loss"', '{"train_loss"')),
    plain(
        "W&B: logged at every fifth step",
        "wandb-not-each-step",
        (
            IS_ON_IN_STEP,
            "if self.args.use_wandb and self.step % 5 == 0:\n            import wandb\n\n            wandb.log(",
        ),
    ),
    plain("W&B: project not handed over", "wandb-project", (INIT, "wandb.init(name=self.args.wandb_name)")),
    plain(
        "W&B: project as the first argument", "wandb-project", (INIT, "wandb.init(self.args.wandb_project)")
    ),
    plain("W&B: another project", "wandb-project", (INIT, 'wandb.init(project="autoencoder")')),
    plain("W&B: watch before init", "wandb-before-init", (f"{INIT} {WATCH}", lines(WATCH, INIT, indent=12))),
    plain("W&B: watches the trainer", "wandb-watches-other", (WATCH, "wandb.watch(self)")),
    plain(
        "W&B: finish after the first epoch",
        "wandb-after-finish",
        (FINISH, "    if self.args.use_wandb:\n                wandb.finish()"),
    ),
    plain(
        "W&B: init in each epoch",
        "wandb-init-repeated",
        (
            BAR,
            lines(
                "if self.args.use_wandb:", "    wandb.init(project=self.args.wandb_project)", BAR, indent=12
            ),
        ),
    ),
    plain(
        "W&B: the epoch as the step",
        "wandb-step-repeats",
        ("step=self.step) return", "step=self.step // 5) return".replace(") return", ")\n        return")),
    ),
    plain(
        "W&B: the batch's index as the step",
        "wandb-step-back",
        ("step=self.step) return", "step=self.step % 5)\n        return"),
    ),
    plain(
        "W&B: the tensor of all errors",
        "wandb-wrong-number",
        ('"loss": loss.item()', '"loss": (self.model(img) - img) ** 2'),
    ),
    plain(
        "W&B: the loss of the step after",
        "wandb-wrong-number",
        ('"loss": loss.item()', '"loss": F.mse_loss(self.model(img), img).item() ** 0.5'),
    ),
)

REC, KL = (
    "reconstruction_loss = F.mse_loss(reconstruction, img)",
    "kl_div_loss = ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()",
)
TOTAL, FORWARD = (
    "total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss",
    "reconstruction, mu, logsigma = self.model(img)",
)
VAE_UPDATE = f"total_loss.backward() {STEP} {ZERO}"


def kl_is(formula: str) -> Change:
    return (KL, f"kl_div_loss = {formula}")


def total_is(formula: str) -> Change:
    return (TOTAL, f"total_loss = {formula}")


VAE_LOSSES = (
    vae("KL summed", "kl-summed", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum()")),
    vae(
        "KL summed over latents",
        "kl-summed-over-latents",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum(dim=1).mean()"),
    ),
    vae(
        "KL summed over the batch",
        "kl-summed-over-batch",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum(dim=0).mean()"),
    ),
    vae("KL not reduced", "loss-not-scalar", kl_is("(torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma")),
    vae("KL sign", "kl-sign", kl_is("0.5 * (1 + 2 * logsigma - mu**2 - torch.exp(2 * logsigma)).mean()")),
    vae(
        "KL for a log variance",
        "logvar-formula",
        kl_is("-0.5 * torch.mean(1 + logsigma - mu.pow(2) - logsigma.exp())"),
    ),
    vae(
        "KL for a log variance, summed",
        "logvar-formula+kl-summed",
        kl_is("-0.5 * torch.sum(1 + logsigma - mu.pow(2) - logsigma.exp())"),
    ),
    vae(
        "KL for a log variance, minus lost",
        "logvar-formula",
        kl_is("0.5 * torch.mean(1 + logsigma - mu.pow(2) - logsigma.exp())"),
    ),
    vae(
        "sigma for its square",
        "sigma-for-variance",
        kl_is("((torch.exp(logsigma) + mu**2 - 1) / 2 - logsigma).mean()"),
    ),
    vae(
        "exp of the square",
        "exp-of-square",
        kl_is("((torch.exp(logsigma**2) + mu**2 - 1) / 2 - logsigma).mean()"),
    ),
    vae("exp forgotten", "exp-forgotten", kl_is("((logsigma**2 + mu**2 - 1) / 2 - logsigma).mean()")),
    vae(
        "logsigma taken for sigma",
        "logsigma-taken-for-sigma",
        kl_is("((logsigma**2 + mu**2 - 1) / 2 - logsigma.log()).mean()"),
    ),
    vae(
        "sigma subtracted",
        "exp-for-log",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma.exp()).mean()"),
    ),
    vae(
        "half forgotten", "kl-without-half", kl_is("(torch.exp(2 * logsigma) + mu**2 - 1 - logsigma).mean()")
    ),
    vae(
        "half forgotten everywhere",
        "kl-without-half",
        kl_is("(torch.exp(2 * logsigma) + mu**2 - 1 - 2 * logsigma).mean()"),
    ),
    vae(
        "half on log sigma too",
        "brackets",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1 - logsigma) / 2).mean()"),
    ),
    vae(
        "brackets forgotten", "brackets", kl_is("(torch.exp(2 * logsigma) + mu**2 - 1 / 2 - logsigma).mean()")
    ),
    vae(
        "one outside the brackets",
        "brackets",
        kl_is("((torch.exp(2 * logsigma) + mu**2) / 2 - 1 - logsigma).mean()"),
    ),
    vae(
        "mu not squared",
        "mu-not-squared",
        kl_is("((torch.exp(2 * logsigma) + mu - 1) / 2 - logsigma).mean()"),
    ),
    vae("mu forgotten", "mu-missing", kl_is("((torch.exp(2 * logsigma) - 1) / 2 - logsigma).mean()")),
    vae(
        "log sigma forgotten", "logsigma-missing", kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2).mean()")
    ),
    vae(
        "log sigma added",
        "logsigma-sign",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 + logsigma).mean()"),
    ),
    vae("one forgotten", "one-missing", kl_is("((torch.exp(2 * logsigma) + mu**2) / 2 - logsigma).mean()")),
    vae(
        "mu and logsigma swapped",
        "mean-and-logsigma-swapped",
        (FORWARD, "reconstruction, logsigma, mu = self.model(img)"),
    ),
    vae(
        "the KL the other way round",
        "reverse-kl",
        kl_is("((1 + mu**2) / (2 * torch.exp(2 * logsigma)) - 0.5 + logsigma).mean()"),
    ),
    vae("a penalty for the KL", "penalty-for-kl", kl_is("(mu**2 + logsigma**2).mean()")),
    vae(
        "summed sigma and KL sign",
        "kl-sign+kl-summed",
        kl_is("0.5 * torch.sum(1 + 2 * logsigma - mu**2 - torch.exp(2 * logsigma))"),
    ),
    vae("beta ignored", "beta-ignored", total_is("reconstruction_loss + kl_div_loss")),
    vae("beta fixed", "beta-fixed", total_is("reconstruction_loss + 0.1 * kl_div_loss")),
    vae(
        "beta fixed and KL summed",
        "beta-fixed+kl-summed",
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum()"),
        total_is("reconstruction_loss + 0.1 * kl_div_loss"),
    ),
    vae(
        "beta on the reconstruction",
        "beta-on-wrong-term",
        total_is("self.args.beta_kl * reconstruction_loss + kl_div_loss"),
    ),
    vae("beta on both", "beta-on-both", total_is("self.args.beta_kl * (reconstruction_loss + kl_div_loss)")),
    vae(
        "beta and its complement",
        "beta-complement",
        total_is("(1 - self.args.beta_kl) * reconstruction_loss + self.args.beta_kl * kl_div_loss"),
    ),
    vae(
        "beta twice",
        "beta-twice",
        kl_is("self.args.beta_kl * ((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).mean()"),
    ),
    vae("beta divides", "beta-divides", total_is("reconstruction_loss + kl_div_loss / self.args.beta_kl")),
    vae("KL subtracted", "kl-sign", total_is("reconstruction_loss - self.args.beta_kl * kl_div_loss")),
    vae("KL left out", "kl-missing", total_is("reconstruction_loss")),
    vae("reconstruction left out", "reconstruction-missing", total_is("self.args.beta_kl * kl_div_loss")),
    vae(
        "backward on the reconstruction alone",
        "kl-missing",
        (VAE_UPDATE, lines("reconstruction_loss.backward()", STEP, ZERO)),
    ),
    vae(
        "backward on both without beta",
        "beta-ignored",
        (VAE_UPDATE, lines("(reconstruction_loss + kl_div_loss).backward()", STEP, ZERO)),
    ),
    vae(
        "squared errors summed",
        "mse-summed",
        (REC, 'reconstruction_loss = F.mse_loss(reconstruction, img, reduction="sum")'),
    ),
    vae(
        "both terms summed",
        "kl-summed+mse-summed",
        (REC, 'reconstruction_loss = F.mse_loss(reconstruction, img, reduction="sum")'),
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum()"),
    ),
    vae(
        "both terms summed per image",
        "kl-summed-over-latents+mse-summed-per-image",
        (REC, "reconstruction_loss = ((reconstruction - img) ** 2).sum((1, 2, 3)).mean()"),
        kl_is("((torch.exp(2 * logsigma) + mu**2 - 1) / 2 - logsigma).sum(1).mean()"),
    ),
    vae(
        "cross-entropy",
        "cross-entropy",
        (REC, "reconstruction_loss = F.binary_cross_entropy_with_logits(reconstruction, img)"),
    ),
    vae(
        "the mean is decoded",
        "no-noise",
        (FORWARD, lines("mu, logsigma = self.model.encoder(img)", "reconstruction = self.model.decoder(mu)")),
    ),
    vae(
        "the mean is decoded beside a sample",
        "no-noise",
        (FORWARD, lines(FORWARD, "reconstruction = self.model.decoder(mu)")),
    ),
    vae(
        "exp forgotten in a sampling of its own",
        "exp-forgotten",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + logsigma * torch.randn_like(mu))",
            ),
        ),
    ),
    vae(
        "log variance in a sampling of its own",
        "logvar",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + torch.exp(logsigma / 2) * torch.randn_like(mu))",
            ),
        ),
    ),
    vae(
        "log variance everywhere",
        "logvar+logvar-formula",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + torch.exp(logsigma / 2) * torch.randn_like(mu))",
            ),
        ),
        kl_is("-0.5 * (1 + logsigma - mu**2 - logsigma.exp()).mean()"),
    ),
    vae(
        "uniform noise",
        "uniform-noise",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + torch.exp(logsigma) * torch.rand_like(mu))",
            ),
        ),
    ),
    vae(
        "noise shared",
        "noise-shared-across-batch",
        (
            FORWARD,
            lines(
                "mu, logsigma = self.model.encoder(img)",
                "reconstruction = self.model.decoder(mu + torch.exp(logsigma) * torch.randn(mu.shape[1]))",
            ),
        ),
    ),
    vae(
        "the decoder is not used",
        "decoder-not-used",
        (
            FORWARD,
            lines(
                "reconstruction, mu, logsigma = self.model.sample_latent_vector(img)",
                "reconstruction = reconstruction.mean() + 0 * img",
            ),
        ),
    ),
    vae(
        "outputs not unpacked",
        "tuple-for-tensor",
        (FORWARD, "mu = logsigma = reconstruction = self.model(img)"),
    ),
    vae(
        "two outputs for three",
        "tuple-for-tensor",
        (FORWARD, lines("reconstruction, mu = self.model(img)", "logsigma = mu")),
    ),
    vae(
        "reconstruction detached",
        "detached-loss",
        (REC, "reconstruction_loss = F.mse_loss(reconstruction.detach(), img)"),
    ),
    vae(
        "KL on detached mu",
        "detached-loss",
        kl_is("((torch.exp(2 * logsigma) + mu.detach()**2 - 1) / 2 - logsigma).mean()"),
    ),
    vae(
        "KL detached",
        "kl-missing",
        (TOTAL, "total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss.detach()"),
    ),
    vae(
        "KL as a number",
        "kl-missing",
        (TOTAL, "total_loss = reconstruction_loss + self.args.beta_kl * kl_div_loss.item()"),
    ),
    vae(
        "gradients never zeroed", "gradients-never-zeroed", (VAE_UPDATE, lines("total_loss.backward()", STEP))
    ),
    vae(
        "step before backward",
        "step-before-backward",
        (VAE_UPDATE, lines(STEP, "total_loss.backward()", ZERO)),
    ),
    vae(
        "zeroed before the step",
        "zeroed-before-step",
        (VAE_UPDATE, lines("total_loss.backward()", ZERO, STEP)),
    ),
    vae(
        "two backwards without retain_graph",
        "backward-twice",
        (VAE_UPDATE, lines("reconstruction_loss.backward()", "total_loss.backward()", STEP, ZERO)),
    ),
    vae(
        "returns both parts",
        "returns-other",
        ("return total_loss", "return reconstruction_loss, kl_div_loss"),
    ),
    vae("returns a number", "returns-number", ("return total_loss", "return total_loss.item()")),
    vae("the model is an autoencoder", "wrong-model", ("model_class: type[nn.Module] = VAE", "")),
    vae(
        "beta under another name",
        "unknown-arg",
        total_is("reconstruction_loss + self.args.beta * kl_div_loss"),
    ),
    vae(
        "super init forgotten",
        "missing-attribute",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def __init__(self, args):\n        self.args = args\n        self.step = 0\n",
        ),
    ),
    vae(
        "model made after the optimiser",
        "optimiser-partial",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def __init__(self, args):\n        super().__init__(args)\n        self.model = VAE(args.latent_dim_size, args.hidden_dim_size)\n",
        ),
    ),
    vae(
        "train of its own that counts images",
        "counts-images",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def train(self):\n        self.step = 0\n        for _ in range(self.args.epochs):\n            for img, _ in self.trainloader:\n                self.training_step(img)\n                self.step += len(img)\n        return self.model\n",
        ),
    ),
    vae(
        "train of its own without W&B",
        "wandb-no-init",
        (
            "args: VAEArgs",
            "args: VAEArgs\n\n    def train(self):\n        self.step = 0\n        for _ in range(self.args.epochs):\n            for img, _ in self.trainloader:\n                self.training_step(img)\n                self.step += 1\n                if self.step % self.args.log_every_n_steps == 0:\n                    self.log_samples()\n        return self.model\n",
        ),
    ),
    vae("W&B although off", "wandb-although-off", ("if self.args.use_wandb:", "if True:")),
    vae(
        "W&B: only the total",
        "wandb-wrong-key",
        (
            "wandb.log({name: value.item() for name, value in logged.items()}, step=self.step)",
            'wandb.log({"total_loss": total_loss}, step=self.step)',
        ),
    ),
    vae("W&B: key with dashes", "wandb-wrong-key", ('"reconstruction_loss":', '"reconstruction-loss":')),
    vae("W&B: log sigma as std", "wandb-wrong-number", ("logsigma.exp().mean()", "logsigma.mean()")),
    vae(
        "W&B: exp of the mean as std",
        "wandb-wrong-number",
        ("logsigma.exp().mean()", "logsigma.mean().exp()"),
    ),
    vae("W&B: spread of mu as std", "wandb-wrong-number", ("logsigma.exp().mean()", "mu.std()")),
    vae(
        "W&B: all of mu as mean",
        "wandb-wrong-number",
        ('"mean": mu.mean()', '"mean": mu'),
        ("value.item()", "value"),
    ),
    vae(
        "W&B: terms swapped",
        "wandb-wrong-number",
        (
            '"reconstruction_loss": reconstruction_loss, "kl_div_loss": kl_div_loss,',
            '"reconstruction_loss": kl_div_loss, "kl_div_loss": reconstruction_loss,',
        ),
    ),
    vae(
        "W&B: the reconstruction as total",
        "wandb-wrong-number",
        ('"total_loss": total_loss', '"total_loss": reconstruction_loss'),
    ),
    vae(
        "W&B: parts logged without a common step",
        "wandb-step-repeats",
        (
            "wandb.log({name: value.item() for name, value in logged.items()}, step=self.step)",
            "for name, value in logged.items():\n                wandb.log({name: value.item()})",
        ),
    ),
)

WRONG = (*LOSSES, *STEPS, *CONSTRUCTORS, *LOOPS, *WANDB, *VAE_LOSSES)
