/// Members that an instance has but that nothing here has touched yet.
#pragma once
#include "frontend/build/elaborator.h"

namespace dl::frontend {

/// Brings the places of a top-level instance that other entries have found, and, for a copy, those that its original
/// got since: they were at their initial values when it was copied.
void complete(Elaborator &e, Instance &instance);

/// Whether the parts of v are not known, which is reported: a model that nothing has used, a source whose columns have no types.
bool unsettled(Elaborator &e, const Val &v, SourceRange where);

/// `net.body.dense_1`: what the `fn` of a model has made, as a member; nothing if it is none.
std::optional<Val> memberOfGroup(Elaborator &e, const Val &fn, const std::string &name);

} // namespace dl::frontend
