/// What the command line says, as text: the flags of the chosen entry, its tables, and those every command has.
#pragma once
#include "runtime/dlrt.h"
#include <optional>
#include <string>
#include <vector>

namespace dl::rt {

struct Settings {
  std::string executable; ///< how the user called it
  uint64_t seed = 0;
  bool seedGiven = false;
  int64_t threads = 0; ///< 0: every core the process may use
  double checkpointEvery = 60;
  std::optional<std::string> dataDir, run, from;
  std::optional<std::string> resume;              ///< "newest" when given without a run
  std::vector<std::optional<std::string>> values; ///< by number of the entry's parameter
  std::vector<std::optional<std::string>> tables; ///< by number of the program's table: its paths
};

struct Invocation {
  enum class Kind { ProgramHelp, CommandHelp, Info, Run };
  Kind kind = Kind::ProgramHelp;
  const dl_entry *entry = nullptr;
  Settings settings;
};

inline bool isFlag(const dl_param &param) { return param.role == DL_ROLE_OPTION || param.role == DL_ROLE_ARGUMENT; }
inline bool changesSlots(const dl_entry &entry) {
  for (uint64_t i = 0; i < entry.n_params; ++i)
    if (entry.params[i].role == DL_ROLE_SLOT && (entry.params[i].flags & DL_PARAM_INOUT)) return true;
  return false;
}

} // namespace dl::rt
