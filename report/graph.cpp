#include "report/graph.h"
#include "ir/op_kinds.h"
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>

namespace dl::report {

using ir::Family;
using ir::Op;
using ir::OpKind;
using ir::Region;
using ir::Value;

namespace {

constexpr size_t kMostText = 28;

/// "net.block[0:3].conv2d_1" -> "block[0:3].conv2d_1".
std::string inModel(const std::string &path) {
  size_t dot = path.find('.');
  return dot == std::string::npos ? path : path.substr(dot + 1);
}

class Maker {
public:
  Maker(const Places &places, const ir::Function &entry) : places_(places), module_(places.module()), entry_(entry) {}

  Graph run() {
    chooseScope();
    ir::walk(*entry_.body, [&](const Op *op) {
      if (inScope(*op)) enter(*op);
    });
    ir::walk(*entry_.body, [&](const Op *op) {
      if (!inScope(*op)) leave(*op);
    });
    return finish();
  }

private:
  void chooseScope() {
    ir::walk(*entry_.body, [&](const Op *op) {
      const Region *aside = op->kind == OpKind::CustomGrad ? op->regions[1] : isFresh(*op) ? op->regions[0] : nullptr;
      if (aside) ir::walk(*aside, [&](const Op *inner) { aside_.insert(inner); });
    });
    std::set<std::string> seen;
    ir::walk(*entry_.body, [&](const Op *op) {
      uint32_t root = computes(*op) ? places_.rootOf(op->where) : 0;
      if (root && seen.insert(module_.site(root).name).second) roots_.insert(root);
    });
  }
  /// A step of the forward pass on tensors or floats.
  bool computes(const Op &op) const {
    if (op.where.phase != ir::Phase::Forward || ir::isTerminator(op.kind) || !op.regions.empty()) return false;
    Family family = ir::info(op.kind).family;
    bool shown = family != Family::Constant && family != Family::Effect && (family != Family::Differentiation || op.kind == OpKind::Accumulate);
    bool counts = !op.results.empty() && op.result()->type.rank() == 0 && !ir::isFloat(op.result()->type.elem); // indices
    return shown && !counts && !aside_.count(&op);
  }
  bool inScope(const Op &op) const {
    if (!computes(op)) return false;
    return roots_.empty() || roots_.count(places_.rootOf(op.where)) != 0;
  }

  /// The node of an op of the scope.
  size_t nodeOf(const Op &op) {
    uint32_t call = places_.preludeCallOf(op.where);
    std::pair<uint32_t, std::pair<uint32_t, uint32_t>> key{call, {0, 0}};
    if (!call) key = {op.where.site, {op.where.begin, op.where.end}};
    auto [found, fresh] = byKey_.try_emplace(key, graph_.nodes.size());
    if (!fresh) return found->second;
    Node node;
    if (call) {
      const ir::Site &site = module_.site(call);
      node.kind = site.model.empty() ? Node::Kind::Function : Node::Kind::Layer;
      node.title = roots_.size() > 1 ? site.name : inModel(site.name);
      if (!site.model.empty()) node.detail = site.model + "(" + site.settings + ")";
    } else {
      node.title = places_.text(op.where, kMostText);
      if (node.title.empty()) node.title = ir::info(op.kind).mnemonic;
    }
    graph_.nodes.push_back(std::move(node));
    return found->second;
  }

  Dim rowsOf(const Op &op) const { return op.where.site ? module_.site(op.where.site).rows : Dim(0); }

  void enter(const Op &op) {
    size_t node = nodeOf(op);
    for (const Value *operand : op.operands) {
      std::set<const Value *> path;
      std::vector<const Value *> sources;
      trace(operand, path, sources);
      for (const Value *source : sources) {
        if (source->def && inScope(*source->def)) {
          link(nodeOf(*source->def), node, shapeText(operand->type, rowsOf(op)));
        } else if (!source->def || source->type.rank() > 0) {
          link(inputOf(*source), node, shapeText(operand->type, rowsOf(op)));
        }
      }
    }
  }

  /// Values of the scope that the rest of the entry reads.
  void leave(const Op &op) {
    if (op.where.phase != ir::Phase::Forward || roots_.empty()) return;
    for (const Value *operand : op.operands) {
      if (!operand->def || !inScope(*operand->def) || operand->type.rank() == 0) continue;
      if (ir::isTerminator(op.kind) || ir::info(op.kind).family == Family::Control) continue; // leads on inside the scope, or is followed there
      size_t from = nodeOf(*operand->def);
      if (outputs_.count(from) || feeds(from)) continue;
      outputs_.insert(from);
      pendingOutputs_.push_back({from, shapeText(operand->type, rowsOf(*operand->def))});
    }
  }
  bool feeds(size_t node) const {
    return std::any_of(graph_.edges.begin(), graph_.edges.end(), [&](const Edge &e) { return e.from == node; });
  }

  /// What a value is made of across loops, branches and markers: values of ops and parameters; nothing for weights.
  void trace(const Value *v, std::set<const Value *> &path, std::vector<const Value *> &out) const {
    if (!path.insert(v).second) return;
    if (const Op *op = v->def) {
      if (op->kind == OpKind::Leaf || op->kind == OpKind::StopGradient) return trace(op->operand(0), path, out);
      if (op->kind == OpKind::For || op->kind == OpKind::While) {
        size_t counts = op->kind == OpKind::While && op->as<ir::WhileAttr>().bound > 0 ? 1 : 0;
        if (v->index >= counts) trace(op->regions.back()->terminator()->operand(v->index - counts), path, out);
        return;
      }
      if (op->kind == OpKind::If) {
        if (isFresh(*op)) return;
        for (const Region *branch : op->regions) trace(branch->terminator()->operand(v->index), path, out);
        return;
      }
      if (!op->regions.empty() && v->index < op->regions[0]->terminator()->operands.size()) return trace(op->regions[0]->terminator()->operand(v->index), path, out);
      if (ir::info(op->kind).family != Family::Constant) out.push_back(v);
      return;
    }
    const Op *around = v->region->parent;
    if (!around) {
      ir::ParamRole role = entry_.params[v->index].role;
      if (role == ir::ParamRole::Argument || role == ir::ParamRole::Option) out.push_back(v);
      return;
    }
    if (around->kind == OpKind::For) {
      const auto &attr = around->as<ir::ForAttr>();
      size_t first = attr.tripIsDim ? 0 : 1;
      if (v->index == 0) return;
      size_t operand = v->index - 1 + first; // scanned operands, then carried ones
      if (operand < around->operands.size()) trace(around->operand(operand), path, out);
    } else if (v->index < around->operands.size()) {
      trace(around->operand(v->index), path, out);
    }
  }
  bool isFresh(const Op &op) const {
    if (op.kind != OpKind::If) return false;
    const Value &condition = *op.operand(0);
    return !condition.def && condition.region == entry_.body && entry_.params[condition.index].role == ir::ParamRole::Fresh;
  }

  /// What a value from outside comes from: the flag or the table that the first of its operands lead to.
  std::string inputName(const Value *v) const {
    for (;;) {
      std::set<const Value *> path;
      std::vector<const Value *> sources;
      trace(v, path, sources);
      if (sources.empty()) return "input";
      v = sources[0];
      if (!v->def) return entry_.params[v->index].name;
      if (v->def->kind == OpKind::LoadTable) return v->def->as<ir::TableAttr>().table;
      const std::vector<Value *> &operands = v->def->operands;
      auto tensor = std::find_if(operands.begin(), operands.end(), [](const Value *operand) { return operand->type.rank() > 0; });
      if (tensor == operands.end()) return "input";
      v = *tensor;
    }
  }
  size_t inputOf(const Value &v) {
    auto [found, fresh] = inputs_.try_emplace(&v, graph_.nodes.size());
    if (fresh) graph_.nodes.push_back({Node::Kind::Input, inputName(&v), ""});
    return found->second;
  }

  void link(size_t from, size_t to, std::string shape) {
    if (from == to) return;
    for (const Edge &e : graph_.edges)
      if (e.from == from && e.to == to) return;
    graph_.edges.push_back({from, to, std::move(shape)});
  }

  /// Nodes in an order in which every edge leads on; edges that go back (of loops) are left out.
  Graph finish() {
    for (auto &[from, shape] : pendingOutputs_) {
      graph_.nodes.push_back({Node::Kind::Output, "output", ""});
      graph_.edges.push_back({from, graph_.nodes.size() - 1, std::move(shape)});
    }
    size_t count = graph_.nodes.size();
    std::vector<std::vector<size_t>> next(count);
    for (const Edge &e : graph_.edges) next[e.from].push_back(e.to);
    std::vector<int> state(count, 0);
    std::vector<size_t> order;
    std::set<std::pair<size_t, size_t>> back;
    std::function<void(size_t)> visit = [&](size_t n) {
      state[n] = 1;
      for (size_t to : next[n]) {
        if (state[to] == 1) back.insert({n, to});
        if (state[to] == 0) visit(to);
      }
      state[n] = 2;
      order.push_back(n);
    };
    for (size_t n = count; n-- > 0;)
      if (state[n] == 0) visit(n);
    std::reverse(order.begin(), order.end());
    std::vector<size_t> place(count);
    for (size_t i = 0; i < count; ++i) place[order[i]] = i;
    Graph sorted;
    for (size_t n : order) sorted.nodes.push_back(std::move(graph_.nodes[n]));
    for (Edge &e : graph_.edges)
      if (!back.count({e.from, e.to})) sorted.edges.push_back({place[e.from], place[e.to], std::move(e.shape)});
    std::stable_sort(sorted.edges.begin(), sorted.edges.end(), [](const Edge &a, const Edge &b) { return a.from < b.from; });
    return sorted;
  }

  const Places &places_;
  const ir::Module &module_;
  const ir::Function &entry_;
  std::set<uint32_t> roots_; ///< calls of instances from outside, the first of each
  std::set<const Op *> aside_; ///< what makes initial values, and gradients of the user's own
  std::map<std::pair<uint32_t, std::pair<uint32_t, uint32_t>>, size_t> byKey_;
  std::unordered_map<const Value *, size_t> inputs_;
  std::set<size_t> outputs_;
  std::vector<std::pair<size_t, std::string>> pendingOutputs_;
  Graph graph_;
};

} // namespace

Graph graphOf(const Places &places, const ir::Function &entry) { return Maker(places, entry).run(); }

} // namespace dl::report
