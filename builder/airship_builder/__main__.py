"""`python3 -m airship_builder`."""

from airship_builder.main import main

if __name__ == "__main__":
    raise SystemExit(main())
