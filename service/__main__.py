"""`python -m service COMMAND`, the same as the installed `afterword`."""

from service.cli import main

if __name__ == "__main__":
    main()
