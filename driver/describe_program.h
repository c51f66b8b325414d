/// What the description of a compiled program says about its source: names, plain numbers, instances.
#pragma once
#include "codegen/program/lower_program.h"
#include "driver/options.h"
#include "frontend/ast/ast.h"
#include "ir/module.h"

namespace dl::driver {

/// `program` may be null (IR text as input).
codegen::ProgramInfo describeProgram(const ast::Program *program, const ir::Module &module, const CompilerOptions &options);

} // namespace dl::driver
