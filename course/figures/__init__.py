"""What is drawn: images, latent spaces, a training while it runs, and how a page shows them."""
