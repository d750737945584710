"""The command line: thin shells over documented functions, and the only prints of the project."""


def main() -> None:
    """Run `storybench` with the arguments of the process."""
    from storybench.cli.app import run

    run()
