"""`python -m qa_bot` is `qa-bot`."""

from qa_bot.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
