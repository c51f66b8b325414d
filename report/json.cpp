// The numbers of the tables, unrounded.
#include "report/tables.h"
#include <nlohmann/json.hpp>

namespace dl::report {

namespace {

using Json = nlohmann::ordered_json;

Json costsOf(const Costs &costs) {
  Json out = Json::object();
  auto one = [](const Cost &cost) {
    return Json{{"multiply_adds", cost.multiplyAdds}, {"flops", cost.flops}, {"bytes", cost.bytes}, {"memory", cost.memory}};
  };
  const char *const names[] = {"forward", "backward", "optimiser"};
  for (size_t phase = 0; phase < kPhases; ++phase)
    if (costs[phase].any()) out[names[phase]] = one(costs[phase]);
  out["total"] = one(sumOf(costs));
  return out;
}

Json placeOf(const Places &places, SourceRange where) {
  if (!where.valid()) return nullptr;
  return {{"file", std::string(places.sources().name(where.file))}, {"line", places.sources().start(where).line}};
}

} // namespace

std::string renderJson(const Places &places, const std::vector<CommandCosts> &commands) {
  Json out = Json::array();
  for (const CommandCosts &command : commands) {
    Json parts = Json::array();
    for (const Part &part : command.parts) {
      Json layers = Json::array(), lines = Json::array();
      for (const LayerCosts &layer : part.layers)
        layers.push_back({{"layer", layer.path}, {"model", layer.model}, {"settings", layer.settings}, {"output", layer.output},
                          {"parameters", layer.parameters}, {"costs", costsOf(layer.costs)}});
      for (const LineCosts &line : part.lines)
        lines.push_back({{"place", placeOf(places, line.where)}, {"output", line.output}, {"parameters", line.parameters}, {"costs", costsOf(line.costs)}});
      parts.push_back({{"loop", placeOf(places, part.loop)}, {"initial", part.kind == Part::Kind::Initial}, {"rows", part.rows}, {"costs", costsOf(part.costs)},
                       {"layers", layers}, {"lines", lines}});
    }
    out.push_back({{"command", command.name}, {"parameters", command.parameters}, {"parameter_bytes", command.parameterBytes},
                   {"arena_bytes", command.arenaBytes}, {"parts", parts}});
  }
  return out.dump(2) + "\n";
}

} // namespace dl::report
