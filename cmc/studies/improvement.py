"""How much better a decoder's picture is than its reference, as table A1 has it."""


def improvement(original: float, decoded: float, higher: bool) -> float | None:
    """In per cent, positive where `decoded` is better; None where there is nothing to divide by.

    Where more is better it is (decoded - original) / original. Where less is better (LPIPS, FID) the two change
    places, (original - decoded) / decoded, so that its sign turns and its base is the decoded picture. That is what
    table A1 prints: of 0.523 and 0.435 of LPIPS 20.2 %, not 16.8 %.
    """
    base, gain = (original, decoded - original) if higher else (decoded, original - decoded)
    return None if base == 0 else 100 * gain / abs(base)


def percent(value: float | None) -> str:
    """Three digits, as printed in table A1: 270%, 20.2%, 7.88%."""
    if value is None:
        return "–"
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{decimals}f}%"
