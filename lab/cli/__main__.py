"""`python -m lab.cli` is `postfix-lab`."""

from lab.cli import main

main()
