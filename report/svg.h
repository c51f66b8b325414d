/// The graph as a picture: layers from top to bottom, shapes on the edges.
#pragma once
#include "report/graph.h"

namespace dl::report {

std::string svgOf(const Graph &graph, const std::string &title);

} // namespace dl::report
