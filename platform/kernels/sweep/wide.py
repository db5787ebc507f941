"""Several numbers as one value: a kernel written for one account runs on WIDTH of them at a time.

Where a loop over lanes is left to the compiler to turn into vector instructions, every bar of every lane goes through
memory. A wide value is such a vector from the start: a state made of them stays in registers from bar to bar, which
takes a third to a half of the time. Each operation is the one of a single number, in the same order and rounded alike,
so the bits are the same; what a processor lacks in width the compiler does in parts.

Arithmetic, comparisons, ``&`` and ``|`` of wide values and numbers give wide values. Nothing branches on one: a kernel
that does is refused by numba, as is everything else that isn't here.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.imputils import lower_builtin, lower_cast
from numba.core.typeconv import Conversion
from numba.core.types.containers import BaseTuple
from numba.core.types.misc import unliteral
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, register_model
from numba.np.arrayobj import make_array

WIDTH = 8
"""Numbers in a wide value: as many doubles as a register of AVX-512 holds. 16 take as long."""


class Wide(types.Type):
    """The type of WIDTH numbers of a kind, or of as many truth values."""

    def __init__(self, rank: int, element: Any) -> None:
        self.rank, self.element = rank, element
        super().__init__(f"{WIDTH} x {element}")

    def unify(self, _context: Any, other: Any) -> Any:
        """Return the kind that holds both."""
        kind = _kind(other)
        return None if kind is None else _common(self, kind)

    def can_convert_from(self, _context: Any, other: Any) -> Any:
        """Any number of a lower kind will do."""
        kind = _kind(other)
        return None if kind is None or kind.rank > self.rank else Conversion.promote


FLAGS, INTEGERS, FLOATS = Wide(0, types.boolean), Wide(1, types.int64), Wide(2, types.float64)
_VECTORS = tuple(ir.VectorType(element, WIDTH) for element in (ir.IntType(1), ir.IntType(64), ir.DoubleType()))


@register_model(Wide)
class _WideModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Wide) -> None:
        super().__init__(manager, kind, _VECTORS[kind.rank])


def _kind(given: Any) -> Any:
    """Return the kind of wide value that a type is or becomes; None for what is no number."""
    if isinstance(given, Wide):
        return given
    if isinstance(given, types.Boolean):
        return FLAGS
    if isinstance(given, types.Integer):
        return INTEGERS
    return FLOATS if isinstance(given, types.Float) else None


def _common(*kinds: Wide) -> Wide:
    return max(kinds, key=lambda kind: kind.rank)


def _spread(builder: Any, value: Any, kind: Wide) -> Any:
    vector = _VECTORS[kind.rank]
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    same = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), same)


def _from_number(context: Any, builder: Any, given: Any, kind: Wide, value: Any) -> Any:
    return _spread(builder, context.cast(builder, value, given, kind.element), kind)


for _to in (FLAGS, INTEGERS, FLOATS):
    for _given in (types.Boolean, types.Integer, types.Float)[: _to.rank + 1]:
        lower_cast(_given, _to)(_from_number)


@lower_cast(FLAGS, INTEGERS)  # type: ignore[untyped-decorator]
def _flags_to_integers(_context: Any, builder: Any, _from: Any, _to: Any, value: Any) -> Any:
    return builder.zext(value, _VECTORS[INTEGERS.rank])


@lower_cast(FLAGS, FLOATS)  # type: ignore[untyped-decorator]
def _flags_to_floats(_context: Any, builder: Any, _from: Any, _to: Any, value: Any) -> Any:
    return builder.uitofp(value, _VECTORS[FLOATS.rank])


@lower_cast(INTEGERS, FLOATS)  # type: ignore[untyped-decorator]
def _integers_to_floats(_context: Any, builder: Any, _from: Any, _to: Any, value: Any) -> Any:
    return builder.sitofp(value, _VECTORS[FLOATS.rank])


def _operator(function: Any, lowest: Wide, highest: Wide, result: Wide | None = None) -> None:
    """Let an operator take wide values, brought to one kind that is at least ``lowest``."""

    class Template(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, kws: Any) -> Any:
            kinds = [_kind(given) for given in args]
            if kws or None in kinds or not any(isinstance(given, Wide) for given in args):
                return None
            kind = _common(lowest, *kinds)
            if kind.rank > highest.rank:
                return None
            return signature(kind if result is None else result, *[kind] * len(args))

    infer_global(function)(Template)


def _lower(function: Any, kind: Wide, arguments: int, build: Callable[..., Any]) -> None:
    @lower_builtin(function, *[kind] * arguments)  # type: ignore[untyped-decorator]
    def lowered(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return build(builder, *args)


def _absolute_integer(builder: Any, value: Any) -> Any:
    negative = builder.icmp_signed("<", value, ir.Constant(value.type, [0] * WIDTH))
    return builder.select(negative, builder.neg(value), value)


def _called(name: str) -> Callable[..., Any]:
    def build(builder: Any, value: Any) -> Any:
        of_floats = ir.FunctionType(value.type, [value.type])
        return builder.call(cgutils.get_or_insert_function(builder.module, of_floats, f"{name}.v{WIDTH}f64"), [value])

    return build


for _symbol, _of_floats, _of_integers in (
    (operator.add, "fadd", "add"), (operator.sub, "fsub", "sub"), (operator.mul, "fmul", "mul"),
):  # fmt: skip
    _operator(_symbol, INTEGERS, FLOATS)
    _lower(_symbol, FLOATS, 2, getattr(ir.IRBuilder, _of_floats))
    _lower(_symbol, INTEGERS, 2, getattr(ir.IRBuilder, _of_integers))
_operator(operator.truediv, FLOATS, FLOATS)
_lower(operator.truediv, FLOATS, 2, ir.IRBuilder.fdiv)
_operator(operator.neg, INTEGERS, FLOATS)
_operator(abs, INTEGERS, FLOATS)
_lower(operator.neg, FLOATS, 1, ir.IRBuilder.fneg)
_lower(operator.neg, INTEGERS, 1, ir.IRBuilder.neg)
_lower(abs, FLOATS, 1, _called("llvm.fabs"))
_lower(abs, INTEGERS, 1, _absolute_integer)
for _symbol, _build in ((operator.and_, ir.IRBuilder.and_), (operator.or_, ir.IRBuilder.or_)):
    _operator(_symbol, FLAGS, INTEGERS)
    for _to in (FLAGS, INTEGERS):
        _lower(_symbol, _to, 2, _build)
for _symbol, _sign in (
    (operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="), (operator.eq, "=="),
    (operator.ne, "!="),
):  # fmt: skip
    _operator(_symbol, INTEGERS, FLOATS, FLAGS)
    # Only nan differs from itself.
    _compare = ir.IRBuilder.fcmp_unordered if _symbol is operator.ne else ir.IRBuilder.fcmp_ordered
    _lower(_symbol, FLOATS, 2, lambda builder, a, b, s=_sign, compare=_compare: compare(builder, s, a, b))
    _lower(_symbol, INTEGERS, 2, lambda builder, a, b, s=_sign: builder.icmp_signed(s, a, b))


def _element(context: Any, builder: Any, array: Any, value: Any, index: Any) -> Any:
    return builder.gep(make_array(array)(context, builder, value=value).data, [index])


def _reader(kind: Wide) -> Any:
    def read(_typing: Any, array: Any, _index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            place = _element(context, builder, signature.args[0], args[0], args[1])
            return builder.load(builder.bitcast(place, _VECTORS[kind.rank].as_pointer()), align=8)

        return kind(array, types.intp), generate

    return intrinsic(read)


floats_at, integers_at = _reader(FLOATS), _reader(INTEGERS)
"""``floats_at(array, index)``: WIDTH neighbours in a flat array, from a place on."""


@intrinsic  # type: ignore[untyped-decorator]
def put_at(_typing: Any, array: Any, _index: Any, _value: Any) -> Any:
    """Write a wide value, or one number WIDTH times, to neighbours in a flat array."""
    kind = FLOATS if array.dtype == types.float64 else INTEGERS

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _element(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], builder.bitcast(place, args[2].type.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.none(array, types.intp, kind), generate


def _converter(kind: Wide) -> Any:
    def convert(_typing: Any, _value: Any) -> Any:
        return kind(kind), lambda _context, _builder, _signature, args: args[0]

    return intrinsic(convert)


as_flags, as_integers, as_floats = (_converter(kind) for kind in (FLAGS, INTEGERS, FLOATS))
"""A wide value of a kind: of what is one already, or of a number."""


@intrinsic  # type: ignore[untyped-decorator]
def first_of(_typing: Any, value: Any) -> Any:
    """Return the first lane's number, or the number that is all lanes'."""
    if not isinstance(value, Wide):
        return unliteral(value)(value), lambda _context, _builder, _signature, args: args[0]

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.extract_element(args[0], ir.Constant(ir.IntType(32), 0))

    return value.element(value), generate


@intrinsic  # type: ignore[untyped-decorator]
def bits(_typing: Any, _flags: Any) -> Any:
    """Return truth values as the bits of a number, the first in the lowest."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.zext(builder.bitcast(args[0], ir.IntType(WIDTH)), ir.IntType(64))

    return types.int64(FLAGS), generate


@intrinsic  # type: ignore[untyped-decorator]
def root(_typing: Any, _value: Any) -> Any:
    """Return the correctly rounded square root; nan below zero."""
    return FLOATS(FLOATS), lambda _context, builder, _signature, args: _called("llvm.sqrt")(builder, args[0])


def _chosen(context: Any, wide: bool, a: Any, b: Any) -> Any:
    """Return the type of a choice between two types, leaf by leaf for tuples; None where there is none."""
    if isinstance(a, BaseTuple) and isinstance(b, BaseTuple) and len(a) == len(b):
        parts = [_chosen(context, wide, *pair) for pair in zip(a, b, strict=True)]
        return None if None in parts else BaseTuple.from_types(parts, getattr(a, "instance_class", None))
    if wide or isinstance(a, Wide) or isinstance(b, Wide):
        kinds = _kind(a), _kind(b)
        return None if None in kinds else _common(*kinds)
    return context.unify_types(unliteral(a), unliteral(b))


def _choose(context: Any, builder: Any, condition: Any, given: Any, values: Any, result: Any) -> Any:
    if not isinstance(result, BaseTuple):
        a, b = (context.cast(builder, v, g, result) for v, g in zip(values, given, strict=True))
        return builder.select(condition, a, b)
    parts = [
        _choose(
            context, builder, condition, (given[0][i], given[1][i]),
            [builder.extract_value(value, i) for value in values], result[i],
        )
        for i in range(len(result))
    ]  # fmt: skip
    return context.make_tuple(builder, result, parts)


@intrinsic  # type: ignore[untyped-decorator]
def choose(typing: Any, condition: Any, if_true: Any, if_false: Any) -> Any:
    """Return one of two values, or for each lane of a wide condition the leaves of one of two states."""
    result = _chosen(typing, isinstance(condition, Wide), if_true, if_false)
    if result is None or _kind(condition) is not FLAGS:
        return None

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _choose(context, builder, args[0], signature.args[1:], args[1:], signature.return_type)

    return result(condition, if_true, if_false), generate


@intrinsic  # type: ignore[untyped-decorator]
def gather(_typing: Any, array: Any, _indices: Any) -> Any:
    """Return for each lane the element of a flat array at its index."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = ir.Constant(_VECTORS[FLOATS.rank], ir.Undefined)
        for lane in range(WIDTH):
            number = ir.Constant(ir.IntType(32), lane)
            index = builder.extract_element(args[1], number)
            place = _element(context, builder, signature.args[0], args[0], index)
            found = builder.insert_element(found, builder.load(place), number)
        return found

    return FLOATS(array, INTEGERS), generate


@intrinsic  # type: ignore[untyped-decorator]
def scatter(_typing: Any, array: Any, _indices: Any, _values: Any) -> Any:
    """Write each lane's number to the element of a flat array at its index."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        for lane in range(WIDTH):
            number = ir.Constant(ir.IntType(32), lane)
            index = builder.extract_element(args[1], number)
            place = _element(context, builder, signature.args[0], args[0], index)
            builder.store(builder.extract_element(args[2], number), place)
        return context.get_dummy_value()

    return types.none(array, INTEGERS, FLOATS), generate
