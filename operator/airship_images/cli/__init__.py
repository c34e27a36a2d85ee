"""The command line `airship-images`: one file per command."""
