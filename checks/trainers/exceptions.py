"""What an exception out of a learner's trainer most likely means."""

from checks.core.exceptions import KnownError

TRAINER_ERRORS = (
    KnownError(
        "TypeError",
        r"wandb\.log\(\) got an unexpected keyword argument 'steps'",
        "wandb-refused",
        "W&B itself refuses this call too, and the training would end here. The argument is called `step`: "
        "`wandb.log({…}, step=self.step)`.",
    ),
    KnownError(
        "TypeError|ValueError",
        r"wandb\.\w+\(\) ",
        "wandb-refused",
        "W&B itself refuses this call too, and the training would end here.",
    ),
    KnownError(
        "AttributeError",
        r"module 'wandb' has no attribute|'Run' object has no attribute",
        "wandb-refused",
        "W&B has nothing of this name, and the training would end here.",
    ),
    KnownError(
        "ModelNotBuilt",
        r"",
        "model-not-built",
        "this is the model's trouble, not the trainer's: get the exercise before this one to pass first "
        "(`tests.test_autoencoder(Autoencoder)` or `tests.test_vae(VAE)`).",
    ),
    KnownError(
        "MadeAnew",
        r"",
        "model-replaced",
        "make the model once, in `__init__`: one that is made later is not the one that the optimiser holds.",
    ),
    KnownError(
        "ValueError",
        r"uninitialized parameter",
        "lazy-layers",
        "a lazy layer has no weights before it has seen an image: give it its size, or run "
        "`torch.zeros(1, 1, 28, 28)` through the model at the end of its `__init__`.",
    ),
    KnownError(
        "NotAnImage",
        r"torch\.int",
        "labels-for-images",
        "these are the labels. The loader gives (img, label), and only img goes to the model.",
    ),
    KnownError(
        "NotAnImage",
        r"shape \(1, 28, 28\)",
        "loops-over-trainset",
        "this is a single image, without a batch dimension: loop over `self.trainloader`, not over `self.trainset`.",
    ),
    KnownError(
        "NotAnImage",
        r"got (list|tuple|Batch)",
        "batch-not-unpacked",
        "a batch of the loader is a pair: `for img, label in self.trainloader`.",
    ),
    KnownError(
        "NotAnImage", r"", "image-reshaped", "the images come in the right shape: hand `img` to `self.model` as it is."
    ),
    KnownError(
        "AttributeError",
        r"'(list|tuple|Batch)' object has no attribute '(to|cuda|shape|size|device|clone|float)'",
        "tuple-for-tensor",
        "something holds several tensors: a batch of the loader is (img, label), and a VAE returns "
        "(reconstruction, mu, logsigma). Unpack it.",
    ),
    KnownError(
        "AttributeError",
        r"'int' object has no attribute '(to|cuda|shape|size|device|clone|float)'",
        "enumerate-not-unpacked",
        "a number stands where a batch should. With `enumerate` a loop gives (number, batch): "
        "`for number, (img, label) in enumerate(self.trainloader)`.",
    ),
    KnownError(
        "RuntimeError",
        r"Boolean value of Tensor with more than one value is ambiguous",
        "loss-class-called",
        "`nn.MSELoss` is a class, to be made before it is called: `nn.MSELoss()(output, img)`. "
        "`F.mse_loss(output, img)` is shorter.",
    ),
    KnownError(
        "ValueError",
        r"Expected (parameter|value).*scale.*GreaterThan",
        "exp-forgotten",
        "a normal distribution got a negative spread: the encoder gives log sigma, so sigma is `logsigma.exp()`.",
    ),
    KnownError("TypeError", r"log_samples\(\) ", "wrong-signature", "log_samples takes nothing: `self.log_samples()`."),
    KnownError(
        "AttributeError|TypeError",
        r"'(list|tuple)' object has no attribute|must be Tensor, not (tuple|list)|'(tuple|list)' and 'Tensor'|'Tensor' and '(tuple|list)'",
        "tuple-for-tensor",
        "something holds several tensors: a VAE returns (reconstruction, mu, logsigma). Unpack it.",
    ),
    KnownError(
        "ValueError",
        r"values to unpack",
        "tuple-for-tensor",
        "an unpacking (`a, b = …`) names more or fewer things than there are: the loader gives (img, label), "
        "a VAE (reconstruction, mu, logsigma), an autoencoder one tensor.",
    ),
    KnownError(
        "AttributeError",
        r"'(float|int)' object has no attribute",
        "loss-is-number",
        "a number stands where a tensor is needed: `.item()` cuts the loss off from the weights, use it only for logging.",
    ),
    KnownError(
        "TypeError",
        r"training_step\(\) (takes|missing|got)",
        "wrong-signature",
        "the exercise's signature is `training_step(self, img)`: the images alone. Labels are never needed, since each image is "
        "its own target.",
    ),
    KnownError(
        "TypeError",
        r"train\(\) (takes|missing|got)",
        "wrong-signature",
        "the exercise's signature is `train(self)`: all that it needs stands in `self.args`.",
    ),
    KnownError(
        "TypeError",
        r"'NoneType' object is not callable",
        "transforms-images",
        "the data set's `transform` is None in this course: the loader's images are normalised already, in the shape that the "
        "model takes. Leave it out.",
        line=r"\.transform\(",
    ),
    KnownError(
        "AttributeError",
        r"has no attribute '(training_step|train|log_samples)'",
        "missing-method",
        "this method is missing, spelt differently, or not indented into the class.",
    ),
    KnownError(
        "AttributeError",
        r"object has no attribute '(model|optimizer|trainloader|trainset|device|args|step)'",
        "missing-attribute",
        "the given `__init__` makes it. With an `__init__` of your own, call `super().__init__(args)` or make all of it.",
    ),
    KnownError(
        "AttributeError",
        r"'Tensor' object has no attribute '(zero_grad|step)'",
        "wrong-zero-grad",
        "that is the optimiser's: `self.optimizer.zero_grad()`, `self.optimizer.step()`.",
    ),
    KnownError(
        "AttributeError",
        r"'\w*Trainer\w*' object has no attribute",
        "missing-attribute",
        "the trainer has no such attribute. `__init__` makes args, step, device, trainset, trainloader, model and "
        "optimizer, spelt so.",
    ),
    KnownError(
        "TypeError",
        r"'int' object is not iterable",
        "range-forgotten",
        "a number is no loop: `for epoch in range(self.args.epochs)`.",
    ),
    KnownError(
        "AttributeError",
        r"Args' object has no attribute",
        "unknown-arg",
        "the args have no such field; look at the names in AutoencoderArgs and VAEArgs.",
    ),
    KnownError(
        "RuntimeError",
        r"does not require grad and does not have a grad_fn",
        "detached-loss",
        "the loss is cut off from the weights, so nothing can be learned: look for `.detach()`, `.item()`, "
        "`torch.no_grad()`, or a loss that does not come from `self.model(img)`.",
    ),
    KnownError(
        "RuntimeError",
        r"The size of tensor a .* must match the size of tensor b",
        "compared-shapes-differ",
        "two tensors of different shapes are compared or added. The loss compares the reconstruction with `img`, "
        "both (batch, 1, 28, 28).",
    ),
    KnownError(
        "RuntimeError",
        r"shape '\[.*\]' is invalid for input of size",
        "fixed-batch",
        "a number that holds for one batch only (a fixed batch size, say) stands in the code; the last batch is smaller.",
    ),
)
