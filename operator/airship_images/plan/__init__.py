"""What happens next to an image? Pure: one frozen State in, one Plan out."""
