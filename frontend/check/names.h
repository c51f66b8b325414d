/// Names that mean nothing, in bodies that nothing may ever call.
#pragma once
#include "frontend/build/context.h"

namespace dl::frontend {

/// Reports the names in functions and models that nothing binds: no sizes and types are needed to see it.
void checkNames(Context &context);

} // namespace dl::frontend
