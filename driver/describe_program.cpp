#include "driver/describe_program.h"
#include "driver/files.h"
#include <algorithm>
#include <cstdlib>

namespace dl::driver {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Top-level `name = 32`: the numbers that `-D` changes.
void plainNumbers(const ast::Program &program, const CompilerOptions &options, Pairs &found) {
  for (const ast::DeclPtr &decl : program.declarations) {
    const auto *binding = ast::tryAs<ast::Binding>(decl.get());
    const auto *bind = binding ? ast::tryAs<ast::Bind>(binding->statement.get()) : nullptr;
    const auto *number = bind ? ast::tryAs<ast::Number>(bind->value.get()) : nullptr;
    if (!number || bind->pattern.tuple || bind->pattern.type) continue;
    const std::string name = program.prefix + bind->pattern.name.text;
    std::string value = number->text;
    for (const auto &[defined, given] : options.defines)
      if (defined == name) value = given;
    found.push_back({name, value});
  }
}

/// The top-level models: every entry has a `fresh` parameter for each it uses.
Pairs topLevelModels(const ir::Module &module) {
  Pairs found;
  auto add = [&](const std::string &name) {
    if (std::any_of(found.begin(), found.end(), [&](const auto &pair) { return pair.first == name; })) return;
    std::string model;
    for (const ir::LayerInfo &layer : module.layers)
      if (layer.path == name) model = layer.model;
    found.push_back({name, model});
  };
  for (const auto &function : module.functions)
    for (const ir::Param &param : function->params)
      if (param.role == ir::ParamRole::Fresh) add(param.name);
  return found;
}

} // namespace

codegen::ProgramInfo describeProgram(const ast::Program *program, const ir::Module &module, const CompilerOptions &options) {
  codegen::ProgramInfo info;
  const std::string &path = options.inputs[0];
  info.name = stem(path);
  info.source = path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  if (char *full = realpath(options.dataDir.value_or(folder(path)).c_str(), nullptr)) {
    info.dataDir = full;
    std::free(full);
  }
  if (program) {
    info.help = program->doc;
    for (const ast::Program *file : ast::filesOf(*program)) plainNumbers(*file, options, info.statics);
  }
  info.instances = topLevelModels(module);
  return info;
}

} // namespace dl::driver
