import pytest

from cmc.core.bits import LIMITS, bits, bpp, compression_ratio, inside, marked


def test_a_raw_picture_is_24_bpp_and_ratio_one() -> None:
    assert bits(3) == 24
    assert bpp(3 * 100 * 50, (100, 50)) == 24
    assert compression_ratio(3 * 100 * 50, (100, 50)) == 1
    assert compression_ratio(0, (100, 50)) == float("inf")


def test_a_rate_that_was_measured_bears_no_mark() -> None:
    assert marked("0.1", False) == "0.1"
    assert marked("0.1", True) == "0.1 (bits as stated by their author)"


def test_limits_are_a_thousandth_and_a_ten_thousandth_of_24_bit() -> None:
    assert pytest.approx({"ULB": 24 / 1_000, "ELB": 24 / 10_000}) == LIMITS


@pytest.mark.parametrize(
    ("size_in_bytes", "expected"),
    [
        (300, {"ULB": True, "ELB": True}),
        (301, {"ULB": True, "ELB": False}),
        (3000, {"ULB": True, "ELB": False}),
        (3001, {"ULB": False, "ELB": False}),
    ],
)
def test_a_megapixel_keeps_within_its_limits(size_in_bytes: int, expected: dict[str, bool]) -> None:
    assert inside(size_in_bytes, (1000, 1000)) == expected
