/// The pages of help: the commands of a program, and the flags of one of them.
#pragma once
#include "runtime/dlrt.h"
#include <string>

namespace dl::rt {

/// `executable` is how the user called it.
std::string programHelp(const dl_program &program, const std::string &executable);
std::string commandHelp(const dl_program &program, const dl_entry &entry, const std::string &executable);

/// Names of the commands offered, `info` included, separated by commas.
std::string commandNames(const dl_program &program);
/// The flags every command has.
struct CommonFlag {
  const char *name, *operand, *help;
};
extern const CommonFlag kCommonFlags[];
extern const int kCommonFlagCount;

} // namespace dl::rt
