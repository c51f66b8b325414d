#include "runtime/record.h"
#include "runtime/element.h"
#include "runtime/json.h"
#include "runtime/run_folder.h"
#include "runtime/values.h"
#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace dl::rt {

namespace {

std::string joined(const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

/// A text or tensor as it was given; a text without a flag is its preset.
std::string given(const State &state, uint64_t i) {
  if (state.settings.values[i]) return *state.settings.values[i];
  const dl_param &param = state.entry.params[i];
  return param.type.elem == DL_TEXT ? presetText(param) : "";
}

Status differ(const std::string &what, const std::string &recorded, const std::string &now) {
  return failure("cannot resume: " + what + " was " + recorded + ", now " + now);
}

Status adoptValue(State &state, uint64_t i, const WeightsFile &snapshot) {
  const dl_param &param = state.entry.params[i];
  std::string name = std::string("--") + param.name;
  std::string recorded = snapshot.metadata(std::string("option.") + param.name);
  std::optional<std::string> &now = state.settings.values[i];
  bool scalar = param.type.rank == 0;
  if (!now) {
    if (scalar || param.type.elem == DL_TEXT || !recorded.empty()) now = recorded;
    return Done{};
  }
  if (!scalar) {
    if (*now != recorded) return differ(name, "`" + recorded + "`", "`" + *now + "`");
    return Done{};
  }
  auto word = parseWord(param, *now);
  if (!word) return failure(name + ": " + word.message());
  auto before = parseWord(param, recorded);
  if (!before) return failure(snapshot.path() + ": damaged: option " + param.name);
  if (*word == *before) return Done{};
  if ((param.flags & DL_PARAM_GROWS) && int64_t(*word) > int64_t(*before)) return Done{};
  std::string hint = param.flags & DL_PARAM_GROWS ? " (it may only grow)" : "";
  return differ(name, recorded, wordText(param, *word) + hint);
}

} // namespace

Result<Record> describeRun(State &state, const dl_frame &frame, int64_t label) {
  Record record;
  record["dlc.kind"] = "snapshot";
  record["dlc.program"] = state.program.name;
  record["dlc.command"] = state.entry.name;
  record["dlc.build"] = state.program.build_id;
  record["dlc.label"] = std::to_string(label);
  record["dlc.seed"] = std::to_string(frame.seed);
  for (uint64_t i = 0; i < state.entry.n_params; ++i) {
    const dl_param &param = state.entry.params[i];
    if (!isFlag(param)) continue;
    bool word = param.type.rank == 0;
    uint64_t value = 0;
    if (word && param.place.kind == DL_AT_WORD)
      value = uint64_t(frame.scalars[param.place.at]);
    else if (word)
      std::memcpy(&value, frame.arena + param.place.at, size_t(elementBytes(param.type.elem)));
    record[std::string("option.") + param.name] = word ? wordText(param, value) : given(state, i);
  }
  for (uint64_t i = 0; i < state.entry.n_tables; ++i) {
    uint32_t number = state.entry.tables[i];
    const dl_table &table = state.program.tables[number];
    if (table.kind == DL_TABLE_RANGE) continue;
    std::string &hash = state.tableHashes[number];
    if (hash.empty()) {
      DL_TRY(computed, state.tables.hash(number));
      hash = computed;
    }
    record[std::string("data.") + table.name] = hash;
    record[std::string("paths.") + table.name] = joined(state.tables.paths(number));
  }
  for (const auto &[instance, path] : state.sources) record["from." + instance] = path;
  for (const char *name : {"metrics.csv", "metrics.jsonl"}) {
    int64_t length = fileLength(state.run + "/" + name);
    record[std::string("length.") + name] = std::to_string(length < 0 ? 0 : length);
  }
  record["metrics"] = state.metrics.saved();
  const Counters &c = state.counters;
  char text[120];
  std::snprintf(text, sizeof text, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, c.step, c.steps, c.epoch,
                c.epochs, state.epochSeen);
  record["counters"] = text;
  return record;
}

Status adoptRecord(State &state, const WeightsFile &snapshot) {
  if (snapshot.metadata("dlc.kind") != "snapshot")
    return failure(snapshot.path() + " is no snapshot of a run; weights are loaded with --from");
  auto same = [&](const char *key, const char *what, const std::string &now) -> Status {
    std::string recorded = snapshot.metadata(key);
    if (recorded != now) return differ(what, recorded, now);
    return Done{};
  };
  DL_CHECK_OK(same("dlc.program", "the program", state.program.name));
  DL_CHECK_OK(same("dlc.command", "the command", state.entry.name));
  DL_CHECK_OK(same("dlc.build", "the build", state.program.build_id));
  std::string seed = snapshot.metadata("dlc.seed");
  if (state.settings.seedGiven) DL_CHECK_OK(same("dlc.seed", "--seed", std::to_string(state.settings.seed)));
  if (std::sscanf(seed.c_str(), "%" SCNu64, &state.settings.seed) != 1)
    return failure(snapshot.path() + ": damaged: seed");
  for (uint64_t i = 0; i < state.entry.n_params; ++i)
    if (isFlag(state.entry.params[i])) DL_CHECK_OK(adoptValue(state, i, snapshot));
  for (uint64_t i = 0; i < state.entry.n_tables; ++i) {
    uint32_t number = state.entry.tables[i];
    std::string paths = snapshot.metadata(std::string("paths.") + state.program.tables[number].name);
    bool moved = state.settings.tables[number] || state.settings.dataDir;
    if (!moved && !paths.empty()) state.settings.tables[number] = paths;
  }
  for (uint64_t i = 0; i < state.program.n_instances; ++i) {
    std::string name = state.program.instances[i].name, path = snapshot.metadata("from." + name);
    if (!path.empty()) state.sources[name] = path;
  }
  if (!state.metrics.restore(snapshot.metadata("metrics"))) return failure(snapshot.path() + ": damaged: metrics");
  Counters &c = state.counters;
  if (std::sscanf(snapshot.metadata("counters").c_str(), "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
                  &c.step, &c.steps, &c.epoch, &c.epochs, &state.epochSeen) != 5)
    return failure(snapshot.path() + ": damaged: counters");
  return Done{};
}

Status checkData(State &state, const WeightsFile &snapshot) {
  for (uint64_t i = 0; i < state.entry.n_tables; ++i) {
    uint32_t number = state.entry.tables[i];
    const dl_table &table = state.program.tables[number];
    if (table.kind == DL_TABLE_RANGE) continue;
    DL_TRY(hash, state.tables.hash(number));
    std::string recorded = snapshot.metadata(std::string("data.") + table.name);
    if (hash != recorded)
      return differ("the content of `" + std::string(table.name) + "` (" + joined(state.tables.paths(number)) + ")",
                    recorded, hash);
    state.tableHashes[number] = hash;
  }
  return Done{};
}

std::string optionsJson(const State &state, const Record &record) {
  JsonObject object;
  object.text("program", state.program.name).text("source", state.program.source).text("command", state.entry.name);
  object.text("build", state.program.build_id).text("target", state.program.target ? state.program.target : "");
  object.raw("seed", record.at("dlc.seed"));
  JsonObject options, data, from;
  for (uint64_t i = 0; i < state.entry.n_params; ++i) {
    const dl_param &param = state.entry.params[i];
    if (!isFlag(param)) continue;
    const std::string &text = record.at(std::string("option.") + param.name);
    bool number = param.type.rank == 0 && param.n_names == 0 &&
                  text.find("inf") == std::string::npos && text.find("nan") == std::string::npos;
    if (number)
      options.raw(param.name, text);
    else
      options.text(param.name, text);
  }
  for (const auto &[key, value] : record)
    if (key.rfind("paths.", 0) == 0) data.text(key.substr(6), value);
  for (const auto &[instance, path] : state.sources) from.text(instance, path);
  return object.raw("options", options.line()).raw("data", data.line()).raw("from", from.line()).pretty();
}

} // namespace dl::rt
