"""One file a command: a parser, `run(args) -> int`, `main(argv) -> int`. The only place that prints or parses."""
