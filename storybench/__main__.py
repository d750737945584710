"""`python -m storybench` is the same as `storybench`."""

from storybench.cli import main

if __name__ == "__main__":
    main()
