/// All functions over any algebra: what code generation includes. Numbers: scalar_functions.h.
#pragma once
#include "support/numerics/atan.h"
#include "support/numerics/erf.h"
#include "support/numerics/exp.h"
#include "support/numerics/gamma.h"
#include "support/numerics/hyperbolic.h"
#include "support/numerics/log.h"
#include "support/numerics/normal.h"
#include "support/numerics/power.h"
#include "support/numerics/threefry.h"
#include "support/numerics/trigonometry.h"
