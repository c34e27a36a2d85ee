"""A real single-node Kubernetes for the tests and the demo, made of registry packages alone; `python3 -m hack.cluster --help`."""
