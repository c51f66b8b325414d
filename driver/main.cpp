// The `dlc` command: reads the options and hands over to the one function that does what was asked.
#include "driver/compile.h"
#include "driver/diff.h"
#include "driver/document.h"
#include "driver/explain.h"
#include "driver/format.h"
#include "driver/options.h"
#include "passes/pipeline.h"
#include <cstdio>

namespace {

int refuse(const std::string &message) {
  std::fprintf(stderr, "dlc: %s\n", message.c_str());
  return 2;
}

} // namespace

int main(int argc, char **argv) {
  using namespace dl::driver;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    std::fputs(helpText().c_str(), stdout);
    return 0;
  }
  auto options = parseOptions(arguments);
  if (!options) return refuse(options.message());
  if (options->help) {
    std::fputs(helpText().c_str(), stdout);
    return 0;
  }
  if (options->helpPasses) {
    std::fputs(dl::passes::renderPassList().c_str(), stdout);
    return 0;
  }
  if (options->version) {
    std::puts("dlc 0.1");
    return 0;
  }
  if (options->command == Command::Explain) {
    auto text = explain(options->inputs[0]);
    if (!text) return refuse(text.message());
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  if (options->command == Command::Format) return format(*options);
  if (options->command == Command::Diff) return diff(*options);
  if (options->command == Command::Document) return document(*options);
  return compile(*options);
}
