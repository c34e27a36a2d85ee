"""Declarative operating system images for bare-metal Kubernetes: the operator and its command line."""
