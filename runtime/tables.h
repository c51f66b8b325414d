/// The data sources of a program while a command runs: their files, opened when the prologue asks, and their hashes.
#pragma once
#include "data/table.h"
#include "runtime/settings.h"
#include "support/result.h"
#include <memory>
#include <string>
#include <vector>

namespace dl::rt {

using OpenTable = data::OpenTable (*)(const dl_table &table, const std::vector<std::string> &paths);

class Tables {
public:
  Tables(const dl_program &program, const Settings &settings)
      : program_(program), settings_(settings), open_(program.n_tables) {}
  Result<int64_t> rows(uint32_t table);
  Status column(uint32_t table, uint32_t column, void *into);
  void close(uint32_t table) { open_[table].reset(); }

  /// Where the files are: the flag's, else those of the program in the data folder.
  std::vector<std::string> paths(uint32_t table) const;
  /// Hash of the contents of all files of the table.
  Result<std::string> hash(uint32_t table) const;

private:
  const dl_program &program_;
  const Settings &settings_;
  std::vector<std::unique_ptr<data::Table>> open_;
};

} // namespace dl::rt
