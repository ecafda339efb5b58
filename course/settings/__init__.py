"""What this machine and its user decide: memory, short trainings, Colab, W&B."""
