/// One `a:b:s` of a subscript.
#include "frontend/build/elaborator.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

bool Elaborator::sliceAxis(const Item &i, const Dim &n, ir::SliceAttr &fixed, ir::SliceAtAttr &moving,
                           std::vector<ir::Value *> &starts, bool &cuts, bool &moves, std::vector<int> &reversed, size_t d,
                           SourceRange) {
  int64_t step = 1;
  if (!i.step.is(ValKind::None)) {
    std::optional<int64_t> s = constantInt(i.step, i.where, "the step of a slice");
    if (!s) return false;
    step = *s;
    if (step == -1 && i.begin.is(ValKind::None) && i.end.is(ValKind::None)) {
      reversed.push_back(static_cast<int>(d));
      return true;
    }
    if (step < 1) return unsupported(i.where, "a slice with a negative step and ends", "reverse a slice: `x[a:b][::-1]`"), false;
  }
  auto known = [&](const Val &v, const Dim &otherwise) -> std::optional<Dim> {
    if (v.is(ValKind::None)) return otherwise;
    if (v.isNumber() && v.integer) return v.whole.isConstant() && v.whole.value() < 0 ? n + v.whole : v.whole;
    return std::nullopt;
  };
  if (i.begin.isError() || i.end.isError()) return false;
  std::optional<Dim> from = known(i.begin, Dim(0)), to = known(i.end, n);
  if (from && to) {
    Dim length = *to - *from;
    if (from->highest() < 0 || length.highest() < 0 || (n - *to).highest() < 0) {
      report(i.where, Diag::SliceOutside, {from->str() + ":" + to->str(), n.str()});
      return false;
    }
    bool proven = from->lowest() >= 0 && length.lowest() >= 0 && (n - *to).lowest() >= 0;
    if (!proven && !checking_) {
      ir::Value *a = builder_.extent(*from), *b = builder_.extent(*to), *all = builder_.extent(n);
      ir::Value *fine = emit(OpKind::And, {emit(OpKind::Le, {a, b}), emit(OpKind::Le, {b, all})});
      check(fine, i.where, {{"a slice ends at ", -1, "", {}}, {"", 1, "", {}}, {", outside an axis of length ", -1, "", {}}, {"", 2, "", {}}},
            {b, all});
      // Behind the check the ends are clamped, so that the read is inside whatever they are.
      int64_t bound = std::max<int64_t>(0, std::min(length.highest(), n.highest()));
      ir::Value *count = emit(OpKind::Max, {builder_.i64(0), emit(OpKind::Min, {emit(OpKind::Sub, {b, a}), all})});
      ir::Value *dim = length.isConstant() ? nullptr : builder_.toDim(count, bound, "n");
      moving.extent.back() = dim ? dim->dim : length;
      if (length.isConstant() && (n - length).lowest() < 0) moving.extent.back() = builder_.toDim(count, bound, "n")->dim;
      starts.back() = a, moves = true;
      return step == 1 || (unsupported(i.where, "a slice with a step and ends known at run time"), false);
    }
    fixed.start.back() = *from, fixed.step.back() = step;
    fixed.extent.back() = step == 1 ? length : floorDiv(length + Dim(step - 1), Dim(step));
    moving.extent.back() = fixed.extent.back();
    cuts |= !(from->isConstant(0) && *to == n && step == 1);
    return true;
  }
  if (step != 1) return unsupported(i.where, "a slice with a step and ends known at run time"), false;
  ir::Value *a = from ? builder_.extent(*from) : index64(i.begin, i.where);
  ir::Value *all = builder_.extent(n);
  if (i.length.isNumber() && i.length.integer) { // x[i:i + 4]
    ir::Value *b = emit(OpKind::Add, {a, builder_.extent(i.length.whole)});
    bool proven = i.begin.high > i.begin.low && i.begin.low >= 0 && (n - i.length.whole).lowest() >= i.begin.high - 1;
    if (!proven) {
      ir::Value *fine = emit(OpKind::And, {emit(OpKind::Le, {builder_.i64(0), a}), emit(OpKind::Le, {b, all})});
      check(fine, i.where, {{"a slice ends at ", -1, "", {}}, {"", 1, "", {}}, {", outside an axis of length ", -1, "", {}}, {"", 2, "", {}}},
            {b, all});
    }
    if ((n - i.length.whole).highest() < 0) {
      report(i.where, Diag::SliceOutside, {"of length " + i.length.whole.str(), n.str()});
      return false;
    }
    moving.extent.back() = i.length.whole, starts.back() = a, moves = true;
    return true;
  }
  ir::Value *b = to ? builder_.extent(*to) : index64(i.end, i.where);
  if (!a || !b) return false;
  ir::Value *fine = emit(OpKind::And, {emit(OpKind::And, {emit(OpKind::Le, {builder_.i64(0), a}), emit(OpKind::Le, {a, b})}),
                                       emit(OpKind::Le, {b, all})});
  check(fine, i.where, {{"a slice ends at ", -1, "", {}}, {"", 1, "", {}}, {", outside an axis of length ", -1, "", {}}, {"", 2, "", {}}},
        {b, all});
  ir::Value *dim = builder_.toDim(emit(OpKind::Sub, {b, a}), n.bound(), "n");
  moving.extent.back() = dim->dim, starts.back() = a, moves = true;
  return true;
}

} // namespace dl::frontend
