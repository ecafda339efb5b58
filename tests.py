"""What each exercise asks for, one function each: the check that a learner calls, and the exercise's specification.

    tests.test_vae(VAE)             in a notebook, with your own class
    pytest tests.py                 grades exercises/; add --grade solutions (or any folder) to grade another one

b stands for the batch. Every check makes models of odd sizes, copies known weights into them, and compares what they
compute with the reference; `checks/` holds how.
"""

from checks.core.run import all_parts, check
from checks.exercises.autoencoder import autoencoder, autoencoder_trainer
from checks.exercises.beta_vae import active_units, aggregate_moments, effective_beta, kl_per_latent
from checks.exercises.faces import face_autoencoder, face_vae
from checks.exercises.hierarchical_vae.divergence import kl_between_gaussians
from checks.exercises.hierarchical_vae.loss import hierarchical_loss
from checks.exercises.hierarchical_vae.model import hierarchical_model
from checks.exercises.latent_pca.components import get_pca_components
from checks.exercises.regularised.contractive import contractive_penalty
from checks.exercises.regularised.denoising import denoising_trainer
from checks.exercises.regularised.sparse import sparse_trainer
from checks.exercises.transposed_conv.functions import (
    conv_transpose1d,
    conv_transpose1d_minimal,
    conv_transpose2d,
    fractional_stride_1d,
    fractional_stride_2d,
)
from checks.exercises.transposed_conv.layer import convolution_layer
from checks.exercises.vae import vae, vae_trainer


@check("autoencoder", autoencoder)
def test_autoencoder(Autoencoder):
    """An image is squeezed through `latent_dim_size` numbers and rebuilt."""
    model = Autoencoder(latent_dim_size=3, hidden_dim_size=37)
    model.keeps_sizes()
    model.has_layers()
    model.starts_random()
    model.encodes("b", 3)
    model.decodes("b", 1, 28, 28)
    model.reconstructs()
    model.lets_gradients_through()
    model.takes_other_sizes()


@check("vae", vae)
def test_vae(VAE):
    """An image becomes a normal distribution over latents; a sample of it becomes an image."""
    model = VAE(latent_dim_size=3, hidden_dim_size=37)
    model.keeps_sizes()
    model.has_layers()
    model.starts_random()
    model.encodes(2, "b", 3)
    model.decodes("b", 1, 28, 28)
    model.samples()
    model.decodes_a_sample()
    model.learns_from_samples()
    model.takes_other_sizes()


@check("autoencoder_trainer", autoencoder_trainer)
def test_autoencoder_trainer(AutoencoderTrainer):
    """One optimiser step a batch, on the mean squared error; a loop that counts, shows samples and returns the model."""
    trainer = AutoencoderTrainer
    trainer.makes_its_model()
    trainer.returns_loss()
    trainer.updates_weights()
    trainer.sees_every_image_each_epoch()
    trainer.counts_steps()
    trainer.logs_samples()
    trainer.trains_as_it_steps()
    trainer.returns_model()
    trainer.leaves_wandb_alone()
    trainer.tells_wandb()
    trainer.moves_images()


@check("vae_trainer", vae_trainer)
def test_vae_trainer(VAETrainer):
    """The same loop with another loss: mean squared error plus beta_kl times the mean KL."""
    trainer = VAETrainer
    trainer.makes_its_model()
    trainer.returns_loss()
    trainer.updates_weights()
    trainer.sees_every_image_each_epoch()
    trainer.counts_steps()
    trainer.logs_samples()
    trainer.trains_as_it_steps()
    trainer.returns_model()
    trainer.leaves_wandb_alone()
    trainer.tells_wandb()
    trainer.moves_images()


@check("transposed_conv", conv_transpose1d_minimal, part="conv_transpose1d_minimal")
def test_conv_transpose1d_minimal(conv_transpose1d_minimal):
    """x (b, in, width), weights (in, out, kernel): each number of x adds a multiple of the kernel to the output."""
    function = conv_transpose1d_minimal
    function.agrees_with_torch()
    function.takes_any_memory_layout()
    function.keeps_dtype()
    function.lets_gradients_through()
    function.is_built_from_scratch()


@check("transposed_conv", fractional_stride_1d, part="fractional_stride_1d")
def test_fractional_stride_1d(fractional_stride_1d):
    """stride − 1 zeros between neighbours, none at the ends."""
    function = fractional_stride_1d
    function.agrees_with_torch()
    function.takes_any_memory_layout()
    function.keeps_dtype()
    function.lets_gradients_through()
    function.is_built_from_scratch()


@check("transposed_conv", conv_transpose1d, part="conv_transpose1d")
def test_conv_transpose1d(conv_transpose1d):
    """With a stride and a padding."""
    function = conv_transpose1d
    function.agrees_with_torch()
    function.takes_any_memory_layout()
    function.keeps_dtype()
    function.lets_gradients_through()
    function.is_built_from_scratch()


@check("transposed_conv", fractional_stride_2d, part="fractional_stride_2d")
def test_fractional_stride_2d(fractional_stride_2d):
    """Zeros between rows and between columns, each with a stride of its own."""
    function = fractional_stride_2d
    function.agrees_with_torch()
    function.takes_any_memory_layout()
    function.keeps_dtype()
    function.lets_gradients_through()
    function.is_built_from_scratch()


@check("transposed_conv", conv_transpose2d, part="conv_transpose2d")
def test_conv_transpose2d(conv_transpose2d):
    """x (b, in, height, width), weights (in, out, kernel height, kernel width); stride and padding a number or a pair."""
    function = conv_transpose2d
    function.agrees_with_torch()
    function.takes_any_memory_layout()
    function.keeps_dtype()
    function.lets_gradients_through()
    function.is_built_from_scratch()


@check("transposed_conv", convolution_layer, part="ConvTranspose2d")
def test_ConvTranspose2d(ConvTranspose2d):
    """A layer without bias around `conv_transpose2d`, whose weight starts uniform in ±1/√(out · kernel area)."""
    layer = ConvTranspose2d
    layer.has_one_weight()
    layer.starts_uniform()
    layer.agrees_with_torch()
    layer.lets_gradients_through()


test_transposed_conv = all_parts(
    "transposed_conv",
    test_conv_transpose1d_minimal,
    test_fractional_stride_1d,
    test_conv_transpose1d,
    test_fractional_stride_2d,
    test_conv_transpose2d,
    test_ConvTranspose2d,
)


@check("latent_pca", get_pca_components)
def test_latent_pca(get_pca_components):
    """Directions (2, latent) of most variance, and projections (n, 2) along them; of a VAE's means."""
    get_pca_components.finds_an_autoencoders()
    get_pca_components.finds_a_vaes()


@check("beta_vae", kl_per_latent, part="kl_per_latent")
def test_kl_per_latent(kl_per_latent):
    """mu and logsigma (n, latent) → (latent,): the mean over the images of each latent's KL, in nats."""
    kl_per_latent.gives_the_right_numbers()
    kl_per_latent.takes_one_image()


@check("beta_vae", active_units, part="active_units")
def test_active_units(active_units):
    """mu (n, latent) → (latent,), True where the variance of mu over the images is above the threshold."""
    active_units.gives_the_right_numbers()
    active_units.takes_one_image()
    active_units.obeys_the_threshold()


@check("beta_vae", aggregate_moments, part="aggregate_moments")
def test_aggregate_moments(aggregate_moments):
    """mu and logsigma (n, latent) → mean and standard deviation, each (latent,), of all clouds taken together."""
    aggregate_moments.gives_the_right_numbers()
    aggregate_moments.takes_one_image()


@check("beta_vae", effective_beta, part="effective_beta")
def test_effective_beta(effective_beta):
    """The weight of the KL where both terms are sums: beta_kl · pixels / (2 · decoder_variance · latents)."""
    effective_beta.gives_the_right_numbers()
    effective_beta.minds_the_decoders_variance()


test_beta_vae = all_parts(
    "beta_vae", test_kl_per_latent, test_active_units, test_aggregate_moments, test_effective_beta
)


@check("faces", face_autoencoder, part="FaceAutoencoder")
def test_FaceAutoencoder(FaceAutoencoder):
    """An autoencoder for images (b, 3, 64, 64)."""
    model = FaceAutoencoder(latent_dim_size=3, hidden_dim_size=37)
    model.keeps_sizes()
    model.has_layers()
    model.starts_random()
    model.encodes("b", 3)
    model.decodes("b", 3, 64, 64)
    model.reconstructs()
    model.lets_gradients_through()
    model.takes_other_sizes()


@check("faces", face_vae, part="FaceVAE")
def test_FaceVAE(FaceVAE):
    """A VAE for images (b, 3, 64, 64)."""
    model = FaceVAE(latent_dim_size=3, hidden_dim_size=37)
    model.keeps_sizes()
    model.has_layers()
    model.starts_random()
    model.encodes(2, "b", 3)
    model.decodes("b", 3, 64, 64)
    model.samples()
    model.decodes_a_sample()
    model.learns_from_samples()
    model.takes_other_sizes()


test_faces = all_parts("faces", test_FaceAutoencoder, test_FaceVAE)


@check("hierarchical_vae", kl_between_gaussians, part="kl_between_gaussians")
def test_kl_between_gaussians(kl_between_gaussians):
    """KL(N(mu_q, sigma_q²) ‖ N(mu_p, sigma_p²)) of each element, for any shapes that broadcast."""
    function = kl_between_gaussians
    function.agrees_with_torch()
    function.lets_gradients_through()


@check("hierarchical_vae", hierarchical_model, part="HierarchicalVAE")
def test_HierarchicalVAE(HierarchicalVAE):
    """Two levels: up through q(z1|x) and q(z2|z1), down through p(z1|z2) and p(x|z1); new images from the top."""
    model = HierarchicalVAE
    model.keeps_sizes()
    model.has_layers()
    model.encodes()
    model.decodes()
    model.goes_up_and_down()
    model.draws_each_level()
    model.lets_gradients_through()
    model.starts_from_the_top()
    model.takes_other_sizes()


@check("hierarchical_vae", hierarchical_loss, part="hierarchical_loss")
def test_hierarchical_loss(hierarchical_loss):
    """Mean squared error plus beta_kl times the KL of both levels, per latent; and each of the terms."""
    function = hierarchical_loss
    function.returns_each_part()
    function.lets_gradients_through()


test_hierarchical_vae = all_parts(
    "hierarchical_vae", test_kl_between_gaussians, test_HierarchicalVAE, test_hierarchical_loss
)


@check("regularised_autoencoders", denoising_trainer, part="DenoisingTrainer")
def test_DenoisingTrainer(DenoisingTrainer):
    """The model gets img + noise_std · eps, and the loss compares what it makes of that with img."""
    trainer = DenoisingTrainer
    trainer.shows_noisy_images()
    trainer.returns_loss()
    trainer.updates_weights()
    trainer.leaves_wandb_alone()


@check("regularised_autoencoders", sparse_trainer, part="SparseTrainer")
def test_SparseTrainer(SparseTrainer):
    """Mean squared error plus sparsity_weight times the mean of |z| over batch and latents."""
    trainer = SparseTrainer
    trainer.returns_loss()
    trainer.updates_weights()
    trainer.leaves_wandb_alone()


@check("regularised_autoencoders", contractive_penalty, part="contractive_penalty")
def test_contractive_penalty(contractive_penalty):
    """The mean over the batch of the squared Frobenius norm of dz/dx, exact; the encoder's weights learn from it."""
    function = contractive_penalty
    function.is_the_squared_norm()
    function.teaches_the_weights()
    function.leaves_nothing_behind()


test_regularised_autoencoders = all_parts(
    "regularised_autoencoders", test_DenoisingTrainer, test_SparseTrainer, test_contractive_penalty
)
