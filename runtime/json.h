/// The little JSON the runtime writes: one object, member after member.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dl::rt {

/// A string with its quotes and escapes.
std::string jsonText(std::string_view text);

class JsonObject {
public:
  JsonObject &text(std::string_view name, std::string_view value) { return raw(name, jsonText(value)); }
  JsonObject &integer(std::string_view name, int64_t value) { return raw(name, std::to_string(value)); }
  /// Not finite: null.
  JsonObject &real(std::string_view name, double value);
  JsonObject &raw(std::string_view name, std::string_view json);
  std::string line() const { return "{" + body_ + "}"; }
  /// One member a line.
  std::string pretty() const;

private:
  std::string body_, lines_;
};

} // namespace dl::rt
