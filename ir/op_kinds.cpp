#include "ir/op_kinds.h"
#include <iterator>

namespace dl::ir {
namespace {

enum class Effects : uint8_t { Pure, Effect };
constexpr int Any = -1;

constexpr OpInfo kTable[] = {
#define DL_OP(Name, mnemonic, family, operands, results, effect, derivative, domain, help)                             \
  {#Name,           mnemonic, Family::family, operands, results, Effects::effect == Effects::Effect,                  \
   Derivative::derivative, Domain::domain, help},
#include "ir/op_table.def"
};

} // namespace

const OpInfo &info(OpKind kind) { return kTable[static_cast<size_t>(kind)]; }
int opKindCount() { return static_cast<int>(std::size(kTable)); }

std::optional<OpKind> opKindOf(std::string_view mnemonic) {
  for (int i = 0; i < opKindCount(); ++i)
    if (mnemonic == kTable[i].mnemonic) return static_cast<OpKind>(i);
  return std::nullopt;
}

} // namespace dl::ir
