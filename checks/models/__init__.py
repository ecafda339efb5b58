"""An nn.Module under test: its layers, what its halves compute, its samples, its gradients."""
