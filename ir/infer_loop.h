/// Type rules of the two loops.
#pragma once
#include "ir/infer_support.h"

namespace dl::ir {

InferResult inferFor(Operands operands, const ForAttr &attr, const Region &body);
InferResult inferWhile(Operands operands, const WhileAttr &attr, const Region &condition, const Region &body);

} // namespace dl::ir
