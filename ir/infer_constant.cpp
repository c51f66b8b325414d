#include "ir/infer_support.h"

namespace dl::ir {
namespace {

InferResult inferConst(const ConstAttr &attr) {
  if (attr.type.elem == Elem::Dim) return typeError(OpKind::Const, "C1", "a dimension has no literal");
  if (attr.bits.size() == 1) return one(attr.type);
  dl::Dim count = attr.type.elementCount();
  if (count != dl::Dim(static_cast<int64_t>(attr.bits.size())))
    return typeError(OpKind::Const, "C2", attr.type.str() + " is given " + std::to_string(attr.bits.size()) + " values");
  return one(attr.type);
}

InferResult inferIota(const IotaAttr &attr) {
  if (!isNumber(attr.type.elem)) return typeError(OpKind::Iota, "C1", "counts in numbers, not in " + attr.type.str());
  if (!isDim(attr.dim, attr.type.rank()))
    return typeError(OpKind::Iota, "C2", attr.type.str() + " has no dimension " + std::to_string(attr.dim));
  return one(attr.type);
}

} // namespace

InferResult inferConstant(OpKind kind, Operands operands, const Attrs &attrs) {
  if (kind == OpKind::Const) return inferConst(std::get<ConstAttr>(attrs));
  if (kind == OpKind::Iota) return inferIota(std::get<IotaAttr>(attrs));
  if (kind == OpKind::Extent) return one(Type(Elem::I64));
  const auto &attr = std::get<ToDimAttr>(attrs);
  if (!isScalarOf(operands[0], Elem::I64)) return typeError(kind, "C1", "takes an i64, got " + operands[0]->type.str(), 0);
  if (attr.bound < 0) return typeError(kind, "C2", "the bound " + std::to_string(attr.bound) + " is negative");
  return Inferred{{Type::dimension(attr.bound)}, {dl::Dim::variable(attr.name.empty() ? "n" : attr.name, attr.bound)}};
}

InferResult inferRandom(OpKind kind, Operands operands, const Attrs &attrs) {
  const Type &key = operands[0]->type;
  if (key.elem != Elem::Key) return typeError(kind, "C1", "takes a key, got " + key.str(), 0);
  if (kind == OpKind::KeyFold) {
    const Type &number = operands[1]->type;
    if (number.elem != Elem::I64) return typeError(kind, "C2", "folds an i64 into the key, got " + number.str(), 1);
    if (number.dims != key.dims) return typeError(kind, "C3", "operands have types " + typesOf(operands), 1);
    return one(key);
  }
  const Type &type = std::get<RandomAttr>(attrs).type;
  if (type.elem != Elem::I32 && type.elem != Elem::I64)
    return typeError(kind, "C2", "draws i32 or i64, not " + type.str());
  if (type.rank() < key.rank() || !std::equal(key.dims.begin(), key.dims.end(), type.dims.begin()))
    return typeError(kind, "C3", "the keys have shape " + str(key.dims) + ", the result " + str(type.dims), 0);
  return one(type);
}

static InferResult inferEncode(Operands operands, const EncodeAttr &attr) {
  const Type &text = operands[0]->type;
  if (text.elem != Elem::U8 || text.rank() != 1) return typeError(OpKind::Encode, "C1", "takes a text, u8[n], got " + text.str(), 0);
  if (attr.most < 0 || attr.special < 0 || attr.special > static_cast<int64_t>(attr.names.size()))
    return typeError(OpKind::Encode, "C2", "the special names are some of the names, and no text has fewer than 0 units");
  // A unit is a byte or more.
  int64_t bound = attr.unit == TextUnit::Whole ? 1 : text.dims[0].bound();
  if (attr.most > 0) bound = std::min(bound, attr.most);
  dl::Dim units = dl::Dim::variable("units", bound);
  Inferred result;
  result.types = {Type::dimension(bound), Type(Elem::I32, {units})};
  result.fresh.push_back(units);
  result.fresh.emplace_back();
  return result;
}

InferResult inferData(OpKind kind, Operands operands, const Attrs &attrs, const Module *module) {
  if (kind == OpKind::Encode) return inferEncode(operands, std::get<EncodeAttr>(attrs));
  const std::string &wanted = std::get<TableAttr>(attrs).table;
  const TableSource *table = module ? module->findTable(wanted) : nullptr;
  if (!table) return typeError(kind, "C1", "there is no table @" + wanted);
  Inferred result;
  dl::Dim rows = dl::Dim::variable("rows", table->bound);
  result.types.push_back(Type::dimension(table->bound));
  result.fresh.push_back(rows);
  for (const TableColumn &column : table->columns) {
    std::vector<dl::Dim> dims{rows};
    dims.insert(dims.end(), column.rowDims.begin(), column.rowDims.end());
    result.types.emplace_back(column.elem, std::move(dims));
    result.fresh.emplace_back();
  }
  return result;
}

} // namespace dl::ir
