"""Trainers whose construction or training step is not right: what a hurried learner types."""

from functools import partial

from suite.corpus import Wrong
from suite.corpus.trainer_parts import (
    ADAM,
    BACKWARD,
    LOADER,
    LOSS,
    MODEL,
    RETURN,
    STEP,
    ZERO,
    lines,
    loss_is,
    update_is,
)

plain = partial(Wrong, "autoencoder_trainer")

LOSSES = (
    plain(
        "reconstruction detached, loss told to want gradients",
        "detached-loss",
        loss_is("loss = F.mse_loss(self.model(img).detach(), img).requires_grad_()"),
    ),
    plain(
        "loss made anew as a tensor",
        "detached-loss",
        loss_is("loss = torch.tensor(F.mse_loss(self.model(img), img).item(), requires_grad=True)"),
    ),
    plain("zeroed and stepped, never backward", "no-backward", update_is(ZERO, STEP)),
    plain("squared errors summed", "mse-summed", loss_is('loss = F.mse_loss(self.model(img), img, reduction="sum")')),
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
    plain("root of the mean square", "root-of-mse", loss_is("loss = F.mse_loss(self.model(img), img).sqrt()")),
    plain("norm", "norm", loss_is("loss = (img - self.model(img)).norm()")),
    plain("squared norm", "mse-summed", loss_is("loss = torch.norm(img - self.model(img)) ** 2")),
    plain("cross-entropy", "cross-entropy", loss_is("loss = F.binary_cross_entropy_with_logits(self.model(img), img)")),
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
        "compared with itself", "compared-with-itself", loss_is("out = self.model(img)", "loss = F.mse_loss(out, out)")
    ),
    plain("first image only", "first-image-only", loss_is("loss = F.mse_loss(self.model(img)[0], img[0])")),
    plain(
        "denormalised target", "target-changed", loss_is("loss = F.mse_loss(self.model(img), img * 0.3081 + 0.1307)")
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
    plain("no reduction", "loss-not-scalar", loss_is('loss = F.mse_loss(self.model(img), img, reduction="none")')),
    plain(
        "encoder alone is used", "compared-shapes-differ", loss_is("loss = F.mse_loss(self.model.encoder(img), img)")
    ),
    plain("image compared with image", "detached-loss", loss_is("self.model(img)", "loss = F.mse_loss(img, img)")),
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
    plain("brackets forgotten at step", "optimiser-never-steps", update_is(BACKWARD, "self.optimizer.step", ZERO)),
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
    plain("no_grad around the model", "detached-loss", loss_is("with torch.no_grad():", f"    {LOSS}")),
    plain(
        "eval and no_grad",
        "detached-loss",
        loss_is(
            "self.model.eval()", "with torch.no_grad():", "    out = self.model(img)", "loss = F.mse_loss(out, img)"
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
    plain("a model in float64", "wrong-dtype", (MODEL, f"{MODEL}.double()")),
    plain("a model in bfloat16", "wrong-dtype", (MODEL, f"{MODEL}\n        self.model.to(torch.bfloat16)")),
    plain(
        "images transformed by the data set's transform",
        "transforms-images",
        loss_is("img = self.trainset.transform(img)", LOSS),
    ),
    plain("self forgotten", "wrong-signature", ("def training_step(self, img: Tensor)", "def training_step(img)")),
    plain("a typo in a name", "unknown-name", loss_is("loss = F.mse_loss(self.model(imgs), img)")),
    plain("optimiser spelt otherwise", "missing-attribute", update_is(BACKWARD, "self.optimiser.step()", ZERO)),
    plain("zero_grad on the loss", "wrong-zero-grad", update_is("loss.zero_grad()", BACKWARD, STEP)),
    plain(
        "never zeroed, and a fixed learning rate",
        "gradients-never-zeroed+lr-ignored",
        update_is(BACKWARD, "self.tuned.step()"),
        (ADAM, lines("self.tuned = torch.optim.Adam(self.model.parameters(), lr=1e-3, betas=args.betas)", ADAM)),
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
                "self.model.parameters()", "Autoencoder(args.latent_dim_size, args.hidden_dim_size).parameters()"
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
        "no batch size", "batch-size-ignored", (LOADER, "self.trainloader = DataLoader(self.trainset, shuffle=True)")
    ),
    plain("drop_last", "last-batch-dropped", (LOADER, LOADER.replace("shuffle=True", "shuffle=True, drop_last=True"))),
    plain(
        "no model",
        "missing-attribute",
        (MODEL, "model = self.model_class(args.latent_dim_size, args.hidden_dim_size)"),
        ("self.model.to(self.device, memory_format=torch.channels_last)", ""),
        (ADAM, ADAM.replace("self.model", "model")),
    ),
)

WRONG = (*LOSSES, *STEPS, *CONSTRUCTORS)
