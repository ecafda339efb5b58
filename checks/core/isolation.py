"""Leaves the caller's world as it was: random numbers, what is set in torch, threads, warnings."""

import contextlib
import random
import warnings
from collections.abc import Iterator

import numpy as np
import torch


@contextlib.contextmanager
def isolated(seed: int) -> Iterator[None]:
    """Runs the block in a random state of its own, on the CPU, in float32 and with gradients, whatever the caller has set
    in torch; and restores the caller's state."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    dtype, grad, threads = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
    precision = torch.get_float32_matmul_precision()
    with contextlib.ExitStack() as settings:
        settings.enter_context(torch.random.fork_rng(devices=range(torch.cuda.device_count())))
        settings.enter_context(warnings.catch_warnings())
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                settings.enter_context(torch.autocast(device, enabled=False))
        if torch.get_default_device().type != "cpu":  # only then: it makes each call of torch slower
            settings.enter_context(torch.device("cpu"))
        warnings.simplefilter("ignore")
        torch.set_default_dtype(torch.float32)
        torch.set_float32_matmul_precision("highest")
        torch.set_num_threads(1)  # the tensors are tiny: threads would only wait for each other
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        try:
            with torch.inference_mode(False), torch.enable_grad():
                yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_grad_enabled(grad)
            torch.set_float32_matmul_precision(precision)
            torch.set_num_threads(threads)
            random.setstate(python_state)
            np.random.set_state(numpy_state)
