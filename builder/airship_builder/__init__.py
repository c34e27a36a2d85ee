"""The program inside the build Jobs: one request in, one image out, one file per phase."""
