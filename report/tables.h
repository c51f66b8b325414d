/// Costs as text for people, and as JSON.
#pragma once
#include "report/costs.h"

namespace dl::report {

std::string renderTables(const Places &places, const std::vector<CommandCosts> &commands);
std::string renderJson(const Places &places, const std::vector<CommandCosts> &commands);

/// "19.63 G", "512".
std::string shortNumber(int64_t n);

} // namespace dl::report
