#include "passes/fusion/grouping.h"
#include "passes/fusion/rows_domain.h"
#include <algorithm>
#include <unordered_set>

namespace dl::passes {

using ir::Op;
using ir::OpKind;
using ir::Value;

namespace {
constexpr int64_t kLiveRowBytes = 64 << 10; ///< rows kept between the phases of a kernel must fit the first cache
constexpr size_t kStreams = 16;             ///< memory streams of one kernel
constexpr size_t kEpilogueStreams = 3;      ///< beside the product: more of them stall the register tile
} // namespace

Grouping::Grouping(ir::Region &region, PassContext &context) : region_(region), context_(context) {
  int count = static_cast<int>(region.ops.size());
  for (int i = 0; i < count; ++i) number_.emplace(region.ops[static_cast<size_t>(i)], i);
  placement_.resize(region.ops.size());
  group_.assign(region.ops.size(), -1);
  producers_.resize(region.ops.size());
  consumers_.resize(region.ops.size());
  for (int i = 0; i < count; ++i) {
    Op *op = region.ops[static_cast<size_t>(i)];
    auto at = static_cast<size_t>(i);
    placement_[at] = placementOf(*op);
    if (op->kind != OpKind::Fused && (placement_[at] == Placement::Kernel || placement_[at] == Placement::Opaque)) {
      group_[at] = static_cast<int>(groups_.size());
      groups_.push_back({{i}, false});
    }
  }
  linkNeighbours();
  findCuts();
}

void Grouping::findCuts() {
  cut_.resize(region_.ops.size());
  int reach = -1, cut = -1;
  for (int i = 0; i < static_cast<int>(region_.ops.size()); ++i) {
    int g = group_[static_cast<size_t>(i)];
    reach = std::max(reach, g >= 0 ? groups_[static_cast<size_t>(g)].ops.back() : i);
    if (reach <= i) cut = i;
    cut_[static_cast<size_t>(i)] = cut;
  }
}

void Grouping::linkNeighbours() {
  int lastEffect = -1;
  for (size_t i = 0; i < region_.ops.size(); ++i) {
    std::vector<const Value *> read;
    Op *op = region_.ops[i];
    if (ir::hasEffect(*op)) { // effects keep their order
      if (lastEffect >= 0) producers_[i].push_back(lastEffect);
      lastEffect = static_cast<int>(i);
    }
    read.insert(read.end(), op->operands.begin(), op->operands.end());
    if (!op->regions.empty())
      for (const Value *v : ir::freeValues(*op)) read.push_back(v);
    for (const Value *r : op->results)
      for (const Value *d : ir::dimValues(r->type)) read.push_back(d);
    for (DimAtom *atom : ir::atomsOf(op->attrs))
      if (atom->owner) read.push_back(static_cast<const Value *>(atom->owner));
    for (const Value *v : read) {
      if (!v->def) continue;
      auto found = number_.find(v->def);
      if (found == number_.end()) continue;
      producers_[i].push_back(found->second);
    }
    std::sort(producers_[i].begin(), producers_[i].end());
    producers_[i].erase(std::unique(producers_[i].begin(), producers_[i].end()), producers_[i].end());
    for (int p : producers_[i]) consumers_[static_cast<size_t>(p)].push_back(static_cast<int>(i));
  }
}

int Grouping::groupOf(const Value *v) const {
  if (!v->def) return -1;
  auto found = number_.find(v->def);
  return found == number_.end() ? -1 : group_[static_cast<size_t>(found->second)];
}

/// The group's ops and the free ops they read, in list order.
std::vector<Op *> Grouping::withFree(const std::vector<int> &ops) const {
  std::vector<int> all = ops, work = ops;
  std::unordered_set<int> seen(ops.begin(), ops.end());
  while (!work.empty()) {
    int i = work.back();
    work.pop_back();
    for (int p : producers_[static_cast<size_t>(i)])
      if (placement_[static_cast<size_t>(p)] == Placement::Free && seen.insert(p).second) {
        all.push_back(p);
        work.push_back(p);
      }
  }
  std::sort(all.begin(), all.end());
  std::vector<Op *> list;
  for (int i : all) list.push_back(region_.ops[static_cast<size_t>(i)]);
  return list;
}

/// Joining a and b would close a cycle: some path leaves one of them and comes back to the other through a third.
bool Grouping::wouldCycle(int a, int b) const {
  enum : char { Outside, Own, Repeated, Seen };
  std::vector<char> mark(region_.ops.size(), Outside);
  std::vector<int> inside;
  for (int g : {a, b})
    for (int i : groups_[static_cast<size_t>(g)].ops) mark[static_cast<size_t>(i)] = Own, inside.push_back(i);
  int low = *std::min_element(inside.begin(), inside.end());
  // Free ops are repeated inside: a path through them alone does not leave the group.
  for (size_t k = 0; k < inside.size(); ++k)
    for (int p : producers_[static_cast<size_t>(inside[k])])
      if (placement_[static_cast<size_t>(p)] == Placement::Free && mark[static_cast<size_t>(p)] == Outside)
        mark[static_cast<size_t>(p)] = Repeated, inside.push_back(p);
  // Walk from outside producers of the joint group backwards; meeting one of its own ops is a cycle, also through a free
  // op that others repeat as well. Before the joint group begins nothing depends on it, unless a group from there
  // continues behind its begin.
  int cut = low > 0 ? cut_[static_cast<size_t>(low - 1)] : -1;
  std::vector<int> work;
  auto enter = [&](int p) {
    char &m = mark[static_cast<size_t>(p)];
    if (p <= cut || m == Own || m == Seen) return;
    m = Seen;
    work.push_back(p);
  };
  for (int i : inside)
    for (int p : producers_[static_cast<size_t>(i)])
      if (mark[static_cast<size_t>(p)] != Repeated) enter(p);
  while (!work.empty()) {
    int i = work.back();
    work.pop_back();
    int g = group_[static_cast<size_t>(i)];
    const std::vector<int> alone{i};
    for (int member : g >= 0 ? groups_[static_cast<size_t>(g)].ops : alone) {
      mark[static_cast<size_t>(member)] = Seen;
      for (int p : producers_[static_cast<size_t>(member)]) {
        if (mark[static_cast<size_t>(p)] == Own) return true;
        enter(p);
      }
    }
  }
  return false;
}

/// Rows are only summed: nothing in them needs a sum of theirs, nobody else reads them. They need not stay alive.
bool Grouping::onePhase(const std::vector<Op *> &list, const RowsDomain &domain) const {
  std::unordered_set<const Value *> afterSum;
  std::unordered_set<int> inside;
  for (const Op *op : list) inside.insert(number_.at(op));
  for (const Op *op : list) {
    bool sum = isReduction(*op), after = std::any_of(op->operands.begin(), op->operands.end(), [&](const Value *v) { return afterSum.count(v) != 0; });
    if (sum || after) afterSum.insert(op->result());
    const auto &names = domain.names.at(op->result());
    bool holdsRow = std::any_of(names.begin(), names.end(), [&](int n) { return std::find(domain.inner.begin(), domain.inner.end(), n) != domain.inner.end(); });
    if (!holdsRow) continue;
    if (after) return false;
    int number = number_.at(op);
    if (placement_[static_cast<size_t>(number)] == Placement::Free) continue;
    for (int reader : consumers_[static_cast<size_t>(number)])
      if (inside.count(reader) == 0) return false;
  }
  return true;
}

bool Grouping::legal(const std::vector<int> &ops, std::string &why) const {
  for (int i : ops)
    if (placement_[static_cast<size_t>(i)] == Placement::Opaque) return why = "an operation that is a kernel of its own", false;
  std::vector<Op *> list = withFree(ops);
  auto domain = analyseRows(list, &why);
  if (!domain) return false;
  const Op *product = nullptr;
  for (const Op *op : list)
    if (op->kind == OpKind::Contract) product = op;
  std::unordered_set<const Value *> inside, inputs;
  for (const Op *op : list) inside.insert(op->result());
  for (const Op *op : list)
    for (const Value *v : op->operands)
      if (v->type.rank() != 0 && inside.count(v) == 0) inputs.insert(v);
  if (inputs.size() > kStreams) return why = "more than 16 memory streams", false;
  if (product) {
    if (domain->hasInnerReduction || domain->hasOuterReduction) return why = "a reduction behind a product", false;
    const auto &result = domain->names.at(product->result());
    for (int i : ops) {
      const Op *op = region_.ops[static_cast<size_t>(i)];
      if (op != product && domain->names.at(op->result()).size() != result.size()) return why = "a value of another shape behind a product", false;
      if (op != product && (isRead(*op) || ir::info(op->kind).family == ir::Family::Random)) return why = "a read behind a product", false;
    }
    size_t extra = inputs.size();
    for (const Value *v : product->operands) extra -= inputs.count(v);
    if (ops.size() > 1 && extra > kEpilogueStreams) return why = "too many streams behind a product", false;
  }
  if (ops.size() > 1 && domain->hasInnerReduction) {
    int64_t row = 4;
    for (int n : domain->inner) row *= std::max<int64_t>(domain->extents[static_cast<size_t>(n)].bound(), 1);
    if (row > kLiveRowBytes && !onePhase(list, *domain)) return why = "rows larger than 64 KiB", false;
  }
  return true;
}

bool Grouping::tryMerge(int a, int b) {
  if (a == b || a < 0 || b < 0) return false;
  Group &x = groups_[static_cast<size_t>(a)], &y = groups_[static_cast<size_t>(b)];
  std::vector<int> joint;
  std::merge(x.ops.begin(), x.ops.end(), y.ops.begin(), y.ops.end(), std::back_inserter(joint));
  std::string why;
  if (!legal(joint, why)) {
    const Value *edge = region_.ops[static_cast<size_t>(x.ops.back())]->result();
    context_.remark("fuse: %" + edge->name + " stays in memory (" + std::to_string(edge->type.boundBytes()) + " bytes): " + why);
    return false;
  }
  if (wouldCycle(a, b)) return false;
  x.ops = std::move(joint);
  for (int i : y.ops) group_[static_cast<size_t>(i)] = a;
  y.ops.clear();
  y.merged = true;
  findCuts();
  return true;
}

void Grouping::merge() {
  // Producer and consumer, in list order, until nothing changes; then siblings that read one value.
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < region_.ops.size(); ++i) {
      if (group_[i] < 0) continue;
      std::vector<int> sources;
      std::vector<int> work = producers_[i];
      while (!work.empty()) {
        int p = work.back();
        work.pop_back();
        if (placement_[static_cast<size_t>(p)] == Placement::Free)
          work.insert(work.end(), producers_[static_cast<size_t>(p)].begin(), producers_[static_cast<size_t>(p)].end());
        else if (group_[static_cast<size_t>(p)] >= 0)
          sources.push_back(p);
      }
      for (int p : sources) changed |= tryMerge(group_[static_cast<size_t>(p)], group_[i]);
    }
  }
  std::unordered_map<const Value *, size_t> reader; // an op: groups come and go
  for (size_t i = 0; i < region_.ops.size(); ++i) {
    if (group_[i] < 0) continue;
    for (const Value *v : region_.ops[i]->operands) {
      if (v->type.rank() == 0) continue;
      auto [it, first] = reader.try_emplace(v, i);
      if (!first) tryMerge(group_[it->second], group_[i]);
    }
  }
}

} // namespace dl::passes
