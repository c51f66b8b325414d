// Linked when a program names dl_feature_plot.
#include "data/file.h"
#include "runtime/element.h"
#include "runtime/weights_file.h"
#include <algorithm>
#include <cmath>

extern "C" const char dl_feature_plot = 1;

namespace dl::rt {

namespace {

constexpr double kWidth = 640, kHeight = 420, kLeft = 64, kRight = 16, kTop = 36, kBottom = 36;
constexpr const char *kColours[] = {"#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#17becf", "#e377c2"};

struct Series {
  std::string label;
  std::vector<double> x, y, classes;
  bool dots = false;
};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}
std::string pixel(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string escaped(const std::string &text) {
  std::string out;
  for (char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '&') out += "&amp;";
    else if (c == '"') out += "&quot;";
    else if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out;
}

std::vector<double> valuesOf(const FileTensor &tensor) {
  std::vector<double> out;
  int64_t size = elementBytes(tensor.elem);
  for (int64_t i = 0; i < tensor.bytes() / size; ++i) {
    const uint8_t *at = tensor.data + i * size;
    out.push_back(isFloatElement(tensor.elem) ? readFloat(at, tensor.elem) : static_cast<double>(readInteger(at, tensor.elem)));
  }
  return out;
}

void takePoints(const FileTensor &tensor, Series &series) {
  std::vector<double> all = valuesOf(tensor);
  for (size_t i = 0; i + 1 < all.size(); i += 2) series.x.push_back(all[i]), series.y.push_back(all[i + 1]);
  series.dots = true;
}

std::vector<Series> seriesOf(const std::vector<FileTensor> &tensors) {
  std::vector<Series> out;
  std::string last;
  for (const FileTensor &tensor : tensors) {
    size_t tab = tensor.name.find('\t');
    std::string label = tensor.name.substr(0, tab), part = tab == std::string::npos ? "" : tensor.name.substr(tab + 1);
    if (part.empty() || out.empty() || last != label) out.push_back({label, {}, {}, {}, false});
    last = part.empty() ? "" : label;
    Series &series = out.back();
    if (part == "x") series.x = valuesOf(tensor);
    else if (part == "y") series.y = valuesOf(tensor);
    else if (part == "class") series.classes = valuesOf(tensor);
    else if (tensor.shape.size() == 2) takePoints(tensor, series);
    else series.y = valuesOf(tensor);
  }
  for (Series &s : out) {
    if (s.x.empty())
      for (size_t i = 0; i < s.y.size(); ++i) s.x.push_back(static_cast<double>(i));
    size_t count = std::min(s.x.size(), s.y.size());
    s.x.resize(count), s.y.resize(count);
    if (!s.classes.empty()) s.classes.resize(count);
  }
  return out;
}

/// The range of an axis and its ticks at 1, 2 or 5 times a power of ten.
struct Axis {
  double low = INFINITY, high = -INFINITY, step = 1;
  double from = 0, to = 1; ///< pixels
  void see(double value) {
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  }
  void settle(double pixelFrom, double pixelTo, int ticks) {
    from = pixelFrom, to = pixelTo;
    if (low > high) low = 0, high = 1;
    low = std::max(low, -1e300), high = std::min(high, 1e300);
    double room = high > low ? 0.04 * (high - low) : std::max(0.5, 0.1 * std::fabs(low));
    low -= room, high += room;
    double rough = (high - low) / ticks, power = std::pow(10, std::floor(std::log10(rough)));
    step = rough / power <= 1 ? power : rough / power <= 2 ? 2 * power : rough / power <= 5 ? 5 * power : 10 * power;
  }
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

class Picture {
public:
  explicit Picture(const std::vector<Series> &all) : all_(all) {
    for (const Series &s : all)
      for (size_t i = 0; i < s.x.size(); ++i)
        if (std::isfinite(s.x[i]) && std::isfinite(s.y[i])) x_.see(s.x[i]), y_.see(s.y[i]);
    x_.settle(kLeft, kWidth - kRight, 8);
    y_.settle(kHeight - kBottom, kTop, 6);
  }
  std::string draw() {
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 420\" width=\"640\" height=\"420\" "
           "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"640\" height=\"420\" fill=\"white\"/>\n";
    axis(x_, true);
    axis(y_, false);
    size_t colour = 0;
    double legend = kLeft;
    for (const Series &s : all_) {
      const char *own = kColours[colour++ % std::size(kColours)];
      if (s.dots) dots(s, own);
      else line(s, own);
      out_ += "<rect x=\"" + pixel(legend) + "\" y=\"14\" width=\"10\" height=\"10\" fill=\"" +
              (s.classes.empty() ? own : "#888888") + "\"/>\n";
      text(legend + 14, 23, "start", s.label);
      legend += 30 + 7 * static_cast<double>(s.label.size());
    }
    return out_ + "</svg>\n";
  }

private:
  void text(double x, double y, const char *anchor, const std::string &what) {
    out_ += "<text x=\"" + pixel(x) + "\" y=\"" + pixel(y) + "\" text-anchor=\"" + anchor + "\">" + escaped(what) + "</text>\n";
  }
  void segment(double x1, double y1, double x2, double y2, const char *colour) {
    out_ += "<path d=\"M" + pixel(x1) + " " + pixel(y1) + "L" + pixel(x2) + " " + pixel(y2) + "\" stroke=\"" + colour + "\"/>\n";
  }
  void axis(const Axis &axis, bool across) {
    int64_t first = static_cast<int64_t>(std::ceil(axis.low / axis.step));
    for (int64_t i = 0; i <= 20; ++i) {
      double value = static_cast<double>(first + i) * axis.step;
      if (!(value <= axis.high)) break;
      double at = axis.at(value);
      if (across) segment(at, kTop, at, kHeight - kBottom, "#e0e0e0"), text(at, kHeight - kBottom + 16, "middle", number(value));
      else segment(kLeft, at, kWidth - kRight, at, "#e0e0e0"), text(kLeft - 6, at + 4, "end", number(value));
    }
    if (across) segment(kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom, "#404040");
    else segment(kLeft, kTop, kLeft, kHeight - kBottom, "#404040");
  }
  void line(const Series &s, const char *colour) {
    // A long line: the lowest and the highest of each group of neighbours stay.
    size_t count = s.x.size(), group = std::max<size_t>(1, count / 1200);
    std::string path;
    bool open = false;
    auto point = [&](size_t i) {
      if (!std::isfinite(s.x[i]) || !std::isfinite(s.y[i])) {
        open = false;
        return;
      }
      std::string here = pixel(x_.at(s.x[i])) + " " + pixel(y_.at(s.y[i]));
      path += (open ? "L" : "M" + here + "L") + here; // a point alone is a dot
      open = true;
    };
    for (size_t from = 0; from < count; from += group) {
      size_t to = std::min(count, from + group), low = from, high = from;
      for (size_t i = from; i < to; ++i) {
        if (!std::isfinite(s.y[i])) continue;
        if (!(s.y[low] <= s.y[i])) low = i;
        if (!(s.y[high] >= s.y[i])) high = i;
      }
      point(std::min(low, high));
      if (low != high) point(std::max(low, high));
    }
    if (!path.empty()) out_ += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.5\" stroke-linecap=\"round\"/>\n";
  }
  void dots(const Series &s, const char *colour) {
    double area = (kWidth - kLeft - kRight) * (kHeight - kTop - kBottom), count = static_cast<double>(std::max<size_t>(s.x.size(), 1));
    bool field = s.x.size() > 1000; // so many that they cover the picture and others must stay visible
    double radius = field ? std::clamp(0.65 * std::sqrt(area / count), 1.0, 8.0) : 3.0;
    out_ += "<g fill=\"" + std::string(colour) + "\"" + (field ? " opacity=\"0.35\"" : "") + ">\n";
    for (size_t i = 0; i < s.x.size(); ++i) {
      if (!std::isfinite(s.x[i]) || !std::isfinite(s.y[i])) continue;
      out_ += "<circle cx=\"" + pixel(x_.at(s.x[i])) + "\" cy=\"" + pixel(y_.at(s.y[i])) + "\" r=\"" + pixel(radius) + "\"";
      if (!s.classes.empty() && std::isfinite(s.classes[i])) {
        auto kinds = static_cast<int64_t>(std::size(kColours)), kind = static_cast<int64_t>(std::fmod(s.classes[i], 1e9)) % kinds;
        out_ += std::string(" fill=\"") + kColours[kind < 0 ? kind + kinds : kind] + "\"";
      }
      out_ += "/>\n";
    }
    out_ += "</g>\n";
  }

  const std::vector<Series> &all_;
  Axis x_, y_;
  std::string out_;
};

} // namespace

// Not through plot.h: its declaration is weak, this definition is not.
Status writePlot(const std::string &path, const std::vector<FileTensor> &tensors) {
  std::vector<Series> all = seriesOf(tensors);
  return data::writeFileAtomically(path, Picture(all).draw());
}

} // namespace dl::rt
