// parseWord, wordText, typeText: rank-0 values and the description of types.
#include "runtime/element.h"
#include "runtime/values.h"
#include "support/numerics/value_text.h"
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace dl::rt {

namespace {

std::string withoutUnderscores(std::string text) {
  // 50_000, as in programs: an underscore between digits only
  for (size_t i = 1; i + 1 < text.size();)
    if (text[i] == '_' && std::isdigit(static_cast<unsigned char>(text[i - 1])) &&
        std::isdigit(static_cast<unsigned char>(text[i + 1])))
      text.erase(i, 1);
    else
      ++i;
  return text;
}

template <class T> bool parseNumber(const std::string &text, T &value) {
  const char *begin = text.data(), *end = begin + text.size();
  if (begin != end && *begin == '+') ++begin;
  auto [at, error] = std::from_chars(begin, end, value);
  return error == std::errc() && at == end && begin != end;
}

std::string boundText(const dl_param &param, double bound) {
  return isFloatElement(param.type.elem) ? num::shortest(bound, double(float(bound)) == bound)
                                         : std::to_string(int64_t(bound));
}

/// "1e39" for an f32 parses as nothing else but as a number that does not fit.
bool isBeyondFloat(const std::string &text) {
  double value = 0;
  return parseNumber(text, value) && std::isfinite(value);
}

std::string listText(const char *const *names, uint64_t count) {
  std::string text;
  for (uint64_t i = 0; i < count; ++i) text += (i ? ", " : "") + std::string(names[i]);
  return text;
}

} // namespace

std::string typeName(int64_t elem) { return elem == DL_I32 ? "int" : elementName(elem); }

std::string typeText(const dl_param &param) {
  const dl_type &type = param.type;
  if (type.elem == DL_TEXT) return "text";
  if (type.rank > 0) {
    std::string text = typeName(type.elem) + "[";
    for (int d = 0; d < type.rank; ++d) {
      bool runTime = type.dim_word && type.dim_word[d] >= 0;
      text += (d ? ", " : "") + std::string(runTime ? "up to " : "") + std::to_string(type.extent[d]);
    }
    return text + "]";
  }
  if (param.n_names) return "one of " + listText(param.names, param.n_names);
  if (type.elem == DL_BOOL) return "true or false";
  std::string text = isFloatElement(type.elem) ? "a number" : "an integer";
  if (param.flags & DL_PARAM_RANGED) text += " in " + boundText(param, param.low) + ".." + boundText(param, param.high);
  return text;
}

std::string rangeText(const dl_param &param) {
  return boundText(param, param.low) + ".." + boundText(param, param.high) + " (" + boundText(param, param.high) + " itself is outside)";
}

Result<uint64_t> parseWord(const dl_param &param, const std::string &given) {
  auto wrong = [&] { return failure("`" + given + "` is not " + typeText(param)); };
  if (param.n_names)
    for (uint64_t i = 0; i < param.n_names; ++i)
      if (given == param.names[i]) return i;
  std::string text = withoutUnderscores(given);
  uint64_t word = 0;
  double value = 0;
  switch (param.type.elem) {
  case DL_BOOL:
    if (text == "true" || text == "yes" || text == "1") return uint64_t(1);
    if (text == "false" || text == "no" || text == "0") return uint64_t(0);
    return wrong();
  case DL_F64:
    if (!parseNumber(text, value)) return wrong();
    word = std::bit_cast<uint64_t>(value);
    break;
  case DL_F32:
  case DL_BF16:
  case DL_F16: {
    float single = 0;
    if (!parseNumber(text, single)) {
      if (!isBeyondFloat(text)) return wrong();
      single = std::strtof(text.c_str(), nullptr); // 0 or infinite
    }
    writeFloat(&word, param.type.elem, single);
    if (std::isinf(readFloat(&word, param.type.elem)) && isBeyondFloat(text))
      return failure("`" + given + "` does not fit into " + typeName(param.type.elem));
    value = readFloat(&word, param.type.elem);
    break;
  }
  case DL_KEY:
    if (!parseNumber(text, word)) return wrong();
    return word;
  default: {
    int64_t integer = 0;
    if (!parseNumber(text, integer)) return wrong();
    const bool fits = param.type.elem == DL_I32 ? integer == int32_t(integer) : param.type.elem != DL_U8 || integer == uint8_t(integer);
    if (!fits) return failure("`" + given + "` does not fit into " + typeName(param.type.elem));
    if (param.n_names && (integer < 0 || uint64_t(integer) >= param.n_names)) return wrong();
    word = uint64_t(integer);
    value = double(integer);
  }
  }
  if ((param.flags & DL_PARAM_RANGED) && !(value >= param.low && value < param.high))
    return failure(given + " is outside " + rangeText(param));
  return word;
}

std::string wordText(const dl_param &param, uint64_t word) {
  int elem = param.type.elem;
  if (isFloatElement(elem)) return num::shortest(readFloat(&word, elem), elem != DL_F64);
  if (elem == DL_BOOL) return word ? "true" : "false";
  if (param.n_names && word < param.n_names) return param.names[word];
  if (elem == DL_KEY) return std::to_string(word);
  return std::to_string(int64_t(word));
}

void fillPreset(const dl_param &param, dl_frame &frame) {
  const dl_type &type = param.type;
  if (type.elem == DL_TEXT) {
    (void)fillText(param, presetText(param), frame);
  } else if (type.rank == 0) {
    if (param.place.kind == DL_AT_WORD)
      frame.scalars[param.place.at] = int64_t(param.preset);
    else
      std::memcpy(frame.arena + param.place.at, &param.preset, size_t(elementBytes(type.elem)));
  } else {
    for (int d = 0; d < type.rank; ++d)
      if (type.dim_word && type.dim_word[d] >= 0) frame.scalars[type.dim_word[d]] = type.extent[d];
    unpackRows(type, type.extent, param.preset_data, frame.arena + param.place.at);
  }
}

} // namespace dl::rt
