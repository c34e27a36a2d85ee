"""`python -m tests.bench --only builder|operator|all`: runs the benchmarks, one JSON line a figure on stdout."""

import argparse
import subprocess
import sys

SUITES = {"builder": ("builder", "growth", "peer"), "operator": ("operator", "scale")}


def main() -> int:
    """Run the parts of the chosen suites one by one, each in a process of its own; the first failure's code is ours."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=(*SUITES, "all"), default="all")
    only = parser.parse_args().only
    codes = [
        subprocess.run([sys.executable, "-m", f"tests.bench.{part}"], check=False).returncode
        for suite, parts in SUITES.items()
        if only in (suite, "all")
        for part in parts
    ]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
