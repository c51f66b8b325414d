#include "passes/memory/storage.h"
#include "support/result.h"
#include "ir/clone.h"
#include <algorithm>

namespace dl::passes {

using ir::Op;
using ir::OpKind;
using ir::Region;
using ir::Value;

namespace {

constexpr int64_t kAlign = 64;

/// Values that share one buffer.
struct Class {
  std::vector<const Value *> members; ///< roots
  int64_t bytes = 0;
  bool pinned = false;           ///< holds a parameter: has its place from the start
  const Value *slice = nullptr;  ///< lies in a part of another buffer: the view value that says where
};

class Planner {
public:
  explicit Planner(ir::Function &entry) : entry_(entry) {}

  MemoryPlan run() {
    insertCopies(entry_);
    lives_ = computeLifetimes(entry_);
    keepSlots();
    formClasses();
    joinCopies();
    joinKernels();
    MemoryPlan plan;
    plan.entry = &entry_;
    placeWords(plan);
    placeTensors(plan);
    dropCopies(plan);
    resumePoints(plan);
    return plan;
  }

private:
  /// A slot that the entry does not change keeps its value to the end, when it is saved with the others.
  void keepSlots() {
    for (size_t k = 0; k < entry_.params.size(); ++k) {
      const Value *slot = entry_.body->args[k];
      if (entry_.params[k].role != ir::ParamRole::Slot || entry_.params[k].inout) continue;
      Lifetime &life = lives_.of.at(slot);
      lastRead_[slot] = std::exchange(life.last, lives_.end);
    }
  }

  int classOf(const Value *v) { return class_.at(lives_.root(v)); }

  void formClasses() {
    for (const Value *v : lives_.tensors) {
      if (lives_.views.count(v) != 0 || (v->def && v->def->kind == OpKind::Const)) continue;
      class_[v] = static_cast<int>(classes_.size());
      bool param = !v->def && v->region == entry_.body;
      classes_.push_back({{v}, v->type.boundBytes(), param, nullptr});
    }
    ir::walk(*entry_.body, [&](Op *op) {
      if (op->kind == OpKind::For) {
        auto carries = static_cast<size_t>(op->as<ir::ForAttr>().carries);
        bindCarries(*op, carries, 0);
      } else if (op->kind == OpKind::While) {
        bindCarries(*op, static_cast<size_t>(op->as<ir::WhileAttr>().carries), op->as<ir::WhileAttr>().bound > 0 ? 1 : 0);
      } else if (op->kind == OpKind::If) {
        for (size_t k = 0; k < op->results.size(); ++k)
          for (Region *branch : op->regions) bind(op->results[k], branch->terminator()->operands[k]);
      }
    });
    size_t next = entry_.results.size();
    for (size_t k = 0; k < entry_.params.size(); ++k)
      if (entry_.params[k].inout) {
        bind(entry_.body->args[k], entry_.body->terminator()->operands[next]);
        ++next;
      }
  }
  void bindCarries(const Op &op, size_t carries, size_t firstResult) {
    size_t firstOperand = op.operands.size() - carries;
    for (size_t k = 0; k < carries; ++k) {
      const Value *result = op.results[firstResult + k];
      bind(result, op.operands[firstOperand + k]);
      for (const Region *r : op.regions) bind(result, r->args[r->args.size() - carries + k]);
      bind(result, op.regions.back()->terminator()->operands[k]);
    }
  }
  void bind(const Value *a, const Value *b) {
    if (a->type.rank() == 0 || classOf(a) == classOf(b)) return;
    join(classOf(a), classOf(b));
  }
  void join(int a, int b) {
    Class &x = classes_[static_cast<size_t>(a)], &y = classes_[static_cast<size_t>(b)];
    for (const Value *v : y.members) class_[v] = a;
    x.members.insert(x.members.end(), y.members.begin(), y.members.end());
    x.bytes = std::max(x.bytes, y.bytes);
    x.pinned |= y.pinned;
    if (y.slice) x.slice = y.slice;
    y.members.clear();
  }

  const ir::Param *paramOf(const Value *v) const {
    return !v->def && v->region == entry_.body ? &entry_.params[v->index] : nullptr;
  }
  /// The slot's value from the start: a result of the `if` that fills it when it is fresh and copies it otherwise, or a
  /// value inside of that `if`.
  bool fills(const Value *v, const Value *slot) const {
    const Op *branch = v->def && v->def->kind != OpKind::If && v->def->parent ? v->def->parent->parent : v->def;
    if (!branch || branch->kind != OpKind::If) return false;
    const ir::Param *condition = paramOf(branch->operand(0));
    if (!condition || condition->role != ir::ParamRole::Fresh) return false;
    for (const Value *kept : branch->regions[1]->terminator()->operands)
      if (kept->def && kept->def->kind == OpKind::Copy && kept->def->operand(0) == slot) return true;
    return false;
  }

  /// Both are needed at one moment (a parameter is defined before everything).
  bool conflict(const Value *a, const Value *b) {
    Lifetime x = lives_.of.at(a), y = lives_.of.at(b);
    if (x.def > y.def) std::swap(a, b), std::swap(x, y);
    auto kept = lastRead_.find(a);
    if (kept != lastRead_.end() && fills(b, a)) x.last = kept->second;
    if (x.def == y.def) return true;
    if (x.last < y.def) return false;
    if (updatesSlices(a, b)) return false;
    if (x.last > y.def) return true;
    // The op that defines b is the last reader of a.
    if (!b->def || !b->def->regions.empty()) {
      if (!b->def || b->def->kind != OpKind::Fused) return true;
    }
    const Op &maker = *b->def;
    for (const Value *operand : maker.operands)
      if (lives_.root(operand) == a && (operand != a || !mayOverwrite(maker, operand, b))) return true;
    return false;
  }
  /// A loop reads `a` slice by slice for the last time and stacks `b`: slice i of b may lie over slice i of a if nothing
  /// reads the one once the other is made.
  bool updatesSlices(const Value *a, const Value *b) {
    const Op *loop = b->def;
    if (!loop || loop->kind != OpKind::For || a->type != b->type || lives_.of.at(a).last > lives_.spans.at(loop).end) return false;
    const auto &attr = loop->as<ir::ForAttr>();
    if (b->index < static_cast<size_t>(attr.carries)) return false;
    const Region &body = *loop->regions[0];
    size_t first = attr.tripIsDim ? 0 : 1;
    const Op *maker = body.terminator()->operand(b->index)->def; // a copy, or what it copies
    if (!maker || maker->parent != &body) return false;
    const Value *made = maker->result();
    if (maker->kind == OpKind::Copy && maker->operand(0)->def && maker->operand(0)->def->parent == &body) made = maker->operand(0), maker = made->def;
    std::vector<const Value *> slices;
    for (size_t k = 0; k < loop->operands.size(); ++k) {
      if (lives_.root(loop->operands[k]) != a) continue;
      bool scanned = k >= first && k - first < attr.scanDims.size() && loop->operands[k] == a;
      if (!scanned) return false;
      slices.push_back(body.args[1 + k - first]);
    }
    if (slices.empty()) return false;
    bool after = false;
    for (const Op *op : body.ops) {
      std::vector<const Value *> read(op->operands.begin(), op->operands.end());
      if (!op->regions.empty() && op->kind != OpKind::Fused)
        for (const Value *v : ir::freeValues(*op)) read.push_back(v);
      for (const Value *v : read) {
        if (lives_.root(v) != a) continue;
        if (std::find(slices.begin(), slices.end(), v) == slices.end() || after) return false;
        if (op == maker && !mayOverwrite(*maker, v, made)) return false;
        if (lives_.views.count(op->results.empty() ? nullptr : op->result()) != 0 && op->kind != OpKind::Fused && op->kind != OpKind::Copy) return false;
      }
      after |= op == maker;
    }
    return true;
  }
  bool classesConflict(int a, int b) {
    for (const Value *x : classes_[static_cast<size_t>(a)].members)
      for (const Value *y : classes_[static_cast<size_t>(b)].members)
        if (conflict(x, y)) return true;
    return false;
  }
  bool mayJoin(int a, int b) {
    const Class &x = classes_[static_cast<size_t>(a)], &y = classes_[static_cast<size_t>(b)];
    if (a == b || (x.pinned && y.pinned) || x.slice || y.slice || x.bytes != y.bytes) return false;
    return !classesConflict(a, b);
  }

  void joinCopies() {
    std::vector<Op *> copies;
    ir::walk(*entry_.body, [&](Op *op) {
      if (op->kind == OpKind::Copy && op->parent && (!op->parent->parent || op->parent->parent->kind != OpKind::Fused)) copies.push_back(op);
    });
    std::stable_sort(copies.begin(), copies.end(), [](const Op *a, const Op *b) { return a->result()->type.boundBytes() > b->result()->type.boundBytes(); });
    for (Op *copy : copies) {
      const Value *from = copy->operand(0), *to = copy->result();
      if (to->type.rank() == 0 || (from->def && from->def->kind == OpKind::Const)) continue;
      bool fromView = lives_.views.count(from) != 0, toView = lives_.views.count(to) != 0;
      if (fromView) continue;
      if (toView) {
        // A stacked value is made in its slice: it must live inside this turn of the loop and nowhere else.
        int c = classOf(from);
        Class &mine = classes_[static_cast<size_t>(c)];
        const Region *body = copy->parent;
        bool local = !mine.pinned && !mine.slice;
        for (const Value *v : mine.members) local &= isInside(v, *body);
        if (local) mine.slice = to;
      } else if (mayJoin(classOf(from), classOf(to))) {
        join(classOf(from), classOf(to));
      }
    }
  }
  static bool isInside(const Value *v, const Region &body) {
    if (!v->def && v->region == &body) return false;
    for (const Region *r = v->def ? v->def->parent : v->region; r; r = r->parent ? r->parent->parent : nullptr)
      if (r == &body) return true;
    return false;
  }

  /// A kernel writes over an operand that dies there.
  void joinKernels() {
    ir::walk(*entry_.body, [&](Op *op) {
      if (op->kind != OpKind::Fused) return;
      for (const Value *result : op->results)
        for (const Value *operand : op->operands) {
          if (result->type.rank() == 0 || operand->type.rank() == 0 || lives_.views.count(operand) != 0) continue;
          if (operand->def && operand->def->kind == OpKind::Const) continue;
          if (mayOverwrite(*op, operand, result) && mayJoin(classOf(operand), classOf(result))) join(classOf(operand), classOf(result));
        }
    });
  }

  void placeWords(MemoryPlan &plan) {
    for (const Value *v : lives_.scalars) {
      Place place;
      place.at = plan.words++;
      plan.places.emplace(v, place);
    }
  }

  struct Block {
    int64_t offset, bytes;
    int from, to;
  };
  void placeTensors(MemoryPlan &plan) {
    std::vector<int> order;
    for (size_t c = 0; c < classes_.size(); ++c)
      if (!classes_[c].members.empty() && !classes_[c].slice) order.push_back(static_cast<int>(c));
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return classes_[static_cast<size_t>(a)].bytes > classes_[static_cast<size_t>(b)].bytes; });
    std::vector<Block> placed;
    std::vector<int64_t> offset(classes_.size(), 0);
    for (int c : order) {
      const Class &mine = classes_[static_cast<size_t>(c)];
      Block block{0, std::max<int64_t>((mine.bytes + kAlign - 1) / kAlign * kAlign, kAlign), lives_.end, 0};
      for (const Value *v : mine.members) {
        block.from = std::min(block.from, lives_.of.at(v).def);
        block.to = std::max(block.to, lives_.of.at(v).last);
      }
      std::vector<Block> rivals;
      for (const Block &other : placed)
        if (other.from <= block.to && block.from <= other.to) rivals.push_back(other);
      std::sort(rivals.begin(), rivals.end(), [](const Block &a, const Block &b) { return a.offset < b.offset; });
      for (const Block &other : rivals)
        if (other.offset < block.offset + block.bytes) block.offset = std::max(block.offset, other.offset + other.bytes);
      placed.push_back(block);
      offset[static_cast<size_t>(c)] = block.offset;
      plan.arenaBytes = std::max(plan.arenaBytes, block.offset + block.bytes);
    }
    for (const Value *v : lives_.tensors) placeOf(plan, offset, v);
  }
  Place placeOf(MemoryPlan &plan, const std::vector<int64_t> &offset, const Value *v) {
    if (auto found = plan.places.find(v); found != plan.places.end()) return found->second;
    Place place;
    auto view = lives_.views.find(v);
    if (view != lives_.views.end()) {
      place = placeOf(plan, offset, view->second.base);
      place.offset += view->second.bytes;
      if (view->second.index) place.terms.push_back({plan.places.at(view->second.index).at, view->second.stride});
    } else if (v->def && v->def->kind == OpKind::Const) {
      place.kind = Place::Kind::Constant;
      place.constant = v;
    } else if (const Class &mine = classes_[static_cast<size_t>(class_.at(v))]; mine.slice) {
      place = placeOf(plan, offset, mine.slice);
    } else {
      place.kind = Place::Kind::Arena;
      place.at = offset[static_cast<size_t>(class_.at(v))];
      place.whole = mine.bytes;
    }
    plan.places.emplace(v, place);
    return place;
  }

  bool isNoop(const MemoryPlan &plan, const Op &copy) const {
    const Place &a = plan.of(copy.operand(0)), &b = plan.of(copy.result());
    if (a.kind != b.kind || a.at != b.at || a.offset != b.offset || a.terms.size() != b.terms.size() || a.kind != Place::Kind::Arena) return false;
    for (size_t i = 0; i < a.terms.size(); ++i)
      if (a.terms[i].word != b.terms[i].word || a.terms[i].stride != b.terms[i].stride) return false;
    return true;
  }
  void dropCopies(MemoryPlan &plan) {
    std::unordered_map<const Value *, Value *> replaced;
    dropIn(plan, *entry_.body, replaced);
    for (auto &[from, to] : replaced) // chains of copies
      for (auto next = replaced.find(to); next != replaced.end(); next = replaced.find(to)) to = next->second;
    ir::replaceUses(*entry_.body, replaced);
  }
  void dropIn(MemoryPlan &plan, Region &region, std::unordered_map<const Value *, Value *> &replaced) {
    std::vector<Op *> kept;
    for (Op *op : region.ops) {
      if (op->kind == OpKind::Copy && isNoop(plan, *op)) {
        replaced[op->result()] = op->operand(0);
        continue;
      }
      if (op->kind == OpKind::Copy) ++plan.copies;
      if (op->kind != OpKind::Fused)
        for (Region *inner : op->regions) dropIn(plan, *inner, replaced);
      kept.push_back(op);
    }
    region.ops = std::move(kept);
  }

  /// The dotted path for every value that is some slot's present value: followed backwards from what is returned.
  void slotNames(std::unordered_map<const Value *, std::string> &names) {
    size_t next = entry_.results.size();
    for (size_t k = 0; k < entry_.params.size(); ++k) {
      if (entry_.params[k].role != ir::ParamRole::Slot) continue;
      names[lives_.root(entry_.body->args[k])] = entry_.params[k].name;
      if (entry_.params[k].inout) follow(entry_.body->terminator()->operands[next++], entry_.params[k].name, names);
    }
  }
  void follow(const Value *v, const std::string &path, std::unordered_map<const Value *, std::string> &names) {
    v = lives_.root(v);
    if (!names.try_emplace(v, path).second || !v->def) return;
    const Op &op = *v->def;
    size_t k = v->index;
    if (op.kind == OpKind::Copy) return follow(op.operand(0), path, names);
    if (op.kind == OpKind::If) {
      for (const Region *branch : op.regions) follow(branch->terminator()->operands[k], path, names);
    } else if (op.kind == OpKind::For && k < static_cast<size_t>(op.as<ir::ForAttr>().carries)) {
      const Region &body = *op.regions[0];
      size_t carries = static_cast<size_t>(op.as<ir::ForAttr>().carries);
      names.try_emplace(body.args[body.args.size() - carries + k], path);
      follow(body.terminator()->operands[k], path, names);
    }
  }

  void resumePoints(MemoryPlan &plan) {
    std::unordered_map<const Value *, std::string> names;
    slotNames(names);
    int prologue = -1;
    ir::walk(*entry_.body, [&](const Op *op) {
      if (op->kind != OpKind::Snapshot) return;
      int at = lives_.spans.at(op).begin;
      if (op->as<ir::SnapshotAttr>().label == "prologue") {
        plan.prologueEnd = op;
        prologue = at;
        return;
      }
      MemoryPlan::ResumePoint point{op, {}};
      for (const auto *list : {&lives_.tensors, &lives_.scalars})
        for (const Value *v : *list) {
          auto life = lives_.of.find(v);
          if (life == lives_.of.end() || life->second.def >= at || life->second.last < at) continue;
          bool inData = v->def && v->def->kind == OpKind::Const && !v->type.isScalar(); // scalars are words like any other
          if (v->def && (inData || (prologue >= 0 && lives_.spans.at(v->def).begin <= prologue && v->def->parent == entry_.body))) continue;
          bool param = !v->def && v->region == entry_.body;
          if (param && entry_.params[v->index].role != ir::ParamRole::Slot) continue;
          auto slot = names.find(v);
          bool taken = false;
          if (slot != names.end())
            for (const auto &other : point.live) taken |= other.name == slot->second;
          std::string name = slot != names.end() && !taken ? slot->second : "frame." + std::to_string(point.live.size()) + "." + (v->name.empty() ? "v" : v->name);
          point.live.push_back({std::move(name), v});
        }
      plan.resumePoints.push_back(std::move(point));
    });
  }

  ir::Function &entry_;
  Lifetimes lives_;
  std::unordered_map<const Value *, int> lastRead_; ///< of the slots that are kept
  std::unordered_map<const Value *, int> class_;
  std::vector<Class> classes_;
};

} // namespace

MemoryPlan planMemory(ir::Function &entry) { return Planner(entry).run(); }

std::string printPlan(const MemoryPlan &plan) {
  std::string text = "entry @" + plan.entry->name + ": arena " + std::to_string(plan.arenaBytes) + " bytes, " + std::to_string(plan.words) +
                     " words, " + std::to_string(plan.copies) + " copies, " + std::to_string(plan.resumePoints.size()) + " resume points\n";
  auto line = [&](const Value *v) {
    auto found = plan.places.find(v);
    if (found == plan.places.end() || v->type.rank() == 0 || found->second.kind != Place::Kind::Arena) return;
    text += "  " + std::to_string(found->second.at + found->second.offset) + "  %" + v->name + ": " + v->type.str() + "\n";
  };
  for (const Value *arg : plan.entry->body->args) line(arg);
  ir::walk(*plan.entry->body, [&](const Op *op) {
    for (const Value *v : op->results) line(v);
    if (op->kind == OpKind::Copy && plan.places.count(op->result()) != 0) text += "  copy of %" + op->operand(0)->name + ", " + std::to_string(op->result()->type.boundBytes()) + " bytes\n";
  });
  return text;
}

} // namespace dl::passes
