#include "report/costs.h"
#include "ir/work.h"
#include "passes/fusion/candidates.h"
#include <algorithm>

namespace dl::report {

using ir::Op;
using ir::OpKind;
using ir::Region;

Cost sumOf(const Costs &costs) {
  Cost sum;
  for (const Cost &one : costs) {
    sum.multiplyAdds += one.multiplyAdds, sum.flops += one.flops, sum.bytes += one.bytes;
    sum.memory = std::max(sum.memory, one.memory);
  }
  return sum;
}

namespace {

/// One part under construction: rows by layer and by line.
struct PartBuilder {
  Part part;
  std::map<std::string, std::pair<uint32_t, LayerCosts>> layers; ///< by path, with the first call
  std::map<std::pair<uint32_t, uint32_t>, LineCosts> lines;
};

class Collector {
public:
  Collector(const Places &places, const passes::MemoryPlan &plan, const Lines &facts)
      : places_(places), module_(places.module()), facts_(facts), live_(passes::liveBytes(plan)) {}

  std::vector<Part> run(const ir::Function &entry) {
    parts_.emplace_back();
    walk(*entry.body, 0, 1);
    std::vector<Part> out;
    for (PartBuilder &built : parts_)
      if (sumOf(built.part.costs).any()) out.push_back(finish(built));
    return out;
  }

private:
  void walk(const Region &region, size_t part, int64_t turns) {
    for (const Op *op : region.ops) {
      if (op->kind == OpKind::Fused) {
        kernel(*op, part, turns);
      } else if (isFresh(*op)) {
        walk(*op->regions[0], initialPart(), turns);
      } else if (op->kind == OpKind::For || op->kind == OpKind::While) {
        bool drives = op->where.site == 0 || isVisible(*op); // it stands in the command itself
        size_t inside = drives ? newPart(Part::Kind::Loop, op->where) : part;
        for (const Region *inner : op->regions) walk(*inner, inside, drives ? 1 : turns * ir::turnsOf(*op));
      } else if (!op->regions.empty()) {
        for (const Region *inner : op->regions) walk(*inner, part, turns);
      } else if (!ir::isTerminator(op->kind) && passes::placementOf(*op) != passes::Placement::View) {
        single(*op, part, turns);
      }
    }
  }

  /// The initial values of a model, and its weights where there are some.
  static bool isFresh(const Op &op) {
    if (op.kind != OpKind::If) return false;
    const ir::Value *condition = op.operand(0);
    const ir::Function &function = *op.parent->function;
    return !condition->def && condition->region == function.body && function.params[condition->index].role == ir::ParamRole::Fresh;
  }

  /// It prints, reports or saves; checks and resume points are no steps of a program.
  static bool isVisible(const Op &op) {
    bool visible = ir::info(op.kind).effect && op.kind != OpKind::Check && op.kind != OpKind::Snapshot;
    for (const Region *inner : op.regions)
      for (const Op *one : inner->ops) visible |= isVisible(*one);
    return visible;
  }

  size_t newPart(Part::Kind kind, SourceRange loop) {
    parts_.emplace_back();
    parts_.back().part.kind = kind, parts_.back().part.loop = loop;
    return parts_.size() - 1;
  }
  size_t initialPart() {
    for (size_t i = 0; i < parts_.size(); ++i)
      if (parts_[i].part.kind == Part::Kind::Initial) return i;
    return newPart(Part::Kind::Initial, {});
  }

  void single(const Op &op, size_t part, int64_t turns) {
    ir::Family family = ir::info(op.kind).family;
    if (family == ir::Family::Constant || family == ir::Family::Effect || op.results.empty() || op.result()->type.rank() == 0) return;
    ir::OpSizes sizes = ir::boundsOf(op);
    add(op.where, part, arithmetic(op, sizes, turns, ir::trafficOf(op, sizes, true).total()), live_.at(&op));
  }

  /// Inside a kernel only what comes from outside and what leaves it is moved.
  void kernel(const Op &fused, size_t part, int64_t turns) {
    const Region &body = *fused.regions[0];
    std::vector<int64_t> read(body.args.size(), 0);
    const std::vector<ir::Value *> &yielded = body.terminator()->operands;
    int64_t memory = live_.at(&fused);
    ir::walk(body, [&](const Op *op) {
      if (ir::isTerminator(op->kind)) return;
      ir::OpSizes sizes = ir::boundsOf(*op);
      ir::Traffic traffic = ir::trafficOf(*op, sizes, true);
      int64_t bytes = 0;
      for (size_t k = 0; k < op->operands.size(); ++k) {
        const ir::Value *operand = op->operand(k);
        if (operand->def || operand->region != &body || traffic.read[k] <= read[operand->index]) continue;
        bytes += traffic.read[k] - std::exchange(read[operand->index], traffic.read[k]);
      }
      bool leaves = std::any_of(op->results.begin(), op->results.end(), [&](const ir::Value *v) { return std::find(yielded.begin(), yielded.end(), v) != yielded.end(); });
      if (leaves) bytes += traffic.written;
      add(op->where, part, arithmetic(*op, sizes, turns, bytes), memory);
    });
  }

  static Cost arithmetic(const Op &op, const ir::OpSizes &sizes, int64_t turns, int64_t bytes) {
    if (!op.regions.empty()) return {0, 0, turns * bytes, 0};
    return {turns * ir::multiplyAddsOf(op, sizes), turns * ir::flopsOf(op, sizes), turns * bytes, 0};
  }

  void add(const ir::Origin &origin, size_t number, const Cost &cost, int64_t memory) {
    if (!cost.any()) return;
    PartBuilder &built = parts_[number];
    auto phase = static_cast<size_t>(origin.phase);
    auto enter = [&](Costs &costs) {
      Cost &sum = costs[phase];
      sum.multiplyAdds += cost.multiplyAdds, sum.flops += cost.flops, sum.bytes += cost.bytes;
      sum.memory = std::max(sum.memory, memory);
    };
    enter(built.part.costs);
    if (uint32_t site = origin.site; site && built.part.kind == Part::Kind::Loop) built.part.rows = std::max(built.part.rows, module_.site(site).rows.bound());
    enter(layer(built, places_.instanceOf(origin)).costs);
    SourceRange where = places_.inUserText(origin);
    if (!where.valid()) return;
    LineCosts &line = built.lines[{where.file, places_.sources().start(where).line}];
    if (!line.where.valid()) line.where = where;
    enter(line.costs);
  }

  LayerCosts &layer(PartBuilder &built, uint32_t number) {
    std::string path = number ? module_.site(number).name : "";
    auto [found, fresh] = built.layers.try_emplace(path, number, LayerCosts{});
    auto &[first, row] = found->second;
    if (number && (fresh || number < first)) {
      const ir::Site &site = module_.site(number);
      first = number;
      row.path = site.name, row.model = site.model, row.settings = site.settings;
      if (!site.output.empty()) row.output = site.output;
    }
    if (number) row.parameters = std::max(row.parameters, module_.site(number).parameters);
    return row;
  }

  Part finish(PartBuilder &built) {
    std::vector<std::pair<uint32_t, LayerCosts>> layers;
    for (auto &[path, row] : built.layers) layers.push_back(std::move(row));
    std::stable_sort(layers.begin(), layers.end(), [](const auto &a, const auto &b) { return (a.first - 1) < (b.first - 1); }); // 0 last
    for (auto &[number, row] : layers) built.part.layers.push_back(std::move(row));
    for (auto &[place, row] : built.lines) {
      if (auto facts = facts_.find(place); facts != facts_.end()) row.output = facts->second.output, row.parameters = facts->second.parameters;
      built.part.lines.push_back(std::move(row));
    }
    return std::move(built.part);
  }

  const Places &places_;
  const ir::Module &module_;
  const Lines &facts_;
  std::unordered_map<const Op *, int64_t> live_;
  std::vector<PartBuilder> parts_;
};

} // namespace

CommandCosts costsOf(const Places &places, const passes::MemoryPlan &plan, const Lines &lines) {
  CommandCosts out;
  out.name = plan.entry->name, out.arenaBytes = plan.arenaBytes;
  for (const ir::Param &param : plan.entry->params) {
    const ir::Slot *slot = param.role == ir::ParamRole::Slot ? places.module().findSlot(param.name) : nullptr;
    if (!slot || slot->role != ir::SlotRole::Param) continue;
    out.parameters += slot->type.boundCount(), out.parameterBytes += slot->type.boundBytes();
  }
  out.parts = Collector(places, plan, lines).run(*plan.entry);
  return out;
}

} // namespace dl::report
