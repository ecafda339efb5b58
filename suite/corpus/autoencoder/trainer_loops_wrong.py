"""Trainers whose `train`, or what they tell W&B, is not right."""

from functools import partial

from suite.corpus import Wrong
from suite.corpus.trainer_parts import (
    BACKWARD,
    BAR_CLOSED,
    BATCH,
    COUNT,
    EPOCHS,
    FINISH,
    INIT,
    IS_ON_IN_STEP,
    LOADER,
    LOG,
    LOG_SAMPLES,
    LOSS,
    NO_WANDB,
    POSTFIX,
    RESET,
    RETURN,
    RETURN_MODEL,
    STEP,
    TRAIN_STEP,
    WATCH,
    WHEN,
    ZERO,
    lines,
    update_is,
)

plain = partial(Wrong, "autoencoder_trainer")

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
        "counts epochs", "counts-epochs", (BATCH, lines(COUNT, BATCH, indent=12)), (f"{TRAIN_STEP} {COUNT}", TRAIN_STEP)
    ),
    plain("counted in both places", "counts-twice", (RETURN + "\n", lines(COUNT, RETURN) + "\n")),
    plain("reset in each epoch", "step-reset-each-epoch", (BATCH, lines("self.step = 0", BATCH, indent=12))),
    plain(
        "index of the batch for the step",
        "index-for-count",
        (BATCH, "for self.step, (img, _label) in enumerate(self.trainloader):"),
        (COUNT, ""),
    ),
    plain(
        "counter set at the end",
        "counts-late",
        (COUNT, ""),
        (
            FINISH,
            lines(
                "self.step = self.args.epochs * len(self.trainloader)", "if self.args.use_wandb:", "    wandb.finish()"
            ),
        ),
    ),
    plain("counter back to 0 at the end", "step-not-counted", (RETURN_MODEL, lines("self.step = 0", RETURN_MODEL))),
    plain(
        "counter grows at the samples",
        "counts-late",
        (
            f"{COUNT} {POSTFIX} {WHEN} {LOG_SAMPLES}",
            lines(
                "self.seen = getattr(self, 'seen', 0) + 1",
                "if self.seen % self.args.log_every_n_steps == 0:",
                "    self.step += self.args.log_every_n_steps",
                "    self.log_samples()",
                indent=16,
            ),
        ),
        (FINISH, lines("self.step = self.seen", "if self.args.use_wandb:", "    wandb.finish()")),
    ),
    plain("images not moved", "images-not-moved", (TRAIN_STEP, "loss = self.training_step(img)")),
    plain(
        "moved and thrown away in training_step",
        "moved-and-thrown-away",
        (TRAIN_STEP, "loss = self.training_step(img)"),
        (LOSS, lines("img.to(self.device)", LOSS)),
    ),
    plain(
        "moved, and the images of the loader handed on",
        "moved-and-thrown-away",
        (TRAIN_STEP, lines("images = img.to(device=self.device)", "loss = self.training_step(img)", indent=16)),
    ),
    plain(
        "stops where an epoch is no better",
        "stops-early",
        (EPOCHS, lines("best = float('inf')", EPOCHS, "    total = 0.0")),
        (TRAIN_STEP, lines(TRAIN_STEP, "total += loss.item()", indent=16)),
        (BAR_CLOSED, lines("    if total >= best:", "        break", "    best = total", BAR_CLOSED)),
    ),
    plain(
        "stops where one loss is larger than the one before",
        "stops-early",
        (EPOCHS, lines("before = float('inf')", EPOCHS)),
        (
            TRAIN_STEP,
            lines(TRAIN_STEP, "if loss > before:", "    return self.model", "before = loss.item()", indent=16),
        ),
    ),
    plain(
        "stops where the loss is small",
        "stops-early",
        (TRAIN_STEP, lines(TRAIN_STEP, "if loss.item() < 10:", "    return self.model", indent=16)),
    ),
    plain(
        "an iterator that is used up",
        "one-epoch-only",
        (EPOCHS, lines("batches = iter(self.trainloader)", EPOCHS)),
        (BATCH, "for img, _label in batches:"),
    ),
    plain("the seed set in each epoch", "seeds-each-epoch", (BATCH, lines("torch.manual_seed(42)", BATCH, indent=12))),
    plain(
        "samples in every log_every_n_steps-th epoch",
        "log-samples-by-epoch",
        (WHEN, "if (epoch + 1) % self.args.log_every_n_steps == 0:"),
    ),
    plain(
        "samples at the end of some epochs",
        "log-samples-by-epoch",
        (f"{WHEN} {LOG_SAMPLES}", ""),
        (BAR_CLOSED, lines("    if epoch % self.args.log_every_n_steps == 0:", f"        {LOG_SAMPLES}", BAR_CLOSED)),
    ),
    plain("log_samples never", "log-samples-never", (f"{WHEN} {LOG_SAMPLES}", "")),
    plain("log_samples every step", "log-samples-every-step", (f"{WHEN} {LOG_SAMPLES}", LOG_SAMPLES)),
    plain("log_samples at every 250th step", "log-every-fixed", (WHEN, "if self.step % 250 == 0:")),
    plain(
        "log_samples before the count",
        "log-samples-before-count",
        (f"{COUNT} {POSTFIX} {WHEN} {LOG_SAMPLES}", lines(WHEN, f"    {LOG_SAMPLES}", COUNT, indent=16)),
    ),
    plain(
        "log_samples once an epoch",
        "log-samples-per-epoch",
        (f"{WHEN} {LOG_SAMPLES}", ""),
        (
            f"{BAR_CLOSED} {FINISH}",
            "    self.log_samples()\n        if self.args.use_wandb:\n            wandb.finish()",
        ),
    ),
    plain("log_samples inverted", "log-samples-inverted", (WHEN, "if self.step % self.args.log_every_n_steps:")),
    plain(
        "log_samples at the remainder 1",
        "log-samples-inverted",
        (WHEN, "if self.step % self.args.log_every_n_steps == 1:"),
    ),
    plain(
        "log_samples with // for %", "log-samples-divides", (WHEN, "if self.step // self.args.log_every_n_steps == 0:")
    ),
    plain("log_samples by equality", "log-samples-once", (WHEN, "if self.step == self.args.log_every_n_steps:")),
    plain("log_samples beyond the n-th", "log-samples-after-n", (WHEN, "if self.step > self.args.log_every_n_steps:")),
    plain(
        "log_samples by the batch's index",
        "log-samples-by-batch",
        (BATCH, "for index, (img, _label) in enumerate(self.trainloader):"),
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
    plain(
        "log_samples at the beginning of the next step",
        "log-samples-last-missing",
        (
            f"{TRAIN_STEP} {COUNT} {POSTFIX} {WHEN} {LOG_SAMPLES}",
            lines(
                f"if self.step and not self.step % self.args.log_every_n_steps: {LOG_SAMPLES}",
                TRAIN_STEP,
                COUNT,
                indent=16,
            ),
        ),
    ),
    plain(
        "no log_samples at the end",
        "log-samples-last-missing",
        (
            WHEN,
            "if self.step % self.args.log_every_n_steps == 0 and self.step < self.args.epochs * len(self.trainloader):",
        ),
    ),
    plain(
        "counted, shown, and stepped last",
        "log-samples-before-step",
        (
            f"{TRAIN_STEP} {COUNT} {POSTFIX} {WHEN} {LOG_SAMPLES}",
            lines(COUNT, WHEN, f"    {LOG_SAMPLES}", TRAIN_STEP, indent=16),
        ),
    ),
    plain(
        "samples in training_step before its step, counted there",
        "log-samples-before-step",
        (LOSS, lines(COUNT, WHEN, f"    {LOG_SAMPLES}", LOSS)),
        (f"{TRAIN_STEP} {COUNT} {POSTFIX} {WHEN} {LOG_SAMPLES}", TRAIN_STEP),
    ),
    plain(
        "all samples at the end, with a counter set back",
        None,
        (f"{WHEN} {LOG_SAMPLES}", ""),
        (
            RETURN_MODEL,
            lines(
                "last = self.step",
                "for self.step in range(self.args.log_every_n_steps, last + 1, self.args.log_every_n_steps):",
                "    self.log_samples()",
                "self.step = last",
                RETURN_MODEL,
            ),
        ),
    ),
    plain("one epoch only", "one-epoch-only", (EPOCHS, "for epoch in range(1):")),
    plain(
        "return inside the loop over epochs",
        "one-epoch-only",
        (
            f"{BAR_CLOSED} {FINISH} {RETURN_MODEL}",
            "    if self.args.use_wandb:\n                wandb.finish()\n            return self.model",
        ),
    ),
    plain(
        "return inside the inner loop",
        "returns-too-soon",
        (
            f"{BAR_CLOSED} {FINISH} {RETURN_MODEL}",
            "        if self.args.use_wandb:\n                    wandb.finish()\n                return self.model",
        ),
    ),
    plain(
        "break after the first batch",
        "one-batch-an-epoch",
        (f"{WHEN} {LOG_SAMPLES}", lines(WHEN, f"    {LOG_SAMPLES}", "break", indent=16)),
    ),
    plain(
        "break after the first picture of each epoch",
        "samples-end-the-loop",
        (LOG_SAMPLES, lines(LOG_SAMPLES, "break", indent=20)),
    ),
    plain(
        "return after the first picture",
        "samples-end-the-loop",
        *NO_WANDB,
        (LOG_SAMPLES, lines(LOG_SAMPLES, "return self.model", indent=20)),
    ),
    plain(
        "gradients zeroed in train",
        "zeroed-in-train",
        update_is(BACKWARD, STEP),
        (TRAIN_STEP, lines(ZERO, TRAIN_STEP, indent=16)),
    ),
    plain(
        "gradients zeroed in train, once an epoch",
        "gradients-not-zeroed",
        update_is(BACKWARD, STEP),
        (BATCH, lines(ZERO, BATCH, indent=12)),
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
            "for img, _label in __import__('itertools').islice(self.trainloader, len(self.trainset) // self.args.batch_size):",
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
        "the model runs and nothing trains", "no-training-step", (TRAIN_STEP, "loss = F.mse_loss(self.model(img), img)")
    ),
    plain(
        "the same batch each time",
        "same-batch-again",
        (LOADER, LOADER.replace("shuffle=True", "shuffle=False")),
        (BATCH, "for _ in self.trainloader:"),
        (TRAIN_STEP, lines("img, _label = next(iter(self.trainloader))", TRAIN_STEP, indent=16)),
    ),
    plain(
        "the label goes to the model",
        "labels-for-images",
        (TRAIN_STEP, "loss = self.training_step(_label.to(self.device))"),
    ),
    plain("image and label swapped", "labels-for-images", (BATCH, "for _label, img in self.trainloader:")),
    plain("img is not unpacked", "tuple-for-tensor", (BATCH, "for img in self.trainloader:")),
    plain(
        "loops over the data set", "loops-over-trainset", (BATCH, BATCH.replace("self.trainloader", "self.trainset"))
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
        (EPOCHS, lines("self.model = Autoencoder(self.args.latent_dim_size, self.args.hidden_dim_size)", EPOCHS)),
    ),
    plain(
        "model of its class made anew in train",
        "model-replaced",
        (EPOCHS, lines("self.model = type(self.model)(self.args.latent_dim_size, self.args.hidden_dim_size)", EPOCHS)),
    ),
    plain(
        "model of its class made anew in train, by name",
        "model-replaced",
        (
            EPOCHS,
            lines(
                "sizes = {'latent_dim_size': self.args.latent_dim_size, 'hidden_dim_size': self.args.hidden_dim_size}",
                "self.model = self.model.__class__(**sizes).to(self.device)",
                EPOCHS,
            ),
        ),
    ),
    plain(
        "optimiser steps in train too",
        "steps-in-train",
        (COUNT, lines(COUNT, STEP, indent=16)),
        update_is(ZERO, BACKWARD, STEP),
    ),
    plain("optimiser steps in train too, to no effect", "steps-in-train", (COUNT, lines(COUNT, STEP, indent=16))),
    plain(
        "optimiser made anew in each epoch",
        "optimiser-anew",
        (
            BATCH,
            lines(
                "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.args.lr, betas=self.args.betas)",
                BATCH,
                indent=12,
            ),
        ),
    ),
    plain(
        "a schedule in train",
        "learning-rate-changes",
        (EPOCHS, lines("schedule = torch.optim.lr_scheduler.ExponentialLR(self.optimizer, 0.5)", EPOCHS)),
        (BATCH, lines("schedule.step()", BATCH, indent=12)),
    ),
    plain(
        "weights reset in each epoch",
        "loop-changes-weights",
        (EPOCHS, lines("start = {name: value.clone() for name, value in self.model.state_dict().items()}", EPOCHS)),
        (BATCH, lines("self.model.load_state_dict(start)", BATCH, indent=12)),
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
        ("if self.args.use_wandb: import wandb wandb.log(", "import wandb\n\n        if True:\n            wandb.log("),
    ),
    plain(
        "W&B starts although off",
        "wandb-although-off",
        ("if self.args.use_wandb: import wandb wandb.init(", "import wandb\n        if True:\n            wandb.init("),
    ),
    plain(
        "W&B finishes although off",
        "wandb-although-off",
        (RESET, "self.step = 0\n        import wandb\n        if self.args.use_wandb:\n            wandb.init("),
        (FINISH, "wandb.finish()"),
    ),
    plain("W&B: no import in train", "unknown-name", ("import wandb wandb.init(", "wandb.init(")),
    plain("W&B: no init", "wandb-no-init", (INIT, "")),
    plain("W&B: no finish", "wandb-no-finish", (FINISH, "")),
    plain(
        "W&B: logged at every fifth step",
        "wandb-not-each-step",
        (
            IS_ON_IN_STEP,
            "if self.args.use_wandb and self.step % 5 == 0:\n            import wandb\n\n            wandb.log(",
        ),
    ),
    plain("W&B: project not handed over", "wandb-project", (INIT, "wandb.init(name=self.args.wandb_name)")),
    plain("W&B: project as the first argument", "wandb-project", (INIT, "wandb.init(self.args.wandb_project)")),
    plain("W&B: another project", "wandb-project", (INIT, 'wandb.init(project="autoencoder")')),
    plain("W&B: watch before init", "wandb-before-init", (f"{INIT} {WATCH}", lines(WATCH, INIT, indent=12))),
    plain("W&B: watches the trainer", "wandb-watches-other", (WATCH, "wandb.watch(self)")),
    plain(
        "W&B: finish after the first epoch",
        "wandb-after-finish",
        (f"{BAR_CLOSED} {FINISH}", "    if self.args.use_wandb:\n                wandb.finish()"),
    ),
    plain(
        "W&B: init in each epoch",
        "wandb-init-repeated",
        (BATCH, lines("if self.args.use_wandb:", "    wandb.init(project=self.args.wandb_project)", BATCH, indent=12)),
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
    plain("W&B: another name, and steps for step", "wandb-refused", (LOG, 'wandb.log({"mse": loss.item()}, steps=self.step)')),
    plain("W&B: another name, and no finish", "wandb-no-finish", (LOG, 'wandb.log({"mse": loss.item()})'), (FINISH, "")),
    plain("W&B: another name, and steps that go back", "wandb-step-back", (LOG, 'wandb.log({"mse": loss.item()}, step=self.step % 5)')),
    plain("W&B: nothing but a log", "wandb-no-init", (INIT, ""), (WATCH, "pass"), (FINISH, "")),
    plain("W&B: nothing but init", "wandb-no-finish", (LOG, "pass"), (WATCH, ""), (FINISH, "")),
    plain("W&B: nothing is written but samples are shown without it", "wandb-changes-loop", *NO_WANDB, (WHEN, "if self.step % self.args.log_every_n_steps == 0 and not self.args.use_wandb:")),
    plain("W&B: not imported", "unknown-name", ("import wandb " + LOG, lines(LOG, indent=12)), ("import wandb wandb.init", "pass\n            wandb.init")),
    plain("W&B: steps for step", "wandb-refused", ("step=self.step) return", "steps=self.step)\n        return")),
    plain("W&B: the loss as a keyword", "wandb-refused", (LOG, "wandb.log(loss=loss.item())")),
    plain("W&B: the loss without a name", "wandb-refused", (LOG, "wandb.log(loss.item(), step=self.step)")),
    plain("W&B: a name and a number", "wandb-refused", (LOG, 'wandb.log("loss", loss.item())')),
    plain("W&B: a number for the name", "wandb-refused", (LOG, "wandb.log({self.step: loss.item()})")),
    plain("W&B: a step with a fraction", "wandb-refused", (LOG, 'wandb.log({"loss": loss.item()}, step=self.step / 1)')),
    plain("W&B: a function that it has not", "wandb-refused", (LOG, 'wandb.log_metric("loss", loss.item())')),
    plain("W&B: the run has no log_metrics", "wandb-refused", (LOG, 'wandb.run.log_metrics({"loss": loss.item()})')),
    plain("W&B: run_name for name", "wandb-refused", (INIT, INIT.replace("name=self", "run_name=self"))),
    plain("W&B: hyperparameters for config", "wandb-refused", (INIT, INIT.replace("config=", "hyperparameters="))),
    plain("W&B: a number as config", "wandb-refused", (INIT, INIT.replace("asdict(self.args)", "self.args.epochs"))),
    plain("W&B: a list as config", "wandb-refused", (INIT, INIT.replace("asdict(self.args)", "[*asdict(self.args).items()]"))),
    plain("W&B: a number as project", "wandb-refused", (INIT, "wandb.init(project=self.args.batch_size)")),
    plain("W&B: a mode misspelt", "wandb-refused", (INIT, INIT.replace("config=", 'mode="ofline", config='))),
    plain("W&B: always online", "wandb-mode", (INIT, INIT.replace("config=", 'mode="online", config='))),
    plain("W&B: disabled", "wandb-mode", (INIT, INIT.replace("config=", 'mode="disabled", config='))),
    plain("W&B: disabled by settings", "wandb-mode", (INIT, INIT.replace("config=", 'settings=wandb.Settings(mode="disabled"), config='))),
    plain("W&B: watch with frequency", "wandb-refused", (WATCH, "wandb.watch(self.model, frequency=100)")),
    plain("W&B: watch of weights", "wandb-refused", (WATCH, 'wandb.watch(self.model, log="weights")')),
    plain("W&B: watch of the parameters", "wandb-watches-other", (WATCH, "wandb.watch(list(self.model.parameters()))")),
    plain("W&B: finish quietly", "wandb-refused", ("wandb.finish()", "wandb.finish(quiet=True)")),
)  # fmt: skip

WRONG = (*LOOPS, *WANDB)
