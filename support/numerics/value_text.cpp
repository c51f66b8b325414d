#include "support/numerics/value_text.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace dl::num {

namespace {

std::string convert(double x, bool single, std::chars_format format) {
  char buffer[512];
  auto [end, error] = single ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(x), format)
                             : std::to_chars(buffer, buffer + sizeof buffer, x, format);
  return error == std::errc() ? std::string(buffer, end) : std::string("?");
}
std::string convert(double x, std::chars_format format, int precision) {
  char buffer[1024];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, x, format, precision);
  return error == std::errc() ? std::string(buffer, end) : std::string("?");
}

std::string notFinite(double x) { return std::isnan(x) ? "nan" : x < 0 ? "-inf" : "inf"; }

void insertCommas(std::string &digits) {
  size_t end = digits.find_first_of(".e");
  if (end == std::string::npos) end = digits.size();
  size_t begin = !digits.empty() && (digits[0] == '-' || digits[0] == '+') ? 1 : 0;
  for (size_t i = end; i > begin + 3; i -= 3) digits.insert(i - 3, ",");
}

/// Code points of UTF-8 text: what takes a column.
size_t columns(const std::string &text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string pad(std::string text, const Spec &spec, bool number) {
  size_t size = columns(text), width = size_t(spec.width);
  if (size >= width) return text;
  size_t room = width - size;
  if (spec.zeros && number && spec.align == 0) {
    text.insert(!text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0, room, '0');
    return text;
  }
  char align = spec.align ? spec.align : number ? '>' : '<';
  size_t left = align == '>' ? room : align == '^' ? room / 2 : 0;
  return std::string(left, ' ') + text + std::string(room - left, ' ');
}

std::string realText(double x, bool single, const Spec &spec) {
  bool percent = spec.kind == '%';
  std::string text;
  if (!std::isfinite(x))
    text = notFinite(x);
  else if (spec.kind == 0 && spec.precision < 0)
    text = shortest(x, single);
  else if (spec.kind == 'e')
    text = convert(x, std::chars_format::scientific, spec.precision < 0 ? 6 : spec.precision);
  else if (spec.kind == 'g' || spec.kind == 0)
    text = convert(x, std::chars_format::general, spec.precision < 0 ? 6 : std::max(spec.precision, 1));
  else if (spec.kind == 'd')
    text = convert(std::nearbyint(x), std::chars_format::fixed, 0);
  else
    text = convert(percent ? x * 100 : x, std::chars_format::fixed, spec.precision < 0 ? 6 : spec.precision);
  if (spec.commas) insertCommas(text);
  if (spec.sign && text[0] != '-') text.insert(0, "+");
  if (percent) text += '%';
  return text;
}

/// Elements of one printed tensor share a form, as in NumPy: fixed, or with exponents when the range is wide.
class FloatForm {
public:
  void see(double x, bool single) {
    single_ = single;
    if (!std::isfinite(x)) {
      special_ = std::max(special_, notFinite(x).size());
      return;
    }
    values_.push_back(x);
  }
  void decide() {
    double high = 0, low = INFINITY;
    for (double x : values_)
      if (x != 0) high = std::max(high, std::fabs(x)), low = std::min(low, std::fabs(x));
    exponents_ = high >= 1e8 || (high > 0 && (low < 1e-4 || high / low > 1000));
    for (double x : values_) {
      auto [head, tail] = split(x);
      left_ = std::max(left_, head.size());
      right_ = std::max(right_, tail.size());
    }
    values_.clear();
    size_t width = left_ + 1 + right_ + (exponents_ ? 4 : 0);
    if (left_ + right_ == 0) width = 0;
    width_ = std::max(width, special_);
  }
  std::string text(double x) const {
    if (!std::isfinite(x)) {
      std::string t = notFinite(x);
      return std::string(width_ - t.size(), ' ') + t;
    }
    auto [head, tail] = split(x);
    std::string t = std::string(left_ - head.size(), ' ') + head + "." + tail;
    t.append(right_ - tail.size(), exponents_ ? '0' : ' ');
    if (exponents_) t += exponent(x);
    return t.size() < width_ ? std::string(width_ - t.size(), ' ') + t : t;
  }

private:
  static constexpr int kPrecision = 8;

  std::string digits(double x) const {
    auto format = exponents_ ? std::chars_format::scientific : std::chars_format::fixed;
    std::string t = convert(x, single_, format);
    size_t point = t.find('.'), end = std::min(t.find('e'), t.size());
    if (point != std::string::npos && end - point - 1 > size_t(kPrecision)) t = convert(x, format, kPrecision);
    return t;
  }
  std::pair<std::string, std::string> split(double x) const {
    std::string t = digits(x);
    t.resize(std::min(t.find('e'), t.size()));
    size_t point = t.find('.');
    if (point == std::string::npos) return {t, ""};
    std::string tail = t.substr(point + 1);
    while (!tail.empty() && tail.back() == '0') tail.pop_back();
    return {t.substr(0, point), tail};
  }
  std::string exponent(double x) const {
    std::string t = digits(x);
    return t.substr(t.find('e'));
  }

  bool single_ = false, exponents_ = false;
  std::vector<double> values_;
  size_t left_ = 0, right_ = 0, special_ = 0, width_ = 0;
};

class TensorWriter {
public:
  TensorWriter(std::span<const int64_t> extents, const std::function<Scalar(const int64_t *)> &at, const Spec &spec)
      : extents_(extents), at_(at), spec_(spec), index_(extents.size(), 0) {
    int64_t count = 1;
    for (int64_t n : extents) count *= n;
    short_ = count > kThreshold;
    natural_ = spec.kind == 0 && spec.precision < 0;
    visit(0, [&](const Scalar &value) {
      bool real = value.kind == Scalar::Kind::Float32 || value.kind == Scalar::Kind::Float64;
      if (real && natural_)
        form_.see(value.real, value.kind == Scalar::Kind::Float32);
      else
        width_ = std::max(width_, columns(scalarText(value, spec_)));
    });
    form_.decide();
  }
  std::string write() {
    lines(0, "");
    return std::move(out_);
  }

private:
  static constexpr int64_t kThreshold = 1000, kEdge = 3;
  static constexpr size_t kLine = 74;

  template <class F> void each(size_t dim, F &&visitIndex) {
    int64_t n = extents_[dim];
    for (int64_t i = 0; i < n; ++i) {
      bool gap = short_ && n > 2 * kEdge && i == kEdge;
      if (gap) i = n - kEdge;
      index_[dim] = i;
      visitIndex(i, gap);
    }
  }
  template <class F> void visit(size_t dim, F &&f) {
    if (dim == extents_.size()) return f(at_(index_.data()));
    each(dim, [&](int64_t, bool) { visit(dim + 1, f); });
  }
  std::string element() {
    Scalar value = at_(index_.data());
    bool real = value.kind == Scalar::Kind::Float32 || value.kind == Scalar::Kind::Float64;
    if (real && natural_) return form_.text(value.real);
    std::string text = scalarText(value, spec_);
    return std::string(width_ - columns(text), ' ') + text;
  }
  void lines(size_t dim, std::string indent) {
    out_ += '[';
    indent += ' ';
    if (dim + 1 == extents_.size()) {
      size_t column = indent.size();
      bool first = true;
      auto put = [&](const std::string &text) {
        if (!first && column + 1 + columns(text) > kLine)
          out_ += "\n" + indent, column = indent.size();
        else if (!first)
          out_ += ' ', ++column;
        out_ += text;
        column += columns(text);
        first = false;
      };
      each(dim, [&](int64_t, bool gap) {
        if (gap) put("...");
        put(element());
      });
    } else {
      std::string gapLines(extents_.size() - dim - 1, '\n');
      each(dim, [&](int64_t i, bool gap) {
        if (i > 0) out_ += gapLines + indent;
        if (gap) out_ += "..." + gapLines + indent;
        lines(dim + 1, indent);
      });
    }
    out_ += ']';
  }

  std::span<const int64_t> extents_;
  const std::function<Scalar(const int64_t *)> &at_;
  Spec spec_;
  std::vector<int64_t> index_;
  bool short_ = false, natural_ = true;
  size_t width_ = 0;
  FloatForm form_;
  std::string out_;
};

} // namespace

std::string shortest(double x, bool single) {
  if (!std::isfinite(x)) return notFinite(x);
  double magnitude = std::fabs(x);
  if (magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16)) {
    std::string text = convert(x, single, std::chars_format::fixed);
    return text.find('.') == std::string::npos ? text + ".0" : text;
  }
  return convert(x, single, std::chars_format::scientific);
}

Result<Spec> parseSpec(std::string_view text) {
  Spec spec;
  size_t i = 0;
  auto number = [&](int &out) {
    int value = 0;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9' && value < 1000) value = value * 10 + (text[i++] - '0');
    out = value;
  };
  if (i < text.size() && std::string_view("<>^").find(text[i]) != std::string_view::npos) spec.align = text[i++];
  if (i < text.size() && text[i] == '+') spec.sign = true, ++i;
  if (i < text.size() && text[i] == '0') spec.zeros = true, ++i;
  number(spec.width);
  if (i < text.size() && text[i] == ',') spec.commas = true, ++i;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return failure("a precision must follow the point");
    number(spec.precision);
  }
  if (i < text.size() && std::string_view("dfeg%sjw").find(text[i]) != std::string_view::npos) spec.kind = text[i++];
  if (i != text.size() || spec.width > 500 || spec.precision > 300)
    return failure("`" + std::string(text) + "` is not a format: [<>^][+][0][width][,][.precision][d f e g % s j w]");
  return spec;
}

std::string scalarText(const Scalar &value, const Spec &spec) {
  switch (value.kind) {
  case Scalar::Kind::Float32: return pad(realText(value.real, true, spec), spec, true);
  case Scalar::Kind::Float64: return pad(realText(value.real, false, spec), spec, true);
  case Scalar::Kind::Integer: {
    if (spec.kind == 'f' || spec.kind == 'e' || spec.kind == 'g' || spec.kind == '%')
      return pad(realText(double(value.integer), false, spec), spec, true);
    std::string text = std::to_string(value.integer);
    if (spec.commas) insertCommas(text);
    if (spec.sign && text[0] != '-') text.insert(0, "+");
    return pad(text, spec, true);
  }
  case Scalar::Kind::Bool: return pad(value.integer ? "true" : "false", spec, false);
  case Scalar::Kind::Text: return pad(value.text, spec, false);
  }
  return "";
}

std::string tensorText(std::span<const int64_t> extents, const std::function<Scalar(const int64_t *)> &at,
                       const Spec &spec) {
  if (extents.empty()) return scalarText(at(nullptr), spec);
  if ((spec.kind == 'j' || spec.kind == 'w') && extents.size() == 1) {
    std::string text;
    for (int64_t i = 0; i < extents[0]; ++i) {
      std::string part = scalarText(at(&i), spec);
      if (spec.kind == 'w' && !text.empty() && !part.empty()) text += ' ';
      text += part;
    }
    return text;
  }
  return TensorWriter(extents, at, spec).write();
}

} // namespace dl::num
