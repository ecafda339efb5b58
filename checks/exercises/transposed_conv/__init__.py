"""The exercise transposed_conv."""
