"""The standard sets by name."""

from cmc.standard_sets.facts import UNKNOWN, SetFile, StandardSet

FULL = "full resolution, the mean over images of each image's own bpp and score"
CUT = "centre crops of {0}x{0}: other pictures, with other bits and scores than full resolution; name the crop"
RGB = "8-bit RGB, read as sRGB; PSNR is of RGB unless a table says Y"
CAPTIONS = (
    "https://raw.githubusercontent.com/Q-Future/CMC-Bench/84d0f9986670fce433efb2b09438bc2b5732bd6a/Text/gpt4v.csv"
)

SETS = {
    "kodak": StandardSet(
        title="Kodak Lossless True Color Image Suite",
        images=24,
        licence="released by the Eastman Kodak Company for unrestricted use, says the page that serves it",
        citation="Kodak Lossless True Color Image Suite (PhotoCD PCD0992), https://r0k.us/graphics/kodak/",
        colour=RGB,
        protocols=(FULL, CUT.format(512)),
        source="https://r0k.us/graphics/kodak/kodak",
        files=tuple(SetFile(name=f"kodim{number:02}.png") for number in range(1, 25)),
        sizes=frozenset({(768, 512), (512, 768)}),
    ),
    "div2k": StandardSet(
        title="DIV2K, validation",
        images=100,
        licence="for academic research alone; the pictures belong to their owners",
        citation="Agustsson and Timofte, NTIRE 2017 Challenge on Single Image Super-Resolution: Dataset and Study, "
        "CVPR Workshops 2017",
        colour=RGB,
        protocols=(FULL, CUT.format(768), CUT.format(512)),
        source="https://data.vision.ee.ethz.ch/cvl/DIV2K",
        files=(SetFile(name="DIV2K_valid_HR.zip", pictures=100),),
    ),
    "clic2020": StandardSet(
        title="CLIC 2020, test (professional and mobile)",
        images=428,
        licence=f"{UNKNOWN} here: read what stands where you take it from",
        citation="Toderici et al., Workshop and Challenge on Learned Image Compression (CLIC2020), CVPR 2020",
        colour=RGB,
        protocols=(FULL, CUT.format(768), CUT.format(512)),
    ),
    "cmc-bench": StandardSet(
        title="CMC-Bench",
        images=1000,
        licence="CC BY 4.0",
        citation="Li et al., CMC-Bench: Towards a New Paradigm of Visual Signal Compression, arXiv 2406.09356",
        colour=RGB,
        protocols=("full resolution, the mean over images by mode and content type (docs/scores.md)",),
        source="lcysyzxdxc/CMC-Bench",
        files=(
            SetFile(name="ground-truth.zip", pictures=1000),
            SetFile(name="reference-image.zip", folder="Ref/image", pictures=1000),
            SetFile(name="reference-pix.zip", folder="Ref/pixel", pictures=1000),
            SetFile(name="topiq-fr.pth", folder="Weight"),
            SetFile(name="topiq-nr.pth", folder="Weight"),
            SetFile(name="gpt4v.csv", folder="Text", url=CAPTIONS),
        ),
    ),
}
