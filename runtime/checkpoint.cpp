#include "runtime/checkpoint.h"
#include "runtime/element.h"
#include "runtime/run_folder.h"
#include <cstring>
#include <set>

namespace dl::rt {

namespace {

bool isSlotOf(const dl_param &param, uint32_t instance) {
  return param.role == DL_ROLE_SLOT && param.instance == instance;
}

/// The slot as a tensor of a file.
FileTensor tensorOf(const dl_param &param) {
  return {param.name, fileElement(param.type.elem), {param.type.extent, param.type.extent + param.type.rank}, nullptr};
}

/// Instances the entry uses, in the program's order.
std::vector<uint32_t> usedInstances(const dl_entry &entry) {
  std::set<uint32_t> used;
  for (uint64_t i = 0; i < entry.n_params; ++i)
    if (entry.params[i].role == DL_ROLE_SLOT && entry.params[i].instance != DL_NONE)
      used.insert(entry.params[i].instance);
  return {used.begin(), used.end()};
}

bool holds(const WeightsFile &file, const dl_entry &entry, uint32_t instance) {
  for (uint64_t i = 0; i < entry.n_params; ++i)
    if (isSlotOf(entry.params[i], instance))
      for (const FileTensor &part : turnsOf(tensorOf(entry.params[i])))
        if (file.find(part.name)) return true;
  return false;
}

/// Tensors of the instance in the file that no command of the program knows.
std::string unknownNames(const WeightsFile &file, const dl_program &program, uint32_t instance) {
  std::string prefix = std::string(program.instances[instance].name) + ".", names;
  std::set<std::string> known;
  for (uint64_t e = 0; e < program.n_entries; ++e)
    for (uint64_t i = 0; i < program.entries[e].n_params; ++i)
      if (isSlotOf(program.entries[e].params[i], instance))
        for (const FileTensor &part : turnsOf(tensorOf(program.entries[e].params[i]))) known.insert(part.name);
  for (const FileTensor &tensor : file.tensors())
    if (tensor.name.rfind(prefix, 0) == 0 && !known.count(tensor.name))
      names += "\n  " + tensor.name + ": " + tensor.typeText() + " in the file, not in the program";
  return names;
}

/// All slots of the instance from the file; what differs is listed.
Status loadInstance(const WeightsFile &file, State &state, uint32_t instance, dl_frame &frame) {
  std::string wrong;
  for (uint64_t i = 0; i < state.entry.n_params; ++i) {
    const dl_param &param = state.entry.params[i];
    if (!isSlotOf(param, instance)) continue;
    std::vector<std::string> differs;
    std::vector<uint8_t> rows = file.rowsOf(tensorOf(param), differs);
    for (const std::string &line : differs) wrong += "\n  " + line;
    if (!differs.empty()) continue;
    if (param.place.kind == DL_AT_WORD) {
      int64_t word = 0;
      if (param.type.elem == DL_I32)
        word = readInteger(rows.data(), DL_I32);
      else
        std::memcpy(&word, rows.data(), size_t(elementBytes(param.type.elem)));
      frame.scalars[param.place.at] = word;
    } else
      unpackRows(param.type, param.type.extent, rows.data(), frame.arena + param.place.at);
  }
  std::string unknown = unknownNames(file, state.program, instance);
  if (!wrong.empty())
    return failure(file.path() + " does not fit the program:" + wrong + unknown +
                   "\n  help: train again, or --from none");
  if (!unknown.empty()) state.console.warning(file.path() + ": left out:" + unknown);
  state.sources[state.program.instances[instance].name] = file.path();
  return Done{};
}

const dl_entry *trainerOf(const dl_program &program, uint32_t instance) {
  for (uint64_t e = 0; e < program.n_entries; ++e)
    if (!program.entries[e].is_test && trains(program.entries[e], instance)) return &program.entries[e];
  return nullptr;
}

Status notTrained(const State &state, uint32_t instance, const dl_entry &trainer, const std::string &where) {
  return failure(where + " of `" + state.program.instances[instance].name + "`; run `" + trainer.name +
                 "` first, name one with --from, or start from its initial values with --from none");
}

/// `--from`: everything the file holds; what it does not hold starts afresh if it may.
Status loadFrom(State &state, const std::string &given, const std::vector<uint32_t> &used, std::set<uint32_t> &loaded,
                dl_frame &frame) {
  std::string path = given;
  if (!fileExists(given)) {
    DL_TRY(run, findRun(given));
    path = checkpointOf(run);
    if (path.empty()) return failure(run + " holds no weights yet");
  }
  DL_TRY(file, WeightsFile::open(path));
  bool any = used.empty();
  for (uint32_t instance : used) {
    if (!holds(file, state.entry, instance)) continue;
    DL_CHECK_OK(loadInstance(file, state, instance, frame));
    loaded.insert(instance);
    any = true;
  }
  if (!any) {
    std::string names;
    for (const FileTensor &tensor : file.tensors()) names += "\n  " + tensor.name + ": " + tensor.typeText();
    return failure(path + " holds nothing this command uses; it holds:" + names);
  }
  for (uint32_t instance : used) {
    const dl_entry *trainer = trainerOf(state.program, instance);
    if (!loaded.count(instance) && !trains(state.entry, instance) && trainer)
      return notTrained(state, instance, *trainer, path + " holds no weights");
  }
  return Done{};
}

/// Opens the checkpoints of this program's runs, newest first. Files that are damaged or of another program are passed
/// over.
std::vector<WeightsFile> checkpoints(const State &state) {
  std::vector<WeightsFile> files;
  for (const std::string &run : runsByAge("")) {
    std::string path = checkpointOf(run);
    if (path.empty()) continue;
    auto file = WeightsFile::open(path);
    if (file && file->metadata("dlc.program") == state.program.name) files.push_back(std::move(*file));
  }
  return files;
}

Status loadNewest(State &state, const std::vector<uint32_t> &needed, std::set<uint32_t> &loaded, dl_frame &frame) {
  if (needed.empty()) return Done{};
  std::vector<WeightsFile> files = checkpoints(state);
  auto newest = [&](const std::vector<uint32_t> &instances) -> const WeightsFile * {
    for (const WeightsFile &file : files) {
      bool all = true;
      for (uint32_t instance : instances) all = all && holds(file, state.entry, instance);
      if (all) return &file;
    }
    return nullptr;
  };
  const WeightsFile *common = newest(needed); // one run for all where there is one
  for (uint32_t instance : needed) {
    const WeightsFile *file = common ? common : newest({instance});
    if (file) {
      DL_CHECK_OK(loadInstance(*file, state, instance, frame));
      loaded.insert(instance);
      if (!common) state.console.note(std::string(state.program.instances[instance].name) + " from " + file->path());
    } else if (const dl_entry *trainer = trainerOf(state.program, instance)) {
      return notTrained(state, instance, *trainer, "no run in runs/ holds weights");
    }
  }
  return Done{};
}

} // namespace

bool trains(const dl_entry &entry, uint32_t instance) {
  for (uint64_t i = 0; i < entry.n_params; ++i)
    if (entry.params[i].role == DL_ROLE_FRESH && entry.params[i].instance == instance)
      return entry.params[i].flags & DL_PARAM_TRAINS;
  return false;
}

Status loadSlots(State &state, dl_frame &frame) {
  const dl_entry &entry = state.entry;
  std::vector<uint32_t> used = usedInstances(entry), needed;
  std::set<uint32_t> loaded;
  const std::optional<std::string> &from = state.settings.from;
  if (state.resumed) {
    // What a snapshot of the middle holds comes back in dlrt_enter; the start is repeated from the same files.
    std::map<std::string, std::string> recorded = state.sources;
    for (uint32_t instance : used) {
      auto at = recorded.find(state.program.instances[instance].name);
      if (at == recorded.end()) continue;
      loaded.insert(instance);
      if (state.resumed->metadata("dlc.label") != "0") continue;
      DL_TRY(file, WeightsFile::open(at->second));
      DL_CHECK_OK(loadInstance(file, state, instance, frame));
    }
  } else if (from && *from != "none") {
    DL_CHECK_OK(loadFrom(state, *from, used, loaded, frame));
  } else if (!from && !entry.is_test) {
    for (uint32_t instance : used)
      if (!trains(entry, instance)) needed.push_back(instance);
    DL_CHECK_OK(loadNewest(state, needed, loaded, frame));
  }
  for (uint64_t i = 0; i < entry.n_params; ++i)
    if (entry.params[i].role == DL_ROLE_FRESH)
      frame.scalars[entry.params[i].place.at] = loaded.count(entry.params[i].instance) ? 0 : 1;
  return Done{};
}

Status saveSlots(State &state, dl_frame &frame) {
  std::vector<std::vector<uint8_t>> copies;
  std::vector<FileTensor> tensors;
  for (uint64_t i = 0; i < state.entry.n_params; ++i) {
    const dl_param &param = state.entry.params[i];
    if (param.role != DL_ROLE_SLOT) continue;
    FileTensor tensor = tensorOf(param);
    const dl_place &place = param.flags & DL_PARAM_INOUT ? param.result : param.place;
    const uint8_t *at = place.kind == DL_AT_WORD   ? reinterpret_cast<const uint8_t *>(&frame.scalars[place.at])
                        : place.kind == DL_AT_SWAP ? frame.arena + frame.scalars[place.at]
                                                   : frame.arena + place.at;
    std::vector<uint8_t> &copy = copies.emplace_back(size_t(tensor.bytes()));
    packRows(param.type, param.type.extent, at, copy.data());
    tensor.data = copy.data();
    for (FileTensor &part : turnsOf(tensor)) tensors.push_back(std::move(part));
  }
  // Equal weights are equal files: nothing of the CPU level or the build goes in.
  std::map<std::string, std::string> record{{"dlc.kind", "checkpoint"},
                                            {"dlc.program", state.program.name},
                                            {"dlc.command", state.entry.name}};
  return writeWeights(state.run + "/last.safetensors", tensors, record);
}

} // namespace dl::rt
