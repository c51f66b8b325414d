/// A parser that takes paths, fed from memory: the bytes become an anonymous file.
#pragma once
#include "data/table.h"
#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace dl::data {

class AnonymousFile {
public:
  AnonymousFile(const uint8_t *data, size_t size) : file_(::memfd_create("fuzz", 0)) {
    if (file_ < 0 || ::write(file_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  ~AnonymousFile() { ::close(file_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

private:
  int file_;
};

/// Reads every column of a table in its natural element, as f32 and as names.
inline void readEverything(const OpenTable &opened) {
  if (!opened) {
    if (opened.message().empty()) std::abort();
    return;
  }
  const Table &table = **opened;
  for (const ColumnInfo &known : table.columns()) {
    Result<ColumnInfo> info = table.describe(known.name);
    if (!info) std::abort();
    int64_t count = countOf(info->rowShape);
    if (count < 0 || (count > 0 && table.rows() > (int64_t{1} << 24) / count)) continue;
    for (Element element : {info->element, Element::F32, Element::U8}) {
      Column column;
      column.name = known.name;
      column.sources = {known.name};
      column.element = element;
      column.rowShape = info->rowShape;
      std::string room(table.rows() * count * elementBytes(element), 0);
      (void)table.read(column, room.data());
    }
    (void)table.distinct(known.name);
  }
}

} // namespace dl::data
