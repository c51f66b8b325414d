/// What a pass is: a free function over the module, a row in pass_list.def, and what it needs and gives.
#pragma once
#include "ir/module.h"
#include "support/diagnostics.h"
#include "support/result.h"

namespace dl::passes {

/// What holds for a module from some point of the pipeline on.
enum class Property : uint8_t {
  NoCalls,   ///< no `call`
  NoGrad,    ///< no `grad`
  NoMarkers, ///< no `leaf`, `stop_gradient`, `checkpoint`, `custom_grad`
  Canonical, ///< every `contract` is in the form of passes/contraction
  Ordered,   ///< every sum carries its order; no `accumulate`: the bits are fixed
  Fused,     ///< tensor work lies in `fused` ops
  Scheduled, ///< list order is execution order
  Planned,   ///< every buffer has a place, every copy is an op
};
using Properties = uint32_t;
constexpr Properties bit(Property p) { return 1u << static_cast<unsigned>(p); }
const char *name(Property p);
/// The properties that can be read off a module (for pass lists given by hand on a module from text).
Properties observedProperties(const ir::Module &module);

/// What passes share during one run.
struct PassContext {
  Diagnostics &diags;      ///< user errors (an operation without a derivative, ...)
  int level = 2;           ///< -O: rules classed as numeric apply from 1 on
  std::vector<std::string> *remarks = nullptr; ///< if set, receives lines that explain decisions
  void remark(std::string text) const {
    if (remarks) remarks->push_back(std::move(text));
  }
};

struct Pass {
  const char *name;
  Status (*run)(ir::Module &, PassContext &);
  Properties needs, gives;
  int level; ///< runs at -O<level> and above
  const char *help;
};
/// All passes in the order of pass_list.def.
const std::vector<Pass> &allPasses();
const Pass *findPass(const std::string &name);

// Every pass is declared here under the name of its row.
#define DL_PASS(name, level, needs, gives, help) Status name(ir::Module &module, PassContext &context);
#include "passes/pass_list.def"

} // namespace dl::passes
