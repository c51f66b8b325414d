#include "frontend/build/elaborator.h"
#include <cstdio>

namespace dl::frontend {

static std::string formatReal(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", x);
  return std::string(text) + (std::string_view(text).find_first_not_of("-0123456789") == std::string_view::npos ? ".0" : "");
}

std::string Elaborator::describe(const ir::Type &t) {
  std::string elem = t.elem == ir::Elem::I32 ? "int" : ir::name(t.elem);
  if (t.isScalar()) return elem;
  return elem + str(t.dims);
}

std::string Elaborator::describe(const Val &v) const {
  switch (v.kind) {
  case ValKind::Error: return "an error";
  case ValKind::None: return "none";
  case ValKind::Number: return v.integer ? "the number " + v.whole.str() : "the number " + formatReal(v.real);
  case ValKind::Bool: return v.truth ? "true" : "false";
  case ValKind::Text: return v.text().known() ? "a text" : "a text that the program receives";
  case ValKind::Tensor: return describe(v.type());
  case ValKind::Tuple:
  case ValKind::List:
  case ValKind::Record:
  case ValKind::Table: {
    const Bundle &b = v.bundle();
    std::string out;
    for (size_t i = 0; i < b.items.size() && i < 6; ++i) {
      bool hidden = i < b.labels.size() && b.labels[i].find(' ') != std::string::npos;
      if (hidden) continue;
      if (!out.empty()) out += ", ";
      if (i < b.labels.size()) out += b.labels[i] + ": ";
      const Val &item = b.items[i];
      out += !item.isNumber() ? describe(item) : item.integer ? item.whole.str() : formatReal(item.real);
    }
    if (b.items.size() > 6) out += ", ...";
    if (v.is(ValKind::List)) return "[" + out + "]";
    if (v.is(ValKind::Table)) return b.items.empty() ? "a source without fields" : "a table (" + out + ")";
    return "(" + out + ")";
  }
  case ValKind::Range: return "a range";
  case ValKind::Function: return "the function `" + v.function().name + "`";
  case ValKind::Model: return "the model `" + v.model().decl->name.text + "`, which is not configured";
  case ValKind::Instance:
    if (!v.instance().stack.empty() && v.instance().model)
      return "a stack of " + v.instance().stack[0].str() + " models `" + v.instance().model->name.text + "`";
    return v.instance().model ? "a model `" + v.instance().model->name.text + "`" : std::string("a model");
  case ValKind::Place: return "a place";
  case ValKind::Batches: return "batches of a table";
  case ValKind::Column: return "a column of a file";
  case ValKind::Vocabulary: return "a vocabulary";
  case ValKind::Import: return static_cast<const ImportObject &>(*v.object).target->program ? "an imported file" : "an imported folder";
  case ValKind::File: return "what `load` reads, which needs a place or a type: `net <- load(...)`, `x: f32[3] = load(...)`";
  }
  return "";
}

static const ir::Value *throughLeaf(const ir::Value *v) {
  while (v && v->def && v->def->kind == ir::OpKind::Leaf) v = v->def->operands[0];
  return v;
}

bool Elaborator::same(const Val &a, const Val &b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
  case ValKind::Error:
  case ValKind::None: return true;
  case ValKind::Number: return a.integer == b.integer && (a.integer ? a.whole == b.whole : a.real == b.real);
  case ValKind::Bool: return a.truth == b.truth;
  case ValKind::Tensor: return throughLeaf(a.value) == throughLeaf(b.value);
  case ValKind::Place: return a.place == b.place;
  case ValKind::Text: {
    if (a.object == b.object) return true;
    const auto &x = a.text().parts, &y = b.text().parts;
    if (x.size() != y.size()) return false;
    for (size_t i = 0; i < x.size(); ++i)
      if (x[i].text != y[i].text || x[i].value != y[i].value || x[i].spec != y[i].spec) return false;
    return true;
  }
  case ValKind::Function: {
    if (a.object == b.object) return true;
    const FunctionObject &f = a.function(), &g = b.function();
    return f.body == g.body && f.expression == g.expression && f.builtin == g.builtin && f.training == g.training &&
           f.scope == g.scope && f.owner.lock() == g.owner.lock();
  }
  case ValKind::Model: return a.model().decl == b.model().decl;
  case ValKind::Tuple:
  case ValKind::Record:
  case ValKind::List:
  case ValKind::Range:
  case ValKind::Table: {
    if (a.object == b.object) return true;
    const Bundle &x = a.bundle(), &y = b.bundle();
    if (x.items.size() != y.items.size() || x.labels != y.labels || x.length != y.length) return false;
    for (size_t i = 0; i < x.items.size(); ++i)
      if (!same(x.items[i], y.items[i])) return false;
    return true;
  }
  case ValKind::Instance:
  case ValKind::Batches:
  case ValKind::Column:
  case ValKind::Vocabulary:
  case ValKind::File: return a.object == b.object;
  case ValKind::Import: return static_cast<const ImportObject &>(*a.object).target == static_cast<const ImportObject &>(*b.object).target;
  }
  return false;
}

} // namespace dl::frontend
