"""A function under test."""
