"""The links of all viewers: a table, and a page to be printed and cut."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from cmc.core.files import write_atomic
from cmc.core.tables import write_csv

_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Links of the viewers</title>
<style>
  body {{ font: 12pt sans-serif; margin: 2cm; }}
  li {{ list-style: none; padding: 10pt 0; border-top: 1px dashed #888; break-inside: avoid; }}
  code {{ overflow-wrap: anywhere; }}
</style>
<h1>Links of the viewers</h1>
<p>One each. A link is the viewer's key: hand each to one person, and to nobody else.</p>
<ul>
{items}
</ul>
"""


def save_links(path: Path, links: Mapping[str, str]) -> None:
    """`path` with the endings .csv and .html: the link of each viewer, for the eyes of the files' owner alone."""
    table, page = path.with_suffix(".csv"), path.with_suffix(".html")
    write_csv(table, ("viewer", "link"), links.items())
    items = (f"<li><b>{escape(viewer)}</b> <code>{escape(link)}</code></li>" for viewer, link in links.items())
    write_atomic(page, _PAGE.format(items="\n".join(items)).encode())
    for file in (table, page):
        file.chmod(0o600)
