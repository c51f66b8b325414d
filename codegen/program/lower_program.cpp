// The constant dl_program_v1: offsets are those of runtime/dlrt_program.h, which the runtime's build checks.
#include "codegen/program/lower_program.h"
#include "codegen/program/entry_lowering.h"
#include "ir/builder.h"
#include "runtime/dlrt_program.h"
#include "ir/text.h"
#include <algorithm>

namespace dl::codegen {

using ir::Value;
using passes::Place;

namespace {

class Descriptor {
public:
  Descriptor(SharedTables &shared) : s_(shared), d_(shared.data) {}

  Record type(const ir::Type &t, const passes::MemoryPlan *plan, bool text = false) {
    Record r(24);
    r.u8(0, text ? DL_TEXT : static_cast<uint8_t>(t.elem));
    r.u8(1, static_cast<uint8_t>(t.rank()));
    std::vector<int64_t> extents, words;
    bool dynamic = false;
    for (const dl::Dim &d : t.dims) {
      extents.push_back(d.bound());
      DimAtom *atom = d.asAtom();
      bool known = plan && atom && atom->owner && plan->places.count(static_cast<const Value *>(atom->owner));
      words.push_back(known ? plan->of(static_cast<const Value *>(atom->owner)).at : -1);
      dynamic |= known;
    }
    r.address(8, d_.words(extents));
    r.address(16, dynamic ? d_.words(words) : -1);
    return r;
  }

  static Record place(const Place &p) {
    Record r(16);
    r.i64(0, p.kind == Place::Kind::Word ? DL_AT_WORD : DL_AT_ARENA);
    r.i64(8, p.kind == Place::Kind::Word ? p.at : p.at + p.offset);
    return r;
  }

  static void paste(Record &into, size_t at, const Record &part) {
    // Parts are fixed-size records: their bytes and links go to `at`.
    Constant c = part.take();
    for (size_t i = 0; i < c.bytes.size(); ++i) into.u8(at + i, c.bytes[i]);
    for (const auto &l : c.links) into.address(at + static_cast<size_t>(l.at), l.constant);
  }

  uint32_t instanceOf(const std::string &path) {
    const auto &list = s_.info.instances;
    for (size_t i = 0; i < list.size(); ++i)
      if (path == list[i].first || path.rfind(list[i].first + ".", 0) == 0) return static_cast<uint32_t>(i);
    return DL_NONE;
  }

  Record param(const ir::Function &f, size_t k, const passes::MemoryPlan &plan, const Value *final) {
    const ir::Param &p = f.params[k];
    const Value *v = f.body->args[k];
    Record r(136);
    r.address(0, d_.string(p.name));
    r.address(8, d_.stringOrNull(p.help));
    uint32_t role = DL_ROLE_ARGUMENT, flags = 0;
    switch (p.role) {
    case ir::ParamRole::Seed: role = DL_ROLE_SEED; break;
    case ir::ParamRole::Option: role = DL_ROLE_OPTION; break;
    case ir::ParamRole::Argument: case ir::ParamRole::Plain: role = DL_ROLE_ARGUMENT; break;
    case ir::ParamRole::Slot: role = DL_ROLE_SLOT; break;
    case ir::ParamRole::Fresh: role = DL_ROLE_FRESH; break;
    }
    if (!p.preset.empty()) flags |= DL_PARAM_PRESET;
    if (p.low < p.high) flags |= DL_PARAM_RANGED;
    if (p.endsLoop) flags |= DL_PARAM_GROWS;
    if (p.inout) flags |= DL_PARAM_INOUT;
    if (p.global) flags |= DL_PARAM_GLOBAL;
    if (p.trains) flags |= DL_PARAM_TRAINS;
    const ir::Slot *slot = p.role == ir::ParamRole::Slot ? s_.module.findSlot(p.name) : nullptr;
    if (slot && slot->role == ir::SlotRole::State) flags |= DL_PARAM_STATE;
    r.u32(16, role), r.u32(20, flags);
    r.u32(24, role == DL_ROLE_SLOT || role == DL_ROLE_FRESH ? instanceOf(p.name) : DL_NONE);
    r.u32(28, 0);
    paste(r, 32, type(v->type, &plan, p.isText));
    paste(r, 56, place(plan.of(v)));
    paste(r, 72, place(plan.of(final ? final : v)));
    if (!p.preset.empty() && p.isText) {
      std::string text = ir::presetText(p);
      r.u64(88, text.size()), r.address(96, d_.string(text));
    } else if (!p.preset.empty()) {
      ir::Elem elem = v->type.elem == ir::Elem::Dim ? ir::Elem::I64 : v->type.elem;
      if (v->type.isScalar()) {
        uint64_t bits = ir::encodeNumber(elem, p.preset[0]);
        if (elem == ir::Elem::I32) bits = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(bits)));
        r.u64(88, bits);
      } else {
        size_t width = static_cast<size_t>(ir::byteSize(elem));
        size_t count = static_cast<size_t>(v->type.boundCount());
        Record data(count * width);
        for (size_t i = 0; i < count; ++i) {
          uint64_t bits = ir::encodeNumber(elem, p.preset[p.preset.size() == 1 ? 0 : i]);
          for (size_t b = 0; b < width; ++b) data.u8(i * width + b, static_cast<uint8_t>(bits >> (8 * b)));
        }
        r.address(96, d_.add(data));
      }
    }
    r.f64(104, p.low), r.f64(112, p.high);
    if (!v->type.isScalar() && role == DL_ROLE_ARGUMENT && !p.isText) s_.features.insert("dl_feature_png");
    return r;
  }

  Record entry(const ir::Function &f, const passes::MemoryPlan &plan, const EntryLowering &lowered, const std::string &function) {
    std::vector<Record> params, points;
    size_t next = f.results.size();
    for (size_t k = 0; k < f.params.size(); ++k) {
      const Value *final = f.params[k].inout ? f.body->terminator()->operands[next++] : nullptr;
      // An extent of arguments is named by their types and filled with them.
      bool extent = f.params[k].role == ir::ParamRole::Plain && f.body->args[k]->type.elem == ir::Elem::Dim;
      if (!extent) params.push_back(param(f, k, plan, final));
    }
    for (const auto &point : plan.resumePoints) {
      std::vector<Record> live;
      for (const auto &l : point.live) {
        Record r(48);
        r.address(0, d_.string(l.name));
        paste(r, 8, type(l.value->type, &plan));
        paste(r, 32, place(plan.of(l.value)));
        live.push_back(std::move(r));
      }
      Record r(16);
      r.u32(0, s_.position(point.snapshot->where));
      r.u32(4, static_cast<uint32_t>(live.size()));
      r.address(8, d_.array(live));
      points.push_back(std::move(r));
    }
    Record tables(lowered.tables().size() * 4);
    for (size_t i = 0; i < lowered.tables().size(); ++i) tables.u32(i * 4, lowered.tables()[i]);
    Record r(104);
    r.address(0, d_.string(f.name));
    r.address(8, d_.stringOrNull(f.help));
    r.u64(16, params.size()), r.address(24, d_.array(params));
    r.u64(32, points.size()), r.address(40, d_.array(points));
    r.u64(48, lowered.tables().size()), r.address(56, lowered.tables().empty() ? -1 : d_.add(tables));
    r.i64(64, plan.words), r.i64(72, lowered.arenaBytes()), r.i64(80, std::max<int64_t>(lowered.scratchBytes(), 64));
    r.u32(88, f.isTest);
    r.symbol(96, function);
    return r;
  }

  Record table(const ir::TableSource &t) {
    std::vector<Record> columns;
    for (const ir::TableColumn &c : t.columns) {
      Record r(sizeof(dl_column));
      r.address(0, d_.string(c.name));
      std::vector<std::string> sources = ir::sourcesOf(t, c);
      r.u64(8, sources.size()), r.address(16, sources.empty() ? -1 : d_.strings(sources));
      r.u32(24, static_cast<uint32_t>(c.elem)), r.u32(28, static_cast<uint32_t>(c.rowDims.size()));
      r.address(32, d_.words(c.rowDims));
      r.u64(40, c.categories.size()), r.address(48, d_.strings(c.categories));
      r.f64(56, c.low), r.f64(64, c.high);
      if (c.encoding) {
        const ir::TextEncoding &e = *c.encoding;
        r.u32(80, 1 + static_cast<uint32_t>(e.unit)), r.u32(84, static_cast<uint32_t>(e.fit)), r.u64(88, e.lengths);
        r.i64(96, e.special), r.i64(104, e.most);
        r.u64(112, e.literals.size()), r.address(120, d_.strings(e.literals));
      }
      columns.push_back(std::move(r));
    }
    static const char *const features[] = {"csv", "idx", "npy", "npz", "images", "lines", "", "text"};
    const char *feature = features[static_cast<size_t>(t.kind)];
    if (*feature) s_.features.insert(std::string("dl_feature_") + feature);
    Record r(96);
    r.address(0, d_.string(t.name));
    r.u32(8, static_cast<uint32_t>(t.kind));
    r.u64(16, t.paths.size()), r.address(24, d_.strings(t.paths));
    r.address(32, d_.stringOrNull(s_.info.dataDir));
    r.i64(40, t.bound);
    r.u64(48, columns.size()), r.address(56, d_.array(columns));
    r.address(64, d_.stringOrNull(t.layout.separator)), r.u64(72, !t.layout.header);
    r.u64(80, t.layout.names.size()), r.address(88, d_.strings(t.layout.names));
    return r;
  }

private:
  SharedTables &s_;
  DataBuilder &d_;
};

/// FNV-1a over everything that the code consists of.
std::string buildId(const Program &program, const std::string &target) {
  uint64_t hash = 1469598103934665603u;
  auto mix = [&](const void *data, size_t n) {
    for (size_t i = 0; i < n; ++i) hash = (hash ^ static_cast<const uint8_t *>(data)[i]) * 1099511628211u;
  };
  std::string text = printProgram(program);
  mix(text.data(), text.size());
  for (const Constant &c : program.constants) mix(c.bytes.data(), c.bytes.size());
  mix(target.data(), target.size());
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
  return hex;
}

} // namespace

Result<Program> lowerProgram(const ir::Module &module, const std::vector<passes::MemoryPlan> &plans, const TargetInfo &target,
                             const ProgramInfo &info) {
  Program program;
  program.flushDenormals = module.flushDenormals;
  DataBuilder data(program);
  SharedTables shared{module, info, data, {}, {}, {}, {}, {}};
  Record unknown(24);
  unknown.address(0, data.string("")), unknown.address(16, data.string(""));
  shared.positions.push_back(unknown);
  Descriptor descriptor(shared);
  std::vector<Record> entries;
  size_t next = 0;
  for (const auto &f : module.functions) {
    if (!f->isEntry) continue;
    if (next >= plans.size() || plans[next].entry != f.get()) return failure("entry `" + f->name + "` has no memory plan");
    const passes::MemoryPlan &plan = plans[next++];
    EntryLowering lowering(shared, *f, plan, target);
    std::string name = lowering.functionName();
    lowering.run();
    entries.push_back(descriptor.entry(*f, plan, lowering, name));
  }
  std::vector<Record> tables, instances, statics, layers;
  for (const ir::TableSource &t : module.tables) tables.push_back(descriptor.table(t));
  auto pair = [&](const std::pair<std::string, std::string> &p) {
    Record r(16);
    r.address(0, data.string(p.first)), r.address(8, data.string(p.second));
    return r;
  };
  for (const auto &i : info.instances) instances.push_back(pair(i));
  for (const auto &s : info.statics) statics.push_back(pair(s));
  for (const ir::LayerInfo &l : module.layers) {
    Record r(40);
    r.address(0, data.string(l.path)), r.address(8, data.string(l.model)), r.address(16, data.string(l.output));
    r.i64(24, l.parameters), r.i64(32, l.flops);
    layers.push_back(std::move(r));
  }
  Record r(56 + 8 * 16);
  r.u32(0, DLRT_ABI), r.u32(4, module.flushDenormals ? DL_FLUSH_DENORMALS : 0);
  r.u64(8, info.cpuBits);
  r.address(16, data.string(info.name)), r.address(24, data.string(info.source)), r.address(32, data.stringOrNull(info.help));
  r.address(40, data.string(buildId(program, info.target))), r.address(48, data.string(info.target));
  Record features(shared.features.size() * 8);
  size_t at = 0;
  for (const std::string &f : shared.features) features.symbol(8 * at++, f);
  auto list = [&, field = size_t{56}](size_t count, int address) mutable {
    r.u64(field, count), r.address(field + 8, count ? address : -1);
    field += 16;
  };
  list(entries.size(), data.array(entries));
  list(tables.size(), data.array(tables));
  list(instances.size(), data.array(instances));
  list(shared.positions.size(), data.array(shared.positions));
  list(shared.metrics.size(), data.strings(shared.metrics));
  list(statics.size(), data.array(statics));
  list(layers.size(), data.array(layers));
  list(shared.features.size(), shared.features.empty() ? -1 : data.add(features));
  int number = data.add(r, "dl_program_v1");
  program.constants[static_cast<size_t>(number)].exported = true;
  return program;
}

} // namespace dl::codegen
