"""A plan whose decoders run in every precision and batch size, so that their pictures can be compared."""

from dataclasses import replace

from cmc.studies.plan import Plan, Table

DTYPES = ["fp32", "fp16", "bf16"]
BATCH_SIZES = [1, 8]


def with_variants(plan: Plan) -> Plan:
    """The plan, each decoder in every dtype with one and with eight pictures at once, unless it says which itself."""
    return replace(plan, decoders=tuple(map(_varied, plan.decoders)))


def _varied(table: Table) -> Table:
    if any(isinstance(table.get(key), list) for key in ("dtype", "batch_size")):
        return table
    return {**table, "dtype": DTYPES, "batch_size": BATCH_SIZES}
