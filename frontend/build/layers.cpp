/// Which call each op belongs to, and the table of layers that `info` prints: what each instance of a model adds to one
/// pass over one example.
///
/// While the body of a call is built, every op is told which call it belongs to. When the entry is finished, the ops that
/// are still there are counted for the innermost top-level instance around them: scratch regions are not.
#include "frontend/ast/print_ast.h"
#include "frontend/build/elaborator.h"
#include "frontend/build/turns.h"
#include "ir/work.h"
#include "support/numerics/value_text.h"
#include "support/result.h"
#include <cstdlib>
#include <unordered_set>

namespace dl::frontend {
using ir::Op;
using ir::OpKind;

static const Instance &wholeOf(const Instance &part) { return part.base && !part.base->repeats.empty() ? wholeOf(*part.base) : part; }

/// "net.block[0:12].dense_1": one row for all turns of a rolled `repeat`.
static std::string pathOfTurns(const Instance &instance) {
  std::string path = instance.path;
  for (const Dim &n : instance.stack) path = pathOfPart(path, "0:" + n.str());
  return path;
}

/// A configured value as it could be written; empty where it could not.
static std::string writtenValue(const Val &v) {
  switch (v.kind) {
  case ValKind::None: return "none";
  case ValKind::Number: return v.integer ? v.whole.str() : num::shortest(v.real, false);
  case ValKind::Bool: return v.truth ? "true" : "false";
  case ValKind::Text: return v.text().known() ? "\"" + v.text().str() + "\"" : "";
  case ValKind::Function: return v.function().name;
  case ValKind::Model: return v.model().decl->name.text;
  case ValKind::Instance: return v.instance().model ? v.instance().model->name.text : "";
  case ValKind::Tuple:
  case ValKind::List: {
    std::string items;
    for (const Val &item : v.bundle().items) items += (items.empty() ? "" : ", ") + writtenValue(item);
    return v.is(ValKind::List) ? "[" + items + "]" : "(" + items + ")";
  }
  case ValKind::Error:
  case ValKind::Tensor:
  case ValKind::Record:
  case ValKind::Table:
  case ValKind::Range:
  case ValKind::Place:
  case ValKind::Batches:
  case ValKind::Column:
  case ValKind::Vocabulary:
  case ValKind::File:
  case ValKind::Import: return "";
  }
  DL_UNREACHABLE();
}

static bool isDefault(const Val &v, const std::string &written, const ast::Expr &initial) {
  const auto *number = ast::tryAs<ast::Number>(&initial);
  if (number && v.isNumber()) return std::strtod(number->text.c_str(), nullptr) == (v.integer ? static_cast<double>(v.whole.bound()) : v.real);
  return ast::printExpr(initial) == written;
}

/// "64, kernel: 3": what an instance is configured with, apart from defaults.
static std::string settingsOf(const Instance &instance) {
  std::string text;
  for (const ast::Param &p : instance.model->configuration) {
    const Val *v = instance.scope->own(p.name.text);
    std::string value = v ? writtenValue(*v) : "";
    if (value.empty() || (p.initial && isDefault(*v, value, *p.initial))) continue;
    text += (text.empty() ? "" : ", ") + (p.initial ? p.name.text + ": " : "") + value;
  }
  return text;
}

Val Elaborator::inCall(const std::string &name, SourceRange where, SourceRange defined, const std::shared_ptr<Instance> &instance,
                       const std::function<Val()> &body) {
  for (std::shared_ptr<Instance> at = instance; at; at = at->base) at->applied = true;
  const bool command = where.valid() && where == defined; // the program itself is called by nobody
  if (checking_ || command || (!instance && c_.inPrelude(where))) return body();
  const bool layer = instance && instance->slots;
  if (layer && layerDepth_ == 0) ++forward_;
  const uint32_t outer = builder_.where.site;
  ir::Site call;
  call.parent = outer, call.where = where, call.name = name;
  call.ofLibrary = !defined.valid() || c_.inPrelude(defined);
  if (instance && instance->model) {
    const Instance &whole = wholeOf(*instance);
    call.name = pathOfTurns(whole), call.model = whole.model->name.text, call.settings = settingsOf(whole);
    if (call.name.empty()) call.name = call.model;
  }
  c_.module.sites.push_back(std::move(call));
  const uint32_t site = builder_.where.site = static_cast<uint32_t>(c_.module.sites.size());
  layerDepth_ += layer;
  Val out = body();
  layerDepth_ -= layer;
  builder_.where.site = outer;
  c_.module.site(site).rows = batchRows_;
  if (layer) layers_.push_back({instance, forward_, out, site});
  return out;
}

/// "f32[b, 10]": the rows of the batch are called b.
static std::string outputText(const Val &v, const Dim &rows) {
  if (!v.isTensor()) return "";
  std::string text = Elaborator::describe(ir::Type(v.type().elem));
  for (size_t d = 0; d < v.type().dims.size(); ++d) {
    const Dim &n = v.type().dims[d];
    bool batch = d == 0 && !rows.isConstant(0) && n == rows;
    text += (d ? ", " : "[") + (batch ? "b" : n.str([&](DimAtom *atom) { return atom == rows.asAtom() ? "b" : atom->name; }));
  }
  return text + (v.type().isScalar() ? "" : "]");
}

void Elaborator::recordLayers() {
  std::unordered_map<uint32_t, int64_t> flops; // by site
  for (const Layer &layer : layers_) flops.emplace(layer.site, 0);
  std::unordered_set<const Op *> present; // bodies are also built in scratch regions, which are gone
  std::function<void(const ir::Region &, int64_t)> count = [&](const ir::Region &region, int64_t turns) {
    for (const Op *op : region.ops) {
      present.insert(op);
      uint32_t site = op->where.site;
      while (site && !flops.count(site)) site = c_.module.site(site).parent;
      if (site && ir::info(op->kind).family == ir::Family::Contraction) flops[site] += turns * ir::flopsOf(*op, ir::boundsOf(*op));
      for (const ir::Region *inner : op->regions) count(*inner, site ? turns * ir::turnsOf(*op) : turns);
    }
  };
  count(*main_, 1);
  std::vector<ir::LayerInfo> &table = c_.module.layers;
  const size_t before = table.size();
  std::map<std::string, std::pair<size_t, int>> rowOf; // of this entry: its row, and the pass that it shows
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Layer &layer = layers_[i];
    ir::Site &site = c_.module.site(layer.site);
    const Instance &instance = wholeOf(*layer.instance);
    const std::string path = pathOfTurns(instance);
    std::vector<Val> outputs;
    leaves(layer.output, outputs);
    bool known = false; // or not there
    for (const Val &out : outputs) known |= out.isTensor() && out.value->def && !present.count(out.value->def);
    for (size_t k = 0; k < before; ++k) known |= table[k].path == path;
    int64_t params = 0;
    for (const Member &m : instance.members)
      if (m.place >= 0 && m.param) {
        std::vector<Val> parts;
        leaves(places_[static_cast<size_t>(m.place)].value, parts);
        for (const Val &part : parts) params += part.isTensor() ? part.type().boundCount() : 1;
      }
    int64_t each = flops[layer.site] / std::max<int64_t>(site.rows.bound(), 1);
    site.output = outputText(layer.output, site.rows), site.parameters = params;
    if (known || (!params && !each)) continue;
    auto [row, fresh] = rowOf.try_emplace(path, table.size(), layer.pass);
    if (fresh) table.push_back({path, instance.model ? instance.model->name.text : "", site.output, params, each});
    else if (row->second.second == layer.pass) table[row->second.first].flops += each; // used again in the same pass
  }
}

} // namespace dl::frontend
