"""What this machine and its user decide: the device, memory, short trainings, Colab, W&B."""
