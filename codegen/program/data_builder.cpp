#include "codegen/program/data_builder.h"
#include <algorithm>
#include <cstring>

namespace dl::codegen {

void Record::put(size_t at, const void *from, size_t n) {
  if (data_.bytes.size() < at + n) data_.bytes.resize(at + n);
  std::memcpy(data_.bytes.data() + at, from, n);
}

void Record::address(size_t at, int constant) {
  u64(at, 0);
  if (constant < 0) return;
  Constant::Link link;
  link.at = static_cast<int64_t>(at);
  link.constant = constant;
  data_.links.push_back(link);
}

void Record::symbol(size_t at, const std::string &name) {
  u64(at, 0);
  Constant::Link link;
  link.at = static_cast<int64_t>(at);
  link.symbol = name;
  data_.links.push_back(link);
}

size_t Record::append(const Record &other) {
  size_t start = data_.bytes.size();
  data_.bytes.insert(data_.bytes.end(), other.data_.bytes.begin(), other.data_.bytes.end());
  for (Constant::Link link : other.data_.links) {
    link.at += static_cast<int64_t>(start);
    data_.links.push_back(link);
  }
  return start;
}

int DataBuilder::add(const Record &record, const std::string &name) {
  Constant c = record.take();
  c.name = name;
  c.align = 8;
  std::sort(c.links.begin(), c.links.end(), [](const auto &a, const auto &b) { return a.at < b.at; });
  std::string key(c.bytes.begin(), c.bytes.end());
  for (const auto &l : c.links) key += "|" + std::to_string(l.at) + ":" + std::to_string(l.constant) + ":" + l.symbol;
  auto [known, fresh] = known_.try_emplace(name + "#" + key, static_cast<int>(program_.constants.size()));
  if (fresh) program_.constants.push_back(std::move(c));
  return known->second;
}

int DataBuilder::string(std::string_view text) {
  Record r(text.size() + 1);
  for (size_t i = 0; i < text.size(); ++i) r.u8(i, static_cast<uint8_t>(text[i]));
  return add(r);
}

int DataBuilder::strings(const std::vector<std::string> &texts) {
  if (texts.empty()) return -1;
  Record r(texts.size() * 8);
  for (size_t i = 0; i < texts.size(); ++i) r.address(i * 8, string(texts[i]));
  return add(r);
}

int DataBuilder::words(const std::vector<int64_t> &values) {
  if (values.empty()) return -1;
  Record r(values.size() * 8);
  for (size_t i = 0; i < values.size(); ++i) r.i64(i * 8, values[i]);
  return add(r);
}

int DataBuilder::array(const std::vector<Record> &records) {
  if (records.empty()) return -1;
  Record all;
  for (const Record &r : records) all.append(r);
  return add(all);
}

} // namespace dl::codegen
