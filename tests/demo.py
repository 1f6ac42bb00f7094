"""What `make demo` needs before and says after: photographs, tiny models with random weights, plain words."""

import sys
from pathlib import Path

from tests.conftest import photo

PHOTOGRAPHS = {
    "NSI_pgc_astronaut": "astronaut.png",
    "NSI_pgc_coffee": "coffee.png",
    "NSI_pgc_rocket": "rocket.jpg",
    "NSI_ugc_chelsea": "chelsea.png",
    "NSI_ugc_motorcycle": "motorcycle_left.png",
    "NSI_ugc_coins": "coins.png",
    "SCI_screen_page": "page.png",
    "SCI_screen_text": "text.png",
    "other_retina": "retina.jpg",
}
WARNING = """
  The models of this demo are tiny and have RANDOM weights: their captions, pictures and scores MEAN NOTHING.
  Real are the photographs, the references, their bytes, and the pictures of the `reference` decoder.
"""


def begin(root: Path) -> None:
    """Photographs into GT, models into models/, scoring weights into Weight."""
    from tests import tiny_i2t, tiny_t2i, tiny_topiq

    for name, source in PHOTOGRAPHS.items():
        path = root / "GT" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo(source).save(path)
    tiny_i2t.llava(root / "models" / "llava")
    tiny_t2i.sd(root / "models" / "sd")
    tiny_topiq.save_weights(root / "Weight")
    print(WARNING)


def end(root: Path) -> None:
    """Where everything is, and what to try next."""
    print(f"""{WARNING}
  captions    {root}/Text/tiny.csv
  references  {root}/Ref/image, {root}/Ref/pixel (bytes in streams.csv)
  pictures    {root}/Result/tiny, {root}/Result/reference
  scores      {root}/Result/*/scores.csv, summary.csv

  Next, with images of your own in GT/ and a GPU:
    .venv/bin/python -m cmc reference
    .venv/bin/python script-i2t.py --model_name Qwen
    .venv/bin/python script-t2i.py --input_path Text/Qwen.csv --model_name sd15
""")


if __name__ == "__main__":
    {"begin": begin, "end": end}[sys.argv[1]](Path(sys.argv[2]))
