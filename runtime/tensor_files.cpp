// Tensors of the command line from .npy and .csv files.
#include "runtime/tensor_files.h"
#include "data/npy.h"
#include <algorithm>
#include <charconv>
#include <string_view>

namespace dl::rt {

Result<PlainTensor> readNpyTensor(const std::string &path) {
  DL_TRY(array, data::readNpy(path));
  PlainTensor tensor;
  tensor.shape = array.shape;
  for (int64_t i = 0; i < array.count(); ++i) tensor.values.push_back(array.at(i).value());
  return tensor;
}

Result<PlainTensor> readCsvTensor(const std::string &path) {
  DL_TRY(bytes, data::readFile(path));
  std::string_view text = bytes.text();
  PlainTensor tensor;
  int64_t line = 0, rows = 0, width = 0;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    while (!row.empty() && (row.back() == '\r' || row.back() == ' ')) row.remove_suffix(1);
    if (row.empty()) continue;
    size_t before = tensor.values.size();
    std::string wrong;
    bool names = line == 1; // of columns: no cell is a number or missing
    for (bool more = true; more;) {
      size_t comma = std::min(row.find(','), row.size());
      std::string_view cell = row.substr(0, comma);
      more = comma < row.size();
      row.remove_prefix(std::min(comma + 1, row.size()));
      while (!cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
      while (!cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
      double value = 0;
      auto [at, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      const bool number = error == std::errc() && at == cell.data() + cell.size();
      if (!number && wrong.empty()) wrong = "`" + std::string(cell) + "`";
      names = names && !number && error != std::errc::result_out_of_range && !cell.empty() && cell != "NA";
      tensor.values.push_back(value);
    }
    if (names) {
      tensor.values.clear();
      continue;
    }
    std::string place = path + ":" + std::to_string(line) + ": ";
    if (!wrong.empty()) return failure(place + wrong + " is not a number");
    int64_t count = int64_t(tensor.values.size() - before);
    if (rows > 0 && count != width)
      return failure(place + std::to_string(count) + " values, " + std::to_string(width) + " in the lines above");
    width = count;
    ++rows;
  }
  tensor.shape = {rows, width};
  return tensor;
}

} // namespace dl::rt
