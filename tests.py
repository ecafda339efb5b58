"""What each exercise asks for, one function each: the check that a learner calls, and the exercise's specification.

    tests.test_vae(VAE)             in a notebook, with your own class
    pytest tests.py                 grades exercises/; add --grade solutions (or any folder) to grade another one

b stands for the batch. Every check makes models of odd sizes, copies known weights into them, and compares what they
compute with the reference; `checks/` holds how.
"""

from checks.exam import check
from checks.subjects import autoencoder, autoencoder_trainer, vae, vae_trainer


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
