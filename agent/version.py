"""The version of the program that runs."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """The installed version, or `0+source` when the program runs from a folder that was not installed."""
    try:
        return version("wellread")
    except PackageNotFoundError:
        return "0+source"
