// Nodes stand in ranks, by the longest way from an input. An edge across several ranks takes a lane of its own through
// those between; a few sweeps put every node near the middle of what it is linked with.
#include "report/svg.h"
#include <algorithm>
#include <cmath>

namespace dl::report {

namespace {

constexpr double kLetter = 6.7, kMargin = 24, kGapX = 28, kGapY = 44, kLineHeight = 15, kPadX = 12, kPadY = 8, kLane = 16, kTop = 40;

/// A node, or a bend of an edge.
struct Spot {
  size_t rank = 0;
  double width = kLane, height = 0, x = 0, y = 0; ///< of the middle
  std::vector<size_t> above, below;
};

std::string escaped(const std::string &text) {
  std::string out;
  for (char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

std::string number(double x) {
  long tenths = std::lround(x * 10);
  std::string sign = tenths < 0 ? "-" : "";
  tenths = std::labs(tenths);
  return sign + std::to_string(tenths / 10) + (tenths % 10 ? "." + std::to_string(tenths % 10) : "");
}

size_t letters(const std::string &text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Layout {
public:
  explicit Layout(const Graph &graph) : graph_(graph) {
    placeNodes();
    for (const Edge &edge : graph.edges) route(edge);
    order();
    placeX();
    placeY();
  }

  std::vector<Spot> spots;                ///< the nodes first
  std::vector<std::vector<size_t>> ways;  ///< of each edge: its spots
  double width = 0, height = 0;

private:
  void placeNodes() {
    spots.resize(graph_.nodes.size());
    for (const Edge &e : graph_.edges) spots[e.to].rank = std::max(spots[e.to].rank, spots[e.from].rank + 1);
    for (size_t n = 0; n < spots.size(); ++n) {
      const Node &node = graph_.nodes[n];
      spots[n].width = kLetter * static_cast<double>(std::max(letters(node.title), letters(node.detail))) + 2 * kPadX;
      spots[n].height = (node.detail.empty() ? 1 : 2) * kLineHeight + 2 * kPadY;
    }
  }

  void route(const Edge &edge) {
    std::vector<size_t> way{edge.from};
    for (size_t rank = spots[edge.from].rank + 1; rank < spots[edge.to].rank; ++rank) {
      Spot bend;
      bend.rank = rank;
      way.push_back(spots.size());
      spots.push_back(bend);
    }
    way.push_back(edge.to);
    for (size_t i = 0; i + 1 < way.size(); ++i) {
      spots[way[i]].below.push_back(way[i + 1]);
      spots[way[i + 1]].above.push_back(way[i]);
    }
    ways.push_back(std::move(way));
  }

  /// Within its rank, by the mean place of its neighbours above and below in turn.
  void order() {
    for (size_t s = 0; s < spots.size(); ++s) {
      if (spots[s].rank >= ranks_.size()) ranks_.resize(spots[s].rank + 1);
      ranks_[spots[s].rank].push_back(s);
    }
    constexpr int kSweeps = 8;
    std::vector<double> place(spots.size(), 0);
    auto number = [&] {
      for (const auto &rank : ranks_)
        for (size_t i = 0; i < rank.size(); ++i) place[rank[i]] = static_cast<double>(i) - static_cast<double>(rank.size() - 1) / 2;
    };
    number();
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (auto &rank : ranks_) {
        std::vector<std::pair<double, size_t>> wanted;
        for (size_t s : rank) wanted.push_back({mean(sweep % 2 ? spots[s].below : spots[s].above, place, place[s]), s});
        std::stable_sort(wanted.begin(), wanted.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
        for (size_t i = 0; i < rank.size(); ++i) rank[i] = wanted[i].second;
      }
      number();
    }
  }
  static double mean(const std::vector<size_t> &of, const std::vector<double> &place, double otherwise) {
    if (of.empty()) return otherwise;
    double sum = 0;
    for (size_t s : of) sum += place[s];
    return sum / static_cast<double>(of.size());
  }

  /// Near the mean of the neighbours, in order and without overlap.
  void placeX() {
    std::vector<double> x(spots.size(), 0);
    constexpr int kSweeps = 12;
    for (int sweep = 0; sweep < kSweeps; ++sweep)
      for (auto &rank : ranks_) {
        std::vector<double> wanted;
        for (size_t s : rank) {
          std::vector<size_t> near = spots[s].above;
          if (sweep > 0) near.insert(near.end(), spots[s].below.begin(), spots[s].below.end());
          wanted.push_back(mean(near, x, x[s]));
        }
        spread(rank, wanted, x);
      }
    double least = 0, most = 0;
    for (size_t s = 0; s < spots.size(); ++s) {
      least = std::min(least, x[s] - spots[s].width / 2), most = std::max(most, x[s] + spots[s].width / 2 + labelRoom(s));
    }
    for (size_t s = 0; s < spots.size(); ++s) spots[s].x = x[s] - least + kMargin;
    width = most - least + 2 * kMargin;
  }
  /// The shapes stand to the right of their edges.
  double labelRoom(size_t s) const {
    size_t most = 0;
    for (size_t e = 0; e < ways.size(); ++e)
      if (ways[e][0] == s) most = std::max(most, letters(graph_.edges[e].shape));
    return std::max(0.0, kLetter * static_cast<double>(most) + 8 - spots[s].width / 2);
  }
  void spread(const std::vector<size_t> &rank, const std::vector<double> &wanted, std::vector<double> &x) const {
    double right = -1e18, shift = 0;
    for (size_t i = 0; i < rank.size(); ++i) {
      const Spot &spot = spots[rank[i]];
      x[rank[i]] = std::max(wanted[i], right + spot.width / 2);
      right = x[rank[i]] + spot.width / 2 + kGapX;
      shift += x[rank[i]] - wanted[i];
    }
    for (size_t s : rank) x[s] -= shift / static_cast<double>(rank.size());
  }

  void placeY() {
    double y = kTop;
    for (const auto &rank : ranks_) {
      double tallest = 0;
      for (size_t s : rank) tallest = std::max(tallest, spots[s].height);
      for (size_t s : rank) spots[s].y = y + tallest / 2;
      y += tallest + kGapY;
    }
    height = y - kGapY + kMargin;
  }

  const Graph &graph_;
  std::vector<std::vector<size_t>> ranks_;
};

const char *fill(Node::Kind kind) {
  switch (kind) {
  case Node::Kind::Input:
  case Node::Kind::Output: return "#ffffff";
  case Node::Kind::Layer: return "#dbe9f6";
  case Node::Kind::Function: return "#f2f2f2";
  }
  return "";
}

} // namespace

std::string svgOf(const Graph &graph, const std::string &title) {
  Layout layout(graph);
  std::string size = number(std::max(layout.width, kLetter * 1.2 * static_cast<double>(letters(title)) + 2 * kMargin));
  std::string height = number(std::max(layout.height, kTop + kMargin));
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + size + "\" height=\"" + height + "\" viewBox=\"0 0 " + size + " " + height +
                    "\" font-family=\"sans-serif\" font-size=\"12\">\n<title>" + escaped(title) + "</title>\n"
                    "<defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\"><path d=\"M0,1 L7,4 L0,7 z\"/></marker></defs>\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"" + number(kMargin) + "\" y=\"22\" font-size=\"14\" font-weight=\"bold\">" + escaped(title) + "</text>\n";
  for (size_t e = 0; e < graph.edges.size(); ++e) {
    const std::vector<size_t> &way = layout.ways[e];
    const Spot &from = layout.spots[way.front()], &to = layout.spots[way.back()];
    double x = from.x, y = from.y + from.height / 2;
    std::string path = "M" + number(x) + "," + number(y);
    for (size_t i = 1; i < way.size(); ++i) {
      const Spot &next = layout.spots[way[i]];
      double end = i + 1 == way.size() ? to.y - to.height / 2 : next.y, middle = (y + end) / 2;
      path += " C" + number(x) + "," + number(middle) + " " + number(next.x) + "," + number(middle) + " " + number(next.x) + "," + number(end);
      x = next.x, y = end;
    }
    const Spot &first = layout.spots[way[1]];
    double labelX = way.size() > 2 ? first.x : (from.x + to.x) / 2, labelY = from.y + from.height / 2 + kGapY / 2 + 4;
    out += "<path d=\"" + path + "\" fill=\"none\" stroke=\"#555555\" marker-end=\"url(#tip)\"/>\n";
    bool said = e > 0 && graph.edges[e - 1].from == graph.edges[e].from && graph.edges[e - 1].shape == graph.edges[e].shape;
    if (!said) out += "<text x=\"" + number(labelX + 6) + "\" y=\"" + number(labelY) + "\" font-size=\"11\" fill=\"#555555\">" + escaped(graph.edges[e].shape) + "</text>\n";
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node &node = graph.nodes[n];
    const Spot &spot = layout.spots[n];
    bool plain = node.kind == Node::Kind::Input || node.kind == Node::Kind::Output;
    out += "<rect x=\"" + number(spot.x - spot.width / 2) + "\" y=\"" + number(spot.y - spot.height / 2) + "\" width=\"" + number(spot.width) + "\" height=\"" + number(spot.height) +
           "\" rx=\"" + (plain ? "14" : "4") + "\" fill=\"" + fill(node.kind) + "\" stroke=\"#333333\"/>\n";
    double y = spot.y + (node.detail.empty() ? 4 : 4 - kLineHeight / 2);
    out += "<text x=\"" + number(spot.x) + "\" y=\"" + number(y) + "\" text-anchor=\"middle\"" + (node.kind == Node::Kind::Layer ? " font-weight=\"bold\"" : "") + ">" + escaped(node.title) + "</text>\n";
    if (!node.detail.empty())
      out += "<text x=\"" + number(spot.x) + "\" y=\"" + number(y + kLineHeight) + "\" text-anchor=\"middle\">" + escaped(node.detail) + "</text>\n";
  }
  return out + "</svg>\n";
}

} // namespace dl::report
