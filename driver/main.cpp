// The `dlc` command: reads the options and hands over to the one function that does what was asked.
#include "driver/compile.h"
#include "driver/diff.h"
#include "driver/document.h"
#include "driver/explain.h"
#include "driver/format.h"
#include "driver/options.h"
#include "passes/pipeline.h"
#include <cstdio>
#include <pthread.h>

namespace {

int refuse(const std::string &message) {
  std::fprintf(stderr, "dlc: %s\n", message.c_str());
  return 2;
}

constexpr size_t kStackBytes = size_t{512} << 20; ///< of addresses; memory is taken as it is used

/// Compiles on a stack that is deep enough for calls, bundles and expressions as deep as the checks let through.
int compileDeep(const dl::driver::CompilerOptions &options) {
  struct Work {
    const dl::driver::CompilerOptions &options;
    int status;
  } work{options, 0};
  auto run = [](void *at) -> void * {
    auto *given = static_cast<Work *>(at);
    given->status = dl::driver::compile(given->options);
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_t thread;
  bool started = pthread_attr_setstacksize(&attributes, kStackBytes) == 0 && pthread_create(&thread, &attributes, run, &work) == 0;
  pthread_attr_destroy(&attributes);
  if (started) pthread_join(thread, nullptr);
  else run(&work); // no room for it: on the stack there is
  return work.status;
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
  return compileDeep(*options);
}
