/// How much of the arena is in use while each op runs.
#include "passes/memory/storage.h"
#include <algorithm>
#include <map>

namespace dl::passes {

namespace {

/// Buffers that begin at one place and overlap in time are one.
struct Buffer {
  int users = 0;
  int64_t bytes = 0;
};

} // namespace

std::unordered_map<const ir::Op *, int64_t> liveBytes(const MemoryPlan &plan) {
  Lifetimes lives = computeLifetimes(*plan.entry);
  std::vector<std::vector<const Place *>> begin(static_cast<size_t>(lives.end) + 2), end(begin.size());
  for (const ir::Value *v : lives.tensors) {
    auto life = lives.of.find(v);
    auto place = plan.places.find(v);
    if (life == lives.of.end() || place == plan.places.end() || place->second.kind != Place::Kind::Arena) continue;
    const ir::Param *param = !v->def && v->region == plan.entry->body ? &plan.entry->params[v->index] : nullptr;
    bool kept = param && param->role == ir::ParamRole::Slot && !param->inout; // saved at the end, with the others
    begin[static_cast<size_t>(life->second.def)].push_back(&place->second);
    end[static_cast<size_t>(kept ? lives.end : life->second.last) + 1].push_back(&place->second);
  }
  std::map<int64_t, Buffer> live; // by where they begin
  std::vector<int64_t> inUse(begin.size(), 0);
  int64_t sum = 0;
  for (size_t at = 0; at < begin.size(); ++at) {
    for (const Place *place : end[at]) {
      Buffer &buffer = live[place->at];
      if (--buffer.users == 0) sum -= std::exchange(buffer.bytes, 0);
    }
    for (const Place *place : begin[at]) {
      Buffer &buffer = live[place->at];
      ++buffer.users;
      sum += std::max<int64_t>(place->whole - buffer.bytes, 0);
      buffer.bytes = std::max(buffer.bytes, place->whole);
    }
    inUse[at] = sum;
  }
  std::unordered_map<const ir::Op *, int64_t> out;
  for (const auto &[op, span] : lives.spans)
    out[op] = *std::max_element(inUse.begin() + span.begin, inUse.begin() + span.end + 1);
  return out;
}

} // namespace dl::passes
