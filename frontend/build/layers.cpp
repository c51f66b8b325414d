/// The table of layers that `info` prints: what each instance of a model adds to one pass over one example.
///
/// While the body of a top-level instance is built, every op is noted with the innermost instance it belongs to. When
/// the entry is finished, the ops that are still there are counted: scratch regions are not.
#include "frontend/build/elaborator.h"
#include "frontend/build/turns.h"
#include <unordered_set>

namespace dl::frontend {
using ir::Op;
using ir::OpKind;

Val Elaborator::inLayer(const std::shared_ptr<Instance> &instance, const std::function<Val()> &body) {
  for (std::shared_ptr<Instance> at = instance; at; at = at->base) at->applied = true;
  if (!instance || !instance->slots || checking_) return body();
  if (layerDepth_ == 0) ++forward_;
  std::vector<Op *> made, *outer = std::exchange(builder_.listener, &made);
  ++layerDepth_;
  Val out = body();
  --layerDepth_;
  builder_.listener = outer;
  if (outer) outer->insert(outer->end(), made.begin(), made.end());
  for (Op *op : made) layerOf_.emplace(op, layers_.size()); // those inside have theirs already
  layers_.push_back({instance, forward_, out, batchRows_});
  return out;
}

/// Multiply-adds count as two, a sum without products as one.
static int64_t flopsOf(const Op &op) {
  if (op.kind != OpKind::Contract) return 0;
  const auto &attr = op.as<ir::IndexedAttr>();
  int64_t terms = 1, factors = 0;
  for (const ir::IndexName &name : attr.names) terms *= name.extent.bound();
  for (const ir::Factor &factor : attr.factors) factors += factor.operand >= 0;
  return terms * std::max<int64_t>(factors, 1);
}

static int64_t turnsOf(const Op &op) {
  if (op.kind == OpKind::While) return std::max<int64_t>(op.as<ir::WhileAttr>().bound, 1);
  if (op.kind != OpKind::For || !op.as<ir::ForAttr>().tripIsDim) return 1;
  return op.as<ir::ForAttr>().trip.bound();
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

static const Instance &wholeOf(const Instance &part) { return part.base && !part.base->repeats.empty() ? wholeOf(*part.base) : part; }

/// "net.block[0:12].dense_1": one row for all turns of a rolled `repeat`.
static std::string pathOfTurns(const Instance &instance) {
  std::string path = instance.path;
  for (const Dim &n : instance.stack) path = pathOfPart(path, "0:" + n.str());
  return path;
}

void Elaborator::recordLayers() {
  std::vector<int64_t> flops(layers_.size(), 0);
  std::unordered_set<const Op *> present; // bodies are also built in scratch regions, which are gone
  std::function<void(const ir::Region &, int64_t)> count = [&](const ir::Region &region, int64_t turns) {
    for (const Op *op : region.ops) {
      auto layer = layerOf_.find(op);
      present.insert(op);
      if (layer != layerOf_.end()) flops[layer->second] += turns * flopsOf(*op);
      for (const ir::Region *inner : op->regions) count(*inner, layer == layerOf_.end() ? turns : turns * turnsOf(*op));
    }
  };
  count(*main_, 1);
  std::vector<ir::LayerInfo> &table = c_.module.layers;
  const size_t before = table.size();
  std::map<std::string, std::pair<size_t, int>> rowOf; // of this entry: its row, and the pass that it shows
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Layer &layer = layers_[i];
    const Instance &instance = wholeOf(*layer.instance);
    const std::string path = pathOfTurns(instance);
    std::vector<Val> outputs;
    leaves(layer.output, outputs);
    bool known = false; // or not there
    for (const Val &out : outputs) known |= out.isTensor() && out.value->def && !present.count(out.value->def);
    for (size_t k = 0; k < before; ++k) known |= table[k].path == path;
    if (known) continue;
    int64_t params = 0;
    for (const Member &m : instance.members)
      if (m.place >= 0 && m.param) {
        std::vector<Val> parts;
        leaves(places_[static_cast<size_t>(m.place)].value, parts);
        for (const Val &part : parts) params += part.isTensor() ? part.type().boundCount() : 1;
      }
    int64_t each = flops[i] / std::max<int64_t>(layer.rows.bound(), 1);
    if (!params && !each) continue;
    auto [row, fresh] = rowOf.try_emplace(path, table.size(), layer.pass);
    if (fresh) table.push_back({path, instance.model ? instance.model->name.text : "", outputText(layer.output, layer.rows), params, each});
    else if (row->second.second == layer.pass) table[row->second.first].flops += each; // used again in the same pass
  }
}

} // namespace dl::frontend
