"""The steps of a plan: each file answers one question about an image."""
