"""A rating study from results: pictures chosen, copied and listed, lists drawn, secret, texts and examples laid out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.files import write_atomic
from cmc.core.run_file import Document
from cmc.raters.design import Design
from cmc.raters.examples import save_examples
from cmc.raters.links import Signer, make_secret
from cmc.raters.playlists import make_playlists
from cmc.raters.rated_pictures import RatedPicture, Sources, copy_picture
from cmc.raters.study_folder import EXAMPLES, PLAN, SECRET, TEXTS, RatingStudy, load_study, save_study
from cmc.raters.texts import PACKAGED

Progress = Callable[[Sequence[str]], Iterable[str]]


def refuse_made(folder: Path) -> None:
    """Raises CMCError where there is a study already: its votes are of its lists."""
    if (folder / PLAN).exists():
        raise CMCError(f"{folder} holds a study already; name another --study, or take that one away")


def make_study(
    folder: Path,
    sources: Sources,
    design: Design,
    made_from: Document,
    progress: Progress,
    viewers: Sequence[str] = (),
) -> RatingStudy:
    """Fill a folder; the plan comes last, so that what was stopped can be begun again. `viewers`: what they are called
    (`make_playlists`). Raises CMCError for a design that does not come out, before anything is copied, and ImageError
    for a picture that cannot be read."""
    lists = make_playlists(sources.rated, sources.aside, design, viewers)
    shown = {showing.picture for playlist in lists.values() for showing in playlist}
    pictures = [picture for picture in [*sources.rated, *sources.aside] if picture.name in shown]
    digests = _copied(folder, sources, pictures, progress)
    make_secret(folder / SECRET)
    if not (folder / TEXTS).exists():
        write_atomic(folder / TEXTS, PACKAGED.read_bytes())
    _save_examples(folder, [*sources.aside, *sources.rated])
    save_study(folder, design, made_from, {picture.name: _with(picture, digests) for picture in pictures}, lists)
    return load_study(folder)


def signer_of(study: RatingStudy) -> Signer:
    """What signs the links of a study."""
    return Signer(make_secret(study.folder / SECRET))


def _copied(folder: Path, sources: Sources, pictures: Sequence[RatedPicture], progress: Progress) -> dict[str, str]:
    """The digests of the files of `pictures`, copied."""
    names = sorted({name for picture in pictures for name in (picture.image, picture.reference)})
    return {name: copy_picture(sources.files[name], folder / name) for name in progress(names)}


def _with(picture: RatedPicture, digests: dict[str, str]) -> RatedPicture:
    return replace(picture, image_digest=digests[picture.image], reference_digest=digests[picture.reference])


def _save_examples(folder: Path, pictures: Sequence[RatedPicture]) -> None:
    """Of the first two ground truths, those kept aside before those that are rated."""
    references = list(dict.fromkeys(folder / picture.reference for picture in pictures))
    present = [path for path in references if path.is_file()]
    save_examples(folder / EXAMPLES, present[0], present[-1])
