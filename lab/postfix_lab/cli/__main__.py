"""`python -m postfix_lab.cli` is `postfix-lab`."""

from postfix_lab.cli import main

main()
