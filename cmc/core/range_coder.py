"""A range coder on integers alone, so that every machine reads the same bytes (Martin, 1979; carries as in LZMA).

The package `constriction` is not used: its streams come in words of 32 bits, which is a tenth of a caption, and its
Python models take their probabilities as floats.
"""

from cmc.core.errors import CMCError

_BITS = 64
_MASK = (1 << _BITS) - 1
_SMALL = 1 << (_BITS - 8)
_AHEAD = _BITS // 8

# Totals up to this lose less than 2^-8 of a bit per symbol.
MAX_TOTAL = 1 << 48


class RangeEncoder:
    """Symbols in, bytes out. A symbol is the interval [start, start + size) of [0, total), total <= MAX_TOTAL."""

    def __init__(self) -> None:
        self._low, self._range = 0, _MASK
        self._out = bytearray()

    def encode(self, start: int, size: int, total: int) -> None:
        """Append one symbol."""
        step = self._range // total
        self._low += start * step
        self._range = step * size
        if self._low > _MASK:
            self._low &= _MASK
            self._carry()
        while self._range < _SMALL:
            self._out.append(self._low >> (_BITS - 8))
            self._low = self._low << 8 & _MASK
            self._range <<= 8

    def _carry(self) -> None:
        position = len(self._out) - 1
        while self._out[position] == 255:
            self._out[position] = 0
            position -= 1
        self._out[position] += 1

    def finish(self) -> bytes:
        """The shortest bytes that decode to what was encoded, given that the decoder reads zeros after them."""
        for length in range(_AHEAD + 1):
            unit = 1 << (_BITS - 8 * length)
            value = -(-self._low // unit) * unit
            if value < self._low + self._range:
                break
        if value > _MASK:
            value &= _MASK
            self._carry()
        return bytes(self._out) + value.to_bytes(_AHEAD, "big")[:length]


class RangeDecoder:
    """Bytes in, symbols out: `target` says where in [0, total) the next symbol lies, `consume` takes it off.

    Raises CMCError where no encoder can have written these bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._next = data, _AHEAD
        self._code = int.from_bytes(data[:_AHEAD].ljust(_AHEAD, b"\0"), "big")
        self._range = _MASK
        self._step = 0

    def target(self, total: int) -> int:
        """A number in [0, total) inside the next symbol's interval."""
        self._step = self._range // total
        target = self._code // self._step
        if target >= total:
            raise CMCError("the entropy-coded bytes are damaged; fetch the file again")
        return target

    def consume(self, start: int, size: int) -> None:
        """Go on after the symbol [start, start + size) that holds the last target."""
        self._code -= start * self._step
        self._range = self._step * size
        while self._range < _SMALL:
            if self._next >= len(self._data) + _AHEAD:
                raise CMCError("the entropy-coded bytes end too early; fetch the file again")
            byte = self._data[self._next] if self._next < len(self._data) else 0
            self._code = self._code << 8 | byte
            self._range <<= 8
            self._next += 1

    def finish(self) -> None:
        """Raises CMCError if bytes are left over after the last symbol."""
        if self._next < len(self._data):
            raise CMCError(f"{len(self._data) - self._next} bytes follow the coded symbols; fetch the file again")
