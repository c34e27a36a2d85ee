"""A real single-node Kubernetes for the tests and the demo; `python3 -m hack.cluster --help`."""
