"""Trainers of the autoencoder that are right, written in other ways than the reference."""

from functools import partial

from suite.corpus import Right
from suite.corpus.trainer_parts import (
    ADAM,
    BACKWARD,
    BAR,
    BAR_CLOSED,
    BATCH,
    COUNT,
    EPOCHS,
    FINISH,
    INIT,
    LOADER,
    LOG,
    LOG_SAMPLES,
    LOSS,
    MODEL,
    NO_BAR,
    NO_WANDB,
    POSTFIX,
    RETURN,
    RETURN_MODEL,
    STEP,
    TRAIN_STEP,
    UPDATE,
    WATCH,
    WHEN,
    ZERO,
    lines,
    loss_is,
    update_is,
)

plain = partial(Right, "autoencoder_trainer")

FROM_SCRATCH = """
class AutoencoderTrainer:
    def __init__(self, args):
        self.args = args
        self.model = Autoencoder(args.latent_dim_size, args.hidden_dim_size).to(utils.get_device())
        self.opt = torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas)
        self.step = 0

    def training_step(self, img):
        img = img.to(next(self.model.parameters()).device)
        self.opt.zero_grad()
        out = self.model(img)
        loss = nn.MSELoss()(out, img)
        loss.backward()
        self.opt.step()
        if self.args.use_wandb:
            import wandb
            wandb.log({"loss": loss})
        return loss

    def log_samples(self):
        assert self.step > 0
        with torch.inference_mode():
            return self.model(utils.HOLDOUT_DATA)

    def train(self):
        import wandb
        self.step = 0
        if self.args.use_wandb:
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model)
        loader = DataLoader(utils.get_dataset("MNIST"), batch_size=self.args.batch_size, shuffle=True, num_workers=8)
        for epoch in range(self.args.epochs):
            for img, label in loader:
                self.training_step(img)
                self.step += 1
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        if self.args.use_wandb:
            wandb.finish()
        return self.model
"""

MADE_IN_TRAIN = '''
class AutoencoderTrainer:
    def __init__(self, args):
        self.args = args
        self.model = Autoencoder(args.latent_dim_size, args.hidden_dim_size)

    def training_step(self, img):
        loss = (self.model(img) - img).square().mean()
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.args.use_wandb:
            wandb.log({"loss": loss.item()}, step=self.step)
        return loss

    def train(self):
        global wandb
        import wandb
        self.step = 0
        self.optimizer = torch.optim.Adam(self.model.parameters(), self.args.lr, self.args.betas)
        self.trainset = utils.get_dataset(self.args.dataset, train=True)
        self.trainloader = DataLoader(self.trainset, self.args.batch_size, True)
        if self.args.use_wandb:
            wandb.init(project=self.args.wandb_project, name=self.args.wandb_name)
            wandb.watch(self.model, log="all")
        for _ in range(self.args.epochs):
            for img, _ in self.trainloader:
                self.training_step(img)
                self.step += 1
                if not self.step % self.args.log_every_n_steps:
                    self.log_samples()
        if self.args.use_wandb:
            wandb.finish()
        return self.model

    def log_samples(self):
        """Nothing to show yet."""
'''

UNSEEN = "no image was moved to a device here"
BAR_OFF = "the progress bar ends elsewhere"

RIGHT = (
    plain("moved in training_step", (TRAIN_STEP, "loss = self.training_step(img)"), (LOSS, lines("img = img.to(self.device)", LOSS))),
    plain("moved to where the weights are", (TRAIN_STEP, "loss = self.training_step(img.to(next(self.model.parameters()).device))")),
    plain("moved to what utils says, without blocking", (TRAIN_STEP, "loss = self.training_step(img.to(utils.get_device(), non_blocking=True))")),
    plain("moved like a weight", (TRAIN_STEP, "loss = self.training_step(img.to(next(self.model.parameters())))")),
    plain("moved twice and made contiguous", (TRAIN_STEP, lines("img = img.to(self.device, torch.float32).contiguous()", "loss = self.training_step(img.to(device=self.device, copy=True))", indent=16))),
    plain("moved by the loader", (LOADER, "self.trainloader = DataLoader(self.trainset, batch_size=args.batch_size, shuffle=True, collate_fn=lambda pairs: (torch.stack([img for img, _ in pairs]).to(self.device), torch.tensor([label for _, label in pairs])))"), (TRAIN_STEP, "loss = self.training_step(img)")),
    plain("all images moved at once", (LOADER, lines("images = torch.stack([self.trainset[i][0] for i in range(len(self.trainset))]).to(self.device)", "labels = torch.zeros(len(images))", "self.trainloader = DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=args.batch_size, shuffle=True)")), (TRAIN_STEP, "loss = self.training_step(img)")),
    plain("moved where there is a GPU", (TRAIN_STEP, lines("if torch.cuda.is_available():", "    img = img.cuda()", "loss = self.training_step(img)", indent=16)), note=UNSEEN),
    plain("moved where the device is a GPU", (TRAIN_STEP, lines("if self.device.type == 'cuda':", "    img = img.cuda()", "loss = self.training_step(img)", indent=16)), note=UNSEEN),
    plain("a seed of its own for each epoch", (BATCH, lines("torch.manual_seed(epoch)", BATCH, indent=12))),
    plain("the seed set once in train", (EPOCHS, lines("torch.manual_seed(0)", EPOCHS))),
    plain("batches kept for all epochs", (EPOCHS, lines("batches = list(self.trainloader)", EPOCHS)), (BATCH, "for img, _label in batches:"), note="in the same order in each epoch"),
    plain("the best loss is kept in mind", (EPOCHS, lines("best = float('inf')", EPOCHS)), (TRAIN_STEP, lines(TRAIN_STEP, "best = min(best, loss.item())", indent=16))),
    plain("stops where the loss is no number", (TRAIN_STEP, lines(TRAIN_STEP, "if not torch.isfinite(loss):", "    break", indent=16))),
    plain("the bar runs away", ("progress_bar.update()", "progress_bar.update(self.step)"), note=BAR_OFF),
    plain("the bar's total counts epochs", (BAR, "progress_bar = tqdm(total=self.args.epochs)"), note=BAR_OFF),
    plain("a bar that is never moved", ("progress_bar.update()", ""), note=BAR_OFF),
    plain("a bar that counts images", (BAR, "progress_bar = tqdm(total=self.args.epochs * len(self.trainset))"), ("progress_bar.update()", "progress_bar.update(len(img))")),
    plain("a bar that is reset in each epoch", (BAR, "progress_bar = tqdm(total=len(self.trainloader))"), (BATCH, lines("progress_bar.reset()", BATCH, indent=12))),
    plain("a bar moved by its n", ("progress_bar.update()", "progress_bar.n = self.step")),
    plain("a bar around the batches and moved too", *NO_BAR, (BATCH, lines("bar = tqdm(self.trainloader)", "for img, _label in bar:", indent=12)), (COUNT, lines(COUNT, "bar.update()", indent=16)), note="moves on by itself"),
    plain(
        "shapes annotated by jaxtyping",
        (
            "def training_step(self, img: Tensor) -> Tensor:",
            'from jaxtyping import Float\n\n    def training_step(self, img: Float[Tensor, "batch 1 28 28"]) -> Float[Tensor, ""]:',
        ),
    ),
    plain("from scratch", FROM_SCRATCH),
    plain("optimiser and loader made in train", MADE_IN_TRAIN),
    plain("a scaler that is off", update_is("scaler = torch.amp.GradScaler('cpu', enabled=False)", "scaler.scale(loss).backward()", "scaler.step(self.optimizer)", "scaler.update()", ZERO)),
    plain("a copy kept of the model", (ADAM, lines("import copy", "self.before = copy.deepcopy(self.model)", ADAM))),
    plain("zeroed first", update_is(ZERO, BACKWARD, STEP)),
    plain("zeroed to 0", update_is(BACKWARD, STEP, "self.optimizer.zero_grad(set_to_none=False)")),
    plain("the model zeroes", update_is("self.model.zero_grad()", BACKWARD, STEP)),
    plain("gradients set to None by hand", update_is("for p in self.model.parameters():", "    p.grad = None", BACKWARD, STEP)),
    plain("zeroed first and last", update_is(ZERO, BACKWARD, STEP, ZERO)),
    plain("retain_graph", update_is("loss.backward(retain_graph=True)", STEP, ZERO)),
    plain("MSELoss", loss_is("loss = nn.MSELoss()(self.model(img), img)")),
    plain("arguments swapped", loss_is("loss = F.mse_loss(img, self.model(img))")),
    plain("squares by hand", loss_is("loss = ((img - self.model(img)) ** 2).mean()")),
    plain("sum divided by the number", loss_is("loss = (img - self.model(img)).pow(2).sum() / img.numel()")),
    plain("mean of each image's mean", loss_is("loss = (img - self.model(img)).pow(2).flatten(1).mean(1).mean()")),
    plain("einops", loss_is("from einops import reduce", 'loss = reduce((self.model(img) - img) ** 2, "b c h w -> ", "mean")')),
    plain("squared norm by number", loss_is("loss = torch.linalg.vector_norm(self.model(img) - img) ** 2 / img.numel()")),
    plain("weighted images", loss_is("each = F.mse_loss(self.model(img), img, reduction='none').mean((1, 2, 3))", "loss = torch.einsum('b, b ->', each, torch.full_like(each, 1 / len(each)))")),
    plain("encoder then decoder", loss_is("code = self.model.encoder(img)", "loss = F.mse_loss(self.model.decoder(code), img)")),
    plain("forward by name", loss_is("loss = F.mse_loss(self.model.forward(img), img)")),
    plain("moved to the device twice", loss_is("img = img.to(self.device)", LOSS)),
    plain("train mode and grad mode", loss_is("self.model.train()", "with torch.enable_grad():", f"    {LOSS}")),
    plain("autocast off", loss_is("with torch.autocast('cpu', enabled=False):", f"    {LOSS}")),
    plain("contiguous copies", loss_is("img = img.clone().contiguous()", "out = self.model(img).squeeze(1)", "loss = F.mse_loss(out, img.squeeze(1))")),
    plain("clipped at infinity", (STEP, lines("nn.utils.clip_grad_norm_(self.model.parameters(), float('inf'))", STEP))),
    plain("detached loss returned", (RETURN, "return loss.detach()")),
    plain("gradients by autograd.grad", update_is("parameters = list(self.model.parameters())", "for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):", "    p.grad = g", STEP, ZERO)),
    plain("a closure", (f"{LOSS} {UPDATE}", lines("def closure():", f"    {ZERO}", f"    {LOSS}", f"    {BACKWARD}", "    return loss", "loss = self.optimizer.step(closure)"))),
    plain("own functions", loss_is("loss = self.loss_of(img)"), ("def train(self)", "def loss_of(self, img):\n        return F.mse_loss(self.model(img), img)\n\n    def train(self)")),
    plain("counted in training_step", (RETURN + "\n", lines(COUNT, RETURN) + "\n"), (f"{TRAIN_STEP} {COUNT}", TRAIN_STEP)),
    plain("counted before the step", (f"{TRAIN_STEP} {COUNT}", lines(COUNT, TRAIN_STEP, indent=16))),
    plain("counted by itertools", (EPOCHS, lines("import itertools", "counter = itertools.count(1)", EPOCHS)), (COUNT, "self.step = next(counter)")),
    plain("counter from epoch and index", (BATCH, "for i, (img, _label) in enumerate(self.trainloader):"), (COUNT, "self.step = epoch * len(self.trainloader) + i + 1")),
    plain("epochs by while", (EPOCHS, lines("epoch = 0", "while epoch < self.args.epochs:")), (f"{WHEN} {LOG_SAMPLES}", lines(WHEN, f"    {LOG_SAMPLES}", indent=16) + "\n            epoch += 1")),
    plain("one loop for all epochs", (f"{BAR} {EPOCHS} {BATCH}", "import itertools\n        batches = itertools.chain.from_iterable(self.trainloader for _ in range(self.args.epochs))\n        for epoch, progress_bar in [(0, tqdm(batches))]:\n            for img, _label in progress_bar:"), (POSTFIX, "")),
    plain("no progress bar", *NO_BAR),
    plain("tqdm over epochs", *NO_BAR, (EPOCHS, "for epoch in tqdm(range(self.args.epochs)):")),
    plain("a bar for each epoch", (BAR, ""), (BATCH, lines("progress_bar = tqdm(self.trainloader)", "for img, _label in progress_bar:", indent=12)), (POSTFIX, "progress_bar.set_postfix(step=self.step)")),
    plain("tqdm.notebook", (BAR, lines("from tqdm.notebook import tqdm as bar", BAR.replace("tqdm", "bar")))),
    plain("a bar for each epoch, updated by hand", (BAR, ""), (BATCH, lines("hand = tqdm(total=len(self.trainloader), leave=False)", BATCH, indent=12)), (POSTFIX, lines("hand.update(1)", 'hand.set_description(f"{epoch} {loss.item():.3f}")', indent=16)), (BAR_CLOSED, "")),
    plain("trange", (EPOCHS, lines("from tqdm import trange", "for epoch in trange(self.args.epochs):"))),
    plain("prints", (COUNT, lines(COUNT, "print(epoch, self.step, float(loss))", indent=16))),
    plain("samples in training_step behind its step, counted there", (RETURN + "\n", lines(COUNT, WHEN, f"    {LOG_SAMPLES}", RETURN) + "\n"), (f"{TRAIN_STEP} {COUNT} {POSTFIX} {WHEN} {LOG_SAMPLES}", TRAIN_STEP), (BAR, ""), (BAR_CLOSED, "")),
    plain("samples when the next one is due", (EPOCHS, lines("due = self.args.log_every_n_steps", EPOCHS)), (f"{WHEN} {LOG_SAMPLES}", lines("if self.step >= due:", "    due += self.args.log_every_n_steps", f"    {LOG_SAMPLES}", indent=16))),
    plain("a batch in micro-batches", (f"{LOSS} {UPDATE}", lines("loss = torch.zeros(())", "for small in img.split(2):", "    part = F.mse_loss(self.model(small), small) * len(small) / len(img)", "    part.backward()", "    loss = loss + part.detach()", STEP, ZERO))),
    plain("a batch image by image", (f"{LOSS} {UPDATE}", lines("losses = [F.mse_loss(self.model(one), one) for one in img.split(1)]", "loss = torch.stack(losses).mean()", BACKWARD, STEP, ZERO))),
    plain("a schedule that is not due", (ADAM, lines(ADAM, "self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, 10_000)")), (STEP, lines(STEP, "self.schedule.step()"))),
    plain("clipped at a norm that nothing reaches", (STEP, lines("nn.utils.clip_grad_norm_(self.model.parameters(), 1e6)", STEP))),
    plain("clipped after the step", (STEP, lines(STEP, "nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)"))),
    plain("gradients of one batch, collected", update_is("every = 1", "(loss / every).backward()", "if self.step % every == 0:", f"    {STEP}", f"    {ZERO}")),
    plain("no gradients where there are none", loss_is("torch.set_grad_enabled(True)", LOSS)),
    plain("a micro-batch's loss looked at between", (COUNT, lines(COUNT, "for small in img.split(2):", "    F.mse_loss(self.model(small), small)", indent=16))),
    plain("the best model is kept as a copy", (COUNT, lines(COUNT, "if not hasattr(self, 'best') or loss < self.least:", "    import copy", "    self.least, self.best = loss.item(), copy.deepcopy(self.model)", indent=16))),
    plain("condition negated", (f"{WHEN} {LOG_SAMPLES}", lines("if self.step % self.args.log_every_n_steps:", "    continue", LOG_SAMPLES, indent=16))),
    plain("batch taken apart by index", (BATCH, "for batch in self.trainloader:"), (TRAIN_STEP, "loss = self.training_step(batch[0].to(self.device))")),
    plain("loader asked through iter", (BATCH, "for img, _label in tqdm(iter(self.trainloader), total=len(self.trainloader)):")),
    plain("eight workers", (LOADER, LOADER.replace("shuffle=True", "shuffle=True, num_workers=8, persistent_workers=True, prefetch_factor=4, pin_memory=False"))),
    plain("a sampler for shuffling", (LOADER, "from torch.utils.data import RandomSampler\n        self.trainloader = DataLoader(self.trainset, args.batch_size, sampler=RandomSampler(self.trainset))")),
    plain("losses kept", (COUNT, lines(COUNT, "self.losses = [*getattr(self, 'losses', []), loss.item()]", indent=16))),
    plain("a look at the model without gradients", (COUNT, lines(COUNT, "with torch.no_grad():", "    self.model(img)", indent=16))),
    plain("model returned under another name", (RETURN_MODEL, lines("model = self.model", "return model"))),
    plain("eval at the end", (RETURN_MODEL, "return self.model.eval()")),
    plain("a constant schedule", (ADAM, lines(ADAM, "self.schedule = torch.optim.lr_scheduler.ConstantLR(self.optimizer, factor=1.0)")), (STEP, lines(STEP, "self.schedule.step()"))),
    plain("AdamW without decay", (ADAM, "self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=args.lr, betas=args.betas, weight_decay=0)")),
    plain("two groups of weights", (ADAM, "self.optimizer = torch.optim.Adam([{'params': self.model.encoder.parameters()}, {'params': self.model.decoder.parameters()}], lr=args.lr, betas=args.betas)")),
    plain("groups by dimension", (ADAM, "weights, biases = [p for p in self.model.parameters() if p.dim() > 1], [p for p in self.model.parameters() if p.dim() < 2]\n        self.optimizer = torch.optim.Adam([{'params': weights}, {'params': biases}], lr=args.lr, betas=args.betas)")),
    plain("an Adam of its own", (ADAM, lines("class MyAdam(torch.optim.Adam):", "    pass", "self.optimizer = MyAdam(self.model.parameters(), lr=args.lr, betas=list(args.betas))")), ),
    plain("a learning rate as a tensor", (ADAM, "self.optimizer = torch.optim.Adam(self.model.parameters(), lr=torch.tensor(args.lr, dtype=torch.float64), betas=args.betas, foreach=False)")),
    plain("foreach", (ADAM, ADAM.replace("fused=True", "foreach=True"))),
    plain("the model named", (MODEL, "self.model = Autoencoder(latent_dim_size=args.latent_dim_size, hidden_dim_size=args.hidden_dim_size)")),
    plain("two names for the model", (ADAM, lines(ADAM, "self.net = self.model")), loss_is("loss = F.mse_loss(self.net(img), img)")),
    plain("Adam by hand", update_is(
        "grads = torch.autograd.grad(loss, list(self.model.parameters()))",
        "self.memory = getattr(self, 'memory', None) or [(torch.zeros_like(g), torch.zeros_like(g)) for g in grads]",
        "self.updates = getattr(self, 'updates', 0) + 1",
        "one, two = self.args.betas",
        "for p, g, (m, v) in zip(self.model.parameters(), grads, self.memory):",
        "    m.mul_(one).add_(g, alpha=1 - one)",
        "    v.mul_(two).addcmul_(g, g, value=1 - two)",
        "    p.data -= self.args.lr * (m / (1 - one**self.updates)) / ((v / (1 - two**self.updates)).sqrt() + 1e-8)",
    )),
    plain("callbacks", (COUNT, lines(COUNT, "for callback in getattr(self, 'callbacks', []):", "    callback(self)", indent=16))),
    plain("log_samples only when on", (f"{WHEN} {LOG_SAMPLES}", lines(WHEN, "    with torch.no_grad():", "        self.model.eval()", f"        {LOG_SAMPLES}", "        self.model.train()", indent=16))),
    plain("an interrupt is caught", (EPOCHS, lines("interrupted = KeyboardInterrupt", EPOCHS)), (TRAIN_STEP, lines("try:", f"    {TRAIN_STEP}", "except interrupted:", "    break", indent=16))),
    plain("not shuffled", (LOADER, LOADER.replace(", shuffle=True", "")), note="same order"),
    plain("backward twice on a graph that is kept", update_is("loss.backward(retain_graph=True)", BACKWARD, STEP, ZERO), note="times those of the loss"),
    plain("backward on half the loss", update_is("(loss / 2).backward()", STEP, ZERO), note="0.5 times"),
    plain("W&B: no name", (INIT, "wandb.init(project=self.args.wandb_project)"), note="wandb_name"),
    plain("W&B: a tensor", (LOG, 'wandb.log({"loss": loss}, step=self.step)')),
    plain("W&B: no step", (LOG, 'wandb.log({"loss": loss.item()})')),
    plain("W&B: the next step's number", (LOG, 'wandb.log({"loss": loss.item()}, step=self.step + 1)')),
    plain("W&B: more keys, and more calls", (LOG, 'wandb.log({"loss": loss.item(), "largest": img.max()}, step=self.step)\n            wandb.log({"lr": self.args.lr}, step=self.step)')),
    plain("W&B: in parts, then committed", (LOG, 'wandb.log({"extra": 1}, commit=False)\n            wandb.log({"loss": loss.item()})')),
    plain("W&B: the run's own methods", (f"{INIT} {WATCH}", lines(f"self.run = {INIT}", "self.run.watch(self.model)", indent=12)), (LOG, 'self.run.log({"loss": loss.item()}, step=self.step)'), (FINISH, lines("if self.args.use_wandb:", "    self.run.finish()"))),
    plain("W&B: only while there is a run", ("if self.args.use_wandb: import wandb wandb.log(", "import wandb\n\n        if wandb.run is not None:\n            wandb.log(")),
    plain("W&B: config, summary, a metric", (WATCH, lines(WATCH, "wandb.config.update({'device': str(self.device)})", "wandb.define_metric('loss', summary='min')", "wandb.run.summary['began'] = True", indent=12))),
    plain("W&B: nothing of it", *NO_WANDB, note="nothing is written for W&B yet"),
    plain("W&B: nothing of it, other args", *NO_WANDB, (COUNT, lines(COUNT, "self.best = min(getattr(self, 'best', 9.0), loss.item())", indent=16)), note="`wandb.log({…}, step=self.step)` of `loss`"),
    plain("W&B: no watch", (WATCH, ""), note="`wandb.watch` is not called. It belongs behind `wandb.init`"),
    plain("W&B: loss not logged", (LOG, "pass"), note="nothing is logged to W&B; the lesson asks for `loss`"),
    plain("W&B: wrong key", ('{"loss"', '{"train_loss"'), note="W&B gets `train_loss`; the lesson asks for `loss`"),
    plain("W&B: two other names", (LOG, 'wandb.log({"train/mse": loss, "epoch": self.step // len(self.trainloader)})'), note="W&B gets `train/mse`, `epoch`"),
    plain("W&B: offline", (INIT, INIT.replace("config=", 'mode="offline", config='))),
    plain("W&B: the args as they are for config", (INIT, INIT.replace("asdict(self.args)", "self.args"))),
    plain("W&B: tags, notes, a group, settings", (INIT, INIT.replace("config=", "tags=['day 5'], notes='first', group='g', job_type='train', reinit=True, settings=wandb.Settings(silent=True), config="))),
    plain("W&B: where the run is", (WATCH, lines(WATCH, "run = wandb.run", "print(run.url, run.name, run.id, run.project, run.entity, run.project_url, run.step, run.path)", "with open(run.dir + '/note.txt', 'w') as file:", "    file.write('began')", indent=12))),
    plain("W&B: the code too", (WATCH, lines(WATCH, "wandb.run.log_code()", "wandb.run.log_code('.', include_fn=lambda path: path.endswith('.py'))", indent=12))),
    plain("W&B: the model is kept as an artifact", ("wandb.finish()", lines("artifact = wandb.Artifact('model', type='model')", "torch.save(self.model.state_dict(), wandb.run.dir + '/model.pt')", "artifact.add_file(wandb.run.dir + '/model.pt')", "wandb.log_artifact(artifact, aliases=['last'])", "wandb.save('*.pt')", "wandb.finish(exit_code=0)", indent=12))),
    plain("W&B: a histogram and a table", (LOG, lines('wandb.log({"loss": loss.item(), "errors": wandb.Histogram(img.flatten().tolist())}, step=self.step)', "table = wandb.Table(columns=['a', 'b'])", "table.add_data(1, 2)", "wandb.log({'curve': wandb.plot.line(table, 'a', 'b', title='t')}, step=self.step)", indent=12))),
    plain("W&B: a step that is a tensor", (LOG, 'wandb.log({"loss": loss.item()}, torch.tensor(self.step))')),
    plain("W&B: errors of its own are caught", (INIT, lines("try:", f"    {INIT}", "except wandb.errors.CommError:", f"    {INIT}", indent=12))),
    plain("W&B: watches everything", (WATCH, "wandb.watch(self.model, nn.MSELoss(), 'all', 10, log_graph=True)")),
    plain("W&B: logged in train", ("if self.args.use_wandb: import wandb " + LOG, ""), (COUNT, lines("if self.args.use_wandb:", '    wandb.log({"loss": loss.item()}, step=self.step)', COUNT, indent=16))),
    plain("W&B: started in __init__", (ADAM, lines(ADAM, "if args.use_wandb:", "    import wandb", "    wandb.init(project=args.wandb_project, name=args.wandb_name)", "    wandb.watch(self.model)")), (f"{INIT} {WATCH}", "pass")),
    plain("W&B: as a context", '''
class AutoencoderTrainer(AutoencoderTrainer_):
    def train(self):
        if not self.args.use_wandb:
            return self.loop()
        import wandb
        with wandb.init(project=self.args.wandb_project, name=self.args.wandb_name) as run:
            run.watch(self.model)
            return self.loop()

    def loop(self):
        self.step = 0
        for _ in range(self.args.epochs):
            for img, _ in self.trainloader:
                self.training_step(img.to(self.device))
                self.step += 1
                if self.step % self.args.log_every_n_steps == 0:
                    self.log_samples()
        return self.model
'''.replace("AutoencoderTrainer_", "__import__('solutions.autoencoder', fromlist=['_']).AutoencoderTrainer")),
)  # fmt: skip
