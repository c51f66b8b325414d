// `main` of a compiled program. A file of its own, so that only executables with a dl_program_v1 are linked with it.
#include "runtime/dlrt.h"

int main(int argc, char **argv) { return dlrt_main(&dl_program_v1, argc, argv); }
