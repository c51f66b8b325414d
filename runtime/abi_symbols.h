/// The functions of the ABI by name, for programs that run in the process that compiled them.
#pragma once
#include <cstddef>

namespace dl::rt {

struct AbiSymbol {
  const char *name;
  void *address;
};
/// Every symbol a compiled module may refer to; `count` receives how many.
const AbiSymbol *abiSymbols(size_t &count);

} // namespace dl::rt
