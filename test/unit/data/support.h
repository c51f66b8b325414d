/// Files for a test in a folder of its own, and what the tests of readers share.
#pragma once
#include "data/file.h"
#include "data/table.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace dl::data {

class DataTest : public testing::Test {
protected:
  void SetUp() override {
    const auto *info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("dl_data_" + std::to_string(::getpid()) + "_" + info->test_suite_name() + "_" + info->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string &name) const { return (folder_ / name).string(); }
  std::string write(const std::string &name, const std::string &bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::string contents(const std::string &name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::filesystem::path folder_;
};

/// The message without the test's folder.
template <class T> std::string messageOf(const Result<T> &result, const std::filesystem::path &folder) {
  if (result) return "(no error)";
  std::string text = result.message(), prefix = folder.string() + "/";
  for (size_t at; (at = text.find(prefix)) != text.npos;) text.erase(at, prefix.size());
  return text;
}

/// A column of numbers, or the error.
template <class T> Result<std::vector<T>> readColumn(const Table &table, Column column) {
  std::vector<T> values(static_cast<size_t>(table.rows() * countOf(column.rowShape)));
  DL_CHECK_OK(table.read(column, values.data()));
  return values;
}

inline Column column(std::string name, Element element, std::vector<int64_t> rowShape = {}) {
  Column column;
  column.name = std::move(name);
  column.element = element;
  column.rowShape = std::move(rowShape);
  return column;
}

/// The folder of real data, or "" where there is none.
inline std::string sharedData() {
  const char *given = std::getenv("DLC_SHARED_DATA");
  std::string folder = given ? given : DLC_SHARED_DATA_BESIDE;
  return std::filesystem::is_directory(folder) ? folder : "";
}

} // namespace dl::data
