/// One running command: what `frame->runtime` points to. A plain struct; the functions of the ABI work on it, one file
/// for each concern.
#pragma once
#include "runtime/console.h"
#include "runtime/metrics.h"
#include "runtime/pool.h"
#include "runtime/progress.h"
#include "runtime/settings.h"
#include "runtime/tables.h"
#include "runtime/weights_file.h"
#include "data/text.h"
#include <map>
#include <memory>
#include <optional>

namespace dl::rt {

struct State {
  State(const dl_program &p, const dl_entry &e, const Settings &s)
      : program(p), entry(e), settings(s), metrics(p), progress(console, metrics), tables(p, settings),
        tableHashes(p.n_tables) {}

  const dl_program &program;
  const dl_entry &entry;
  Settings settings; ///< completed by what a resumed run recorded
  Console console;
  Metrics metrics;
  Progress progress;
  Counters counters;
  Tables tables;
  std::vector<std::string> tableHashes; ///< "" until asked for
  std::unique_ptr<Pool> pool;

  std::map<const dl_vocabulary *, data::Vocabulary> vocabularies; ///< those used by dlrt_encode so far

  std::string run;                            ///< folder of the run, "" until something is written
  std::map<std::string, std::string> sources; ///< instance -> file its slots were loaded from
  std::optional<WeightsFile> resumed;         ///< the snapshot to continue from
  int64_t lastSnapshot = 0;                   ///< number of the newest snapshot of the run
  double snapshotTime = 0, startTime = 0;
  int64_t epochSeen = 0;
  bool epochEnded = false, metricsFailed = false, notFiniteSaid = false;
};

inline State &stateOf(dl_frame *frame) { return *static_cast<State *>(frame->runtime); }

} // namespace dl::rt
