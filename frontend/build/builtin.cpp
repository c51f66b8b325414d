/// The primitives: looking them up and binding their arguments.
#include "frontend/build/builtin.h"
#include <sstream>

namespace dl::frontend {

static std::vector<std::span<const Builtin>> tables() {
  return {mathBuiltins(),   reductionBuiltins(), orderBuiltins(), linearBuiltins(),   shapeBuiltins(),  randomBuiltins(),
          bundleBuiltins(), controlBuiltins(),   dataBuiltins(),  trainingBuiltins(), outputBuiltins(), textBuiltins(), fileBuiltins()};
}

const Builtin *findBuiltin(const std::string &name) {
  static const std::map<std::string, const Builtin *> index = [] {
    std::map<std::string, const Builtin *> out;
    for (auto table : tables())
      for (const Builtin &b : table) out.emplace(b.name, &b);
    return out;
  }();
  auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

std::vector<std::string> builtinNames() {
  std::vector<std::string> out;
  for (auto table : tables())
    for (const Builtin &b : table) out.push_back(b.name);
  return out;
}

Val Elaborator::callBuiltin(const Builtin &builtin, std::vector<Arg> args, const CallSite &site) {
  std::vector<std::string> names;
  std::vector<bool> optional;
  bool rest = false;
  std::istringstream words(builtin.params);
  for (std::string word; words >> word;) {
    if (word.back() == '*') {
      rest = true;
      continue;
    }
    optional.push_back(word.back() == '?');
    if (optional.back()) word.pop_back();
    names.push_back(word);
  }
  auto takes = [&] {
    std::string all;
    for (size_t i = 0; i < names.size(); ++i) all += (i == 0 ? "" : ", ") + names[i] + (optional[i] ? ": ..." : "");
    return "it is called `" + std::string(builtin.name) + "(" + all + ")`";
  };
  BuiltinCall call{&builtin, {}, {}, site};
  call.args.resize(names.size());
  size_t position = 0;
  for (Arg &a : args) {
    if (a.value.isError()) return Val::error();
    size_t at = names.size();
    if (a.name.empty()) {
      while (position < names.size() && (call.args[position] || (rest && optional[position]))) ++position;
      at = position;
    } else {
      at = static_cast<size_t>(std::find(names.begin(), names.end(), a.name) - names.begin());
      if (at == names.size() && !rest) return unknownArgument(a, builtin.name, names);
    }
    if (at < names.size()) {
      if (call.args[at]) return fail(a.where, Diag::DuplicateArgument, {names[at]});
      call.args[at] = std::move(a);
    } else if (rest) {
      call.rest.push_back(std::move(a));
    } else {
      Diagnostic &d = report(a.where, Diag::TooManyArguments, {builtin.name, countOf(names.size(), "argument", "arguments"), countOf(args.size(), "is", "are")});
      d.help(takes());
      if (std::string_view(builtin.name) == "columns") d.help("columns that do not follow each other are a list of their names: `[a, b, c]`");
      return Val::error();
    }
  }
  for (size_t i = 0; i < names.size(); ++i)
    if (!call.args[i] && !optional[i]) return report(site.where, Diag::MissingArgument, {builtin.name, names[i]}).help(takes()), Val::error();
  Val out = builtin.run(*this, call);
  if (ir::isElementwise(builtin.op)) origins.gave(builtin.name, out);
  return out;
}

} // namespace dl::frontend
