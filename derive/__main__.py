"""`python -m derive` is the command."""

from derive.cli import main

if __name__ == "__main__":
    main()
