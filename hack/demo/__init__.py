"""The demo: from an empty machine to a patched BareMetalHost; `python3 -m hack.demo --help`."""
