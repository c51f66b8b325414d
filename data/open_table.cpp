#include "data/table.h"
#include <charconv>

namespace dl::data {

OpenTable openTable(TableKind kind, const std::vector<std::string> &paths, const Layout &layout) {
  if (kind == TableKind::Idx) return openIdx(paths);
  if (kind == TableKind::Images) return openImages(paths, layout);
  if (paths.size() != 1) return failure("one path expected, got " + std::to_string(paths.size()));
  const std::string &path = paths[0];
  switch (kind) {
  case TableKind::Csv: return openCsv(path, layout);
  case TableKind::Npy: return openNpy(path);
  case TableKind::Npz: return openNpz(path);
  case TableKind::Lines: return openLines(path);
  case TableKind::Text: return openText(path);
  case TableKind::Range: {
    int64_t count = 0;
    auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), count);
    if (error != std::errc{} || end != path.data() + path.size())
      return failure("`" + path + "` is not a number of rows");
    return openRange(count);
  }
  case TableKind::Idx:
  case TableKind::Images: break;
  }
  DL_UNREACHABLE();
}

} // namespace dl::data
