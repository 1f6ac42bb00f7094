"""`cmc inspect`: what each part of a stream costs."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmc.cli import arguments, common
from cmc.core.bits import LIMITS, bits, bpp, compression_ratio, inside
from cmc.core.errors import CMCError
from cmc.stream.container import split, unpack
from cmc.stream.files import list_streams, read_stream
from cmc.stream.stream import Stream


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("inspect", "Print the ledger of .cmc streams: the bits of each part.")
    arguments.add_limit(parser)
    parser.add_argument("streams", type=Path, nargs="+", help=".cmc files, or folders with some in or below them")
    return parser


def run(args: argparse.Namespace) -> int:
    """Print every stream's ledger; a stream that does not decode is an error."""
    for path in list_streams(args.streams)[: args.limit]:
        try:
            data = read_stream(path)
            stream = unpack(data)
        except CMCError as error:
            raise CMCError(f"{path}: {error}") from error
        print(f"{path}: {_ledger(data, stream)}")
    return common.OK


def _ledger(data: bytes, stream: Stream) -> str:
    parts = split(data)
    header, size = parts.header, parts.header.size
    table = f" (table {header.table})" if header.table else ""
    reference = f", reference by {header.reference}" if header.reference else ""
    about = f"version {header.version}, {header.mode.name} mode, {size[0]}x{size[1]}"
    lines = [f"{about}, caption by {header.text.name.lower()}{table}{reference}"]
    notes = _notes(stream)
    for name, used in parts.ledger().items():
        lines.append(f"{name:>8} {bits(used):>10,} bits{notes[name] if used and name in notes else ''}")
    limits = inside(len(data), size)
    verdict = ", ".join(f"{'inside' if limits[name] else 'outside'} {name} ({LIMITS[name]})" for name in LIMITS)
    total = f"{bpp(len(data), size):.5f} bpp, {compression_ratio(len(data), size):,.0f} times smaller than 24-bit"
    return "\n".join([*lines, f"{'total':>8} {bits(len(data)):>10,} bits: {total}; {verdict}"])


def _notes(stream: Stream) -> dict[str, str]:
    """What a version 2 stream has in its parts. Details and the whole are one coded text: there are no bits of either,
    so their characters are told."""
    characters = ", ".join(f"{len(detail)}" for detail in stream.details)
    grid = "" if stream.grid is None else f"{stream.grid.shape[1]}x{stream.grid.shape[0]}"
    return {
        "text": f": coded as one, details of {characters} characters, overall of {len(stream.text)}"
        if characters
        else "",
        "maps": f": {len(stream.details)} of 8x8",
        "pixels": f": {grid}, {stream.geometry}" if grid else "",
        "codec": f": with weights {stream.weights.hex()}" if stream.weights else "",
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
