/// Trainings.
#include "frontend/build/elaborator.h"

namespace dl::frontend {

Val Elaborator::callTraining(const Val &, std::vector<Arg>, const CallSite &site) { return unsupported(site.where, "`train`"); }

} // namespace dl::frontend
