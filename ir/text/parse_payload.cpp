#include "ir/text/parser.h"

namespace dl::ir::text {

void Parser::constantPayload(Draft &draft) {
  if (draft.kind == OpKind::Const) {
    ConstAttr attr{resultType(draft), {}};
    if (attr.type.elem == Elem::Dim) return unexpected("a tensor type for a constant");
    if (!at("[")) attr.bits.push_back(literal(attr.type.elem));
    else { // rows may be bracketed: [[1, 2], [3, 4]]
      int open = 0;
      do {
        if (accept("[")) ++open;
        else if (accept("]")) --open;
        else if (!accept(",")) attr.bits.push_back(literal(attr.type.elem));
      } while (!failed_ && open > 0);
    }
    draft.attrs = std::move(attr);
  } else if (draft.kind == OpKind::Iota) {
    expect("dim");
    draft.attrs = IotaAttr{resultType(draft), smallInteger()};
  } else if (draft.kind == OpKind::Extent) {
    expect("[");
    draft.attrs = ExtentAttr{dim()};
    expect("]");
  } else {
    operands(draft);
    draft.attrs = ToDimAttr{resultType(draft).bound, draft.names.empty() ? "" : draft.names[0]};
  }
}

void Parser::reductionPayload(Draft &draft) {
  if (draft.kind == OpKind::Reduce) {
    ReduceAttr attr;
    attr.kind = reduceKind();
    operands(draft);
    expect("dims");
    attr.dims = dimList();
    attr.order = order();
    draft.attrs = std::move(attr);
  } else if (draft.kind == OpKind::ArgReduce) {
    ArgReduceAttr attr;
    attr.max = accept("max");
    if (!attr.max) expect("min");
    operands(draft);
    expect("dim");
    attr.dim = smallInteger();
    draft.attrs = attr;
  } else {
    CumulateAttr attr;
    attr.kind = reduceKind();
    operands(draft);
    expect("dim");
    attr.dim = smallInteger();
    attr.reverse = accept("reverse");
    attr.exclusive = accept("exclusive");
    draft.attrs = attr;
  }
}

std::vector<int64_t> Parser::steps(size_t rank) {
  if (accept("step")) return integerList();
  return std::vector<int64_t>(rank, 1);
}

void Parser::shapePayload(Draft &draft) {
  operands(draft);
  if (draft.kind == OpKind::Transpose) {
    expect("perm");
    draft.attrs = DimsAttr{dimList()};
  } else if (draft.kind == OpKind::Reverse) {
    expect("dims");
    draft.attrs = DimsAttr{dimList()};
  } else if (draft.kind == OpKind::Reshape) {
    draft.attrs = ShapeAttr{resultType(draft).dims};
  } else if (draft.kind == OpKind::Broadcast) {
    expect("to");
    draft.attrs = BroadcastAttr{resultType(draft).dims, dimList()};
  } else if (draft.kind == OpKind::Concat) {
    expect("dim");
    draft.attrs = ConcatAttr{smallInteger()};
  } else if (draft.kind == OpKind::Interleave) {
    expect("dims");
    InterleaveAttr attr;
    attr.over = dimList();
    expect("step");
    attr.step = integerList();
    attr.dims = resultType(draft).dims;
    draft.attrs = std::move(attr);
  } else if (draft.kind == OpKind::Slice) {
    expect("start");
    SliceAttr attr{dims(), resultType(draft).dims, {}};
    attr.step = steps(attr.start.size());
    draft.attrs = std::move(attr);
  } else if (draft.kind == OpKind::Pad) {
    expect("low");
    PadAttr attr{dims(), resultType(draft).dims, {}};
    attr.step = steps(attr.low.size());
    draft.attrs = std::move(attr);
  }
}

void Parser::indexingPayload(Draft &draft) {
  if (draft.kind == OpKind::Gather) return indexedPayload(draft);
  if (draft.kind == OpKind::Scatter) return scatterPayload(draft);
  if (draft.kind == OpKind::UpdateAt) draft.attrs = UpdateAtAttr{scatterMode()};
  if (draft.kind == OpKind::Search) {
    bool right = accept("right");
    if (!right) expect("left");
    draft.attrs = SearchAttr{right};
  }
  operands(draft);
  if (draft.kind == OpKind::SliceAt) draft.attrs = SliceAtAttr{resultType(draft).dims};
  if (draft.kind == OpKind::Sort) {
    expect("dim");
    SortAttr attr{smallInteger(), false};
    attr.descending = accept("descending");
    draft.attrs = attr;
  }
}

void Parser::linearPayload(Draft &draft) {
  bool solves = draft.kind == OpKind::TriSolve, upper = solves && accept("upper");
  if (solves && !upper) expect("lower");
  operands(draft);
  if (solves) draft.attrs = TriSolveAttr{upper, accept("transposed")};
  if (draft.kind == OpKind::Fft) {
    expect("dim");
    FftAttr attr{smallInteger(), false};
    attr.inverse = accept("inverse");
    draft.attrs = attr;
  }
}

void Parser::differentiationPayload(Draft &draft) {
  operands(draft);
  int values = static_cast<int>(draft.operands.size());
  bool jvp = draft.kind == OpKind::Jvp, seeded = !jvp && accept("seeded");
  if (seeded) operands(draft);
  expect("wrt");
  operands(draft);
  if (jvp) expect("along"), operands(draft);
  draft.attrs = jvp ? Attrs(JvpAttr{values}) : Attrs(GradAttr{seeded, values});
}

} // namespace dl::ir::text
