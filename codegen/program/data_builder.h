/// Read-only data of a program: strings, records with addresses in them, arrays; equal data once.
#pragma once
#include "codegen/loops/loop_ir.h"
#include <map>
#include <string_view>

namespace dl::codegen {

/// Bytes being laid out, with links to other data.
class Record {
public:
  explicit Record(size_t bytes = 0) { data_.bytes.resize(bytes); }
  void u8(size_t at, uint8_t v) { put(at, &v, 1); }
  void u32(size_t at, uint32_t v) { put(at, &v, 4); }
  void u64(size_t at, uint64_t v) { put(at, &v, 8); }
  void i64(size_t at, int64_t v) { put(at, &v, 8); }
  void f64(size_t at, double v) { put(at, &v, 8); }
  void address(size_t at, int constant); ///< -1: null
  void symbol(size_t at, const std::string &name);
  /// Appends another record's bytes; returns their offset.
  size_t append(const Record &other);
  size_t size() const { return data_.bytes.size(); }
  Constant take() const { return data_; }

private:
  void put(size_t at, const void *from, size_t n);
  Constant data_;
};

class DataBuilder {
public:
  explicit DataBuilder(Program &program) : program_(program) {}
  /// The number of the constant.
  int add(const Record &record, const std::string &name = "");
  int string(std::string_view text);
  int stringOrNull(std::string_view text) { return text.empty() ? -1 : string(text); }
  int strings(const std::vector<std::string> &texts); ///< array of char pointers; -1 when empty
  int words(const std::vector<int64_t> &values);      ///< -1 when empty
  int array(const std::vector<Record> &records);      ///< -1 when empty
  Program &program() { return program_; }

private:
  Program &program_;
  std::map<std::string, int> known_;
};

} // namespace dl::codegen
