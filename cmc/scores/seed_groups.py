"""Results that differ in nothing but their seed, taken together: found by their run files, whatever they are called."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmc.core.run_file import Document
from cmc.scores.resample import score_columns
from cmc.scores.score_file import ScoreFile
from cmc.scores.summary import Key

SEED = "seed"


@dataclass(frozen=True)
class SeedGroup:
    """Results of one setting and several seeds; of a result by itself `seeds` is empty, for it says nothing of them.

    `files` are in the order of `seeds`.
    """

    files: tuple[ScoreFile, ...]
    seeds: tuple[int, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(file.target for file in self.files)

    @property
    def name(self) -> str:
        """What the results share of their names, and how many they are: `real+llava (3 seeds)`."""
        if not self.seeds:
            return self.files[0].target
        stems = dict.fromkeys(_stem(file.target, seed) for file, seed in zip(self.files, self.seeds, strict=True))
        return f"{', '.join(stems)} ({len(self.seeds)} seeds)"

    def tables(self, names: Sequence[str]) -> dict[Key, np.ndarray]:
        """(images, seeds) scores in the order of `names`, by (content, mode, metric) that all results have.

        NaN is an image without a score; one that lacks it with some seed has none with any, so that every seed's mean
        is over the same images.
        """
        columns = [score_columns(file.scores, names) for file in self.files]
        tables = {
            key: np.column_stack([column[key] for column in columns])
            for key in columns[0]
            if all(key in column for column in columns)
        }
        for table in tables.values():
            table[~np.isfinite(table).all(axis=1)] = np.nan
        return {key: table for key, table in tables.items() if np.isfinite(table).any()}


def _stem(target: str, seed: int) -> str:
    """A result's name without the seed that a study puts behind it."""
    return target.removesuffix(f"-seed{seed}")


def group_by_seed(
    files: Mapping[str, ScoreFile], runs: Mapping[str, Mapping[str, Document]]
) -> tuple[list[SeedGroup], list[str]]:
    """(groups in the order of their first results, why some results that differ in nothing at all stand by themselves).

    `files` and `runs` (`run.json` by mode) by target. Results are of one group where every mode's run file says the
    same settings but for the seed (captions, references and weights among them), another seed each, and where the same
    images were scored in the same way.
    """
    alike: dict[str, dict[str, int]] = {}
    for target, file in files.items():
        seeds = {runs[target].get(mode, {}).get("settings", {}).get(SEED) for mode in file.modes}
        seed = seeds.pop() if len(seeds) == 1 else None
        # Where run files are missing, or its modes are of several seeds, a result is of no group.
        setting = f"alone {target}" if seed is None else _setting(file, runs[target])
        alike.setdefault(setting, {})[target] = seed or 0
    groups, remarks = [], []
    for seed_of in alike.values():
        if len(seed_of) > 1 and len(set(seed_of.values())) == len(seed_of):
            ordered = sorted(seed_of, key=lambda target: seed_of[target])
            groups.append(SeedGroup(tuple(files[target] for target in ordered), tuple(sorted(seed_of.values()))))
            continue
        groups += [SeedGroup((files[target],)) for target in seed_of]
        if len(seed_of) > 1:
            remarks.append(
                f"{', '.join(seed_of)} are of one setting, and some of them of one seed, so no mean over seeds is made "
                "of them; name those that it is to be made of."
            )
    return groups, remarks


def _setting(file: ScoreFile, runs: Mapping[str, Document]) -> str:
    """What two results must share to be of one group, as text."""
    made = {
        mode: [
            {name: value for name, value in runs[mode]["settings"].items() if name != SEED},
            runs[mode].get("loaded"),
        ]
        for mode in file.modes
    }
    return json.dumps([made, dict(file.settings), file.names], sort_keys=True)
