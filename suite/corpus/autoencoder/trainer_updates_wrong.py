"""Trainers whose loss is right, and what they do with it is not: how often they step, along what, and with which optimiser."""

from functools import partial

from suite.corpus import Wrong
from suite.corpus.trainer_parts import (
    ADAM,
    BACKWARD,
    BATCH,
    COUNT,
    EPOCHS,
    LOSS,
    RETURN,
    STEP,
    UPDATE,
    WHEN,
    ZERO,
    lines,
    loss_is,
    update_is,
)

plain = partial(Wrong, "autoencoder_trainer", part="AutoencoderTrainer")


def scheduled(name: str, *arguments: str) -> tuple:
    made = f"self.scheduler = torch.optim.lr_scheduler.{name}(self.optimizer, {', '.join(arguments)})"
    return (ADAM, lines(ADAM, made)), (STEP, lines(STEP, "self.scheduler.step()"))


def with_adam(*options: str, kind: str = "Adam") -> tuple[str, str]:
    return (
        ADAM,
        f"self.optimizer = torch.optim.{kind}(self.model.parameters(), lr=args.lr, betas=args.betas{', '.join(['', *options])})",
    )


def clipped(text: str) -> tuple[str, str]:
    return (STEP, lines(f"torch.nn.utils.{text}", STEP))


def stepping_every(number: int, backward: str = BACKWARD, when: str = "(self.step + 1)") -> tuple:
    return update_is(backward, f"if {when} % {number} == 0:", f"    {STEP}", f"    {ZERO}")


PENALTY = "sum(p.{size}.sum() for p in self.model.parameters())"

WRONG = (
    plain("gradients of two batches, halved", "gradients-accumulated", stepping_every(2, "(loss / 2).backward()")),
    plain("gradients of two batches", "gradients-accumulated", stepping_every(2)),
    plain("gradients of two batches, stepping first", "gradients-accumulated", stepping_every(2, when="self.step")),
    plain("gradients of three batches", "gradients-accumulated", stepping_every(3)),
    plain("gradients of four batches, averaged", "gradients-accumulated", stepping_every(4, "(loss / 4).backward()")),
    plain("gradients of eight batches, averaged", "gradients-accumulated", stepping_every(8, "(loss / 8).backward()")),
    plain("gradients of four batches, and a quarter returned", "gradients-accumulated", loss_is(LOSS, "loss = loss / 4"), stepping_every(4)),
    plain("a step at every second batch, zeroed at each", "step-skipped", update_is(BACKWARD, "if self.step % 2 == 0:", f"    {STEP}", ZERO)),
    plain("a step only where the loss is large", "step-skipped", update_is(BACKWARD, "if loss > 1.0:", f"    {STEP}", ZERO)),
    plain("clipped to a tenth", "gradients-clipped", clipped("clip_grad_norm_(self.model.parameters(), 0.1)")),
    plain("clipped to five", "gradients-clipped", clipped("clip_grad_norm_(self.model.parameters(), max_norm=5.0)")),
    plain("clipped by the largest", "gradients-clipped", clipped("clip_grad_norm_(self.model.parameters(), 0.01, norm_type=float('inf'))")),
    plain("clipped by value", "gradients-clipped", clipped("clip_grad_value_(self.model.parameters(), 0.05)")),
    plain("only the encoder's gradients clipped", "other-gradient", clipped("clip_grad_norm_(self.model.encoder.parameters(), 0.1)")),
    plain("gradients of length one", "other-gradient", update_is(BACKWARD, "for p in self.model.parameters():", "    p.grad /= p.grad.norm()", STEP, ZERO)),
    plain("noise on the gradients", "other-gradient", update_is(BACKWARD, "for p in self.model.parameters():", "    p.grad += 0.1 * torch.randn_like(p.grad)", STEP, ZERO)),
    plain("backward on an odd power", "other-gradient", update_is("(self.model(img) - img).abs().pow(2.7).mean().backward()", STEP, ZERO)),
    plain("two optimisers for the same weights", "second-optimiser", (ADAM, lines(ADAM, "self.second = torch.optim.Adam(self.model.parameters(), lr=args.lr, betas=args.betas)")), (STEP, lines(STEP, "self.second.step()"))),
    plain("SGD besides on the decoder", "second-optimiser", (ADAM, lines(ADAM, "self.second = torch.optim.SGD(self.model.decoder.parameters(), lr=args.lr)")), (STEP, lines(STEP, "self.second.step()"))),
    plain("a schedule by factor", "learning-rate-changes", *scheduled("ExponentialLR", "0.9")),
    plain("a schedule by steps", "learning-rate-changes", *scheduled("StepLR", "2")),
    plain("a cosine schedule", "learning-rate-changes", *scheduled("CosineAnnealingLR", "50")),
    plain("a warm-up of the learning rate", "learning-rate-changes", *scheduled("LambdaLR", "lambda step: min(1.0, (step + 1) / 50)")),
    plain("the one-cycle schedule", "learning-rate-changes", *scheduled("OneCycleLR", "args.lr", "total_steps=500")),
    plain("the learning rate set by hand", "learning-rate-changes", (BATCH, lines("self.optimizer.param_groups[0]['lr'] = self.args.lr * 0.95**epoch", BATCH, indent=12))),
    plain("a schedule in train, after each step", "learning-rate-changes", (EPOCHS, lines("schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, 5, 0.1)", EPOCHS)), (COUNT, lines(COUNT, "schedule.step()", indent=16))),
    plain("a penalty on squared weights, for backward alone", "weight-penalty", update_is(f"(loss + 1e-3 * {PENALTY.format(size='square()')}).backward()", STEP, ZERO)),
    plain("a penalty on the weights' size, for backward alone", "weight-penalty", update_is(f"(loss + 1e-4 * {PENALTY.format(size='abs()')}).backward()", STEP, ZERO)),
    plain("a penalty on squared weights", "weight-penalty", loss_is(f"{LOSS} + 1e-4 * {PENALTY.format(size='square()')}")),
    plain("a penalty on the weights' size", "weight-penalty", loss_is(f"{LOSS} + 1e-3 * {PENALTY.format(size='abs()')}")),
    plain("AdamW with a small decay", "weight-decay", with_adam("weight_decay=1e-4", kind="AdamW")),
    plain("amsgrad", "wrong-optimiser", with_adam("amsgrad=True")),
    plain("a large epsilon", "wrong-optimiser", with_adam("eps=1e-3")),
    plain("maximised", "wrong-optimiser", with_adam("maximize=True")),
    plain("NAdam", "wrong-optimiser", with_adam(kind="NAdam")),
    plain("RAdam", "wrong-optimiser", with_adam(kind="RAdam")),
    plain("Adamax", "wrong-optimiser", with_adam(kind="Adamax")),
    plain("betas the other way round", "betas-ignored", (ADAM, ADAM.replace("betas=args.betas", "betas=args.betas[::-1]"))),
    plain("two optimisers with two learning rates", "lr-ignored", (ADAM, "self.optimizer = torch.optim.Adam(self.model.encoder.parameters(), lr=args.lr, betas=args.betas)\n        self.second = torch.optim.Adam(self.model.decoder.parameters(), lr=args.lr / 2, betas=args.betas)"), (STEP, lines(STEP, "self.second.step()", "self.second.zero_grad()"))),
    plain("two updates a batch", "several-updates", (f"{LOSS} {UPDATE}", lines("for _ in range(2):", f"    {LOSS}", f"    {BACKWARD}", f"    {STEP}", f"    {ZERO}"))),
    plain("five updates a batch", "several-updates", (f"{LOSS} {UPDATE}", lines("for _ in range(5):", f"    {LOSS}", f"    {BACKWARD}", f"    {STEP}", f"    {ZERO}"))),
    plain("a second update behind the first", "several-updates", update_is(BACKWARD, STEP, ZERO, "F.mse_loss(self.model(img), img).backward()", STEP, ZERO)),
    plain("a step for each image", "step-for-each-part", (f"{LOSS} {UPDATE}", lines("total = 0.0", "for x in img.split(1):", f"    {LOSS.replace('img', 'x')}", f"    {BACKWARD}", f"    {STEP}", f"    {ZERO}", "    total = total + loss.detach()", "loss = total / len(img)"))),
    plain("a step for each half of the batch", "step-for-each-part", (f"{LOSS} {UPDATE}", lines("loss = 0.0", "for x in img.chunk(2):", "    part = F.mse_loss(self.model(x), x) * len(x) / len(img)", "    part.backward()", f"    {STEP}", f"    {ZERO}", "    loss = loss + part.detach()"))),
    plain("clipped by a hook of the optimiser", "gradients-clipped", (LOSS, lines("hook = self.optimizer.register_step_pre_hook(lambda *_: nn.utils.clip_grad_norm_(self.model.parameters(), 0.2) and None)", LOSS)), (ZERO, lines(ZERO, "hook.remove()"))),
    plain("zeroed once in train", "gradients-not-zeroed", (ZERO, ""), (EPOCHS, lines(ZERO, EPOCHS))),
    plain("the loss after the step", "loss-after-step", (RETURN, "return F.mse_loss(self.model(img), img)")),
    plain("the loss after the step, without gradients", "loss-after-step", (RETURN, lines("with torch.no_grad():", f"    {LOSS}", RETURN))),
    plain("step, zero, backward", "step-before-backward", update_is(STEP, ZERO, BACKWARD)),
    plain("the encoder frozen", "detached-loss", update_is("self.model.encoder.requires_grad_(False)", BACKWARD, STEP, ZERO)),
    plain("the code detached", "detached-loss", loss_is("loss = F.mse_loss(self.model.decoder(self.model.encoder(img).detach()), img)")),
    plain("weights that shrink after each step", "other-update", update_is(BACKWARD, STEP, ZERO, "for p in self.model.parameters():", "    p.data *= 0.999")),
    plain("weights clamped after each step", "other-update", update_is(BACKWARD, STEP, ZERO, "for p in self.model.parameters():", "    p.data.clamp_(-0.1, 0.1)")),
    plain("detached for backward", "detached-loss", update_is("loss.detach().requires_grad_().backward()", STEP, ZERO)),
    plain("stepped and zeroed in train", "steps-in-train", update_is(BACKWARD), (COUNT, lines(COUNT, STEP, ZERO, indent=16))),
    plain("everything but the loss in train", "backward-in-train", (UPDATE, ""), (COUNT, lines(COUNT, BACKWARD, STEP, ZERO, indent=16))),
    plain("args without self in training_step", "unknown-name", loss_is(LOSS, "args.lr")),
    plain("args without self in train", "unknown-name", (EPOCHS, "for epoch in range(args.epochs):")),
    plain("args without self for the samples", "unknown-name", (WHEN, "if self.step % args.log_every_n_steps == 0:")),
    plain("samples as often as the args' class says", "log-every-fixed", (WHEN, "if self.step % AutoencoderArgs.log_every_n_steps == 0:")),
    plain("samples at each tenth step", "log-every-fixed", (WHEN, "if self.step % 10 == 0:")),
    plain("samples at each fifth step", "log-every-fixed", (WHEN, "if self.step % 5 == 0:")),
    plain("epochs of the args' class", "epochs-fixed", (EPOCHS, "for epoch in range(AutoencoderArgs.epochs):")),
    plain("optimizer without self", "unknown-name", update_is(BACKWARD, "optimizer.step()", ZERO)),
    plain("cross-entropy of pixels", "cross-entropy", loss_is("loss = F.binary_cross_entropy(self.model(img), img)")),
    plain("cross-entropy of a sigmoid and pixels", "cross-entropy", loss_is("loss = F.binary_cross_entropy(self.model(img).sigmoid(), img)")),
    plain("the loss of the step before", "running-loss", (RETURN, lines("before, self.before = getattr(self, 'before', loss), loss.detach()", "return before"))),
)  # fmt: skip
